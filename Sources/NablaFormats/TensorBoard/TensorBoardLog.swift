#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Nabla

/// A folder that TensorBoard reads, and the event file that a run writes there: one event a step, written at once, so
/// that whatever interrupts the program, only the last event can be incomplete.
///
/// When a run goes on, its events are copied into a new file, and the old one is removed: a TensorBoard that is looking
/// on has read the old one up to a place that is no longer there.
package final class TensorBoardLog {
  private let folder: String
  private var file: (path: String, descriptor: Int32)?

  /// The end of the names of our files: those of other programs in the folder are left alone.
  private static let ending = ".nabla"
  /// The largest file that is read, in bytes.
  private static let greatestLength = 1 << 30

  /// Checks that a folder is there and may be written to, or can be made. Nothing is written.
  ///
  /// - Throws: `FileError` of kind `cannotCreate`.
  package init(_ folder: String) throws(FileError) {
    self.folder = folder
    guard !folder.isEmpty, !folder.utf8.contains(0) else {
      throw FileError(folder, "is not a path", kind: .cannotCreate)
    }
    var ancestor = folder
    while FileType(at: ancestor) == nil, parent(of: ancestor) != ancestor { ancestor = parent(of: ancestor) }
    if let type = FileType(at: ancestor), type != .folder {
      throw FileError(
        folder, "is not a folder", expected: "a folder", found: type.rawValue, kind: .cannotCreate)
    }
    guard access(ancestor, W_OK | X_OK) == 0 else {
      throw FileError(
        folder, "lies in a folder that cannot be written to: \(systemMessage())", kind: .cannotCreate)
    }
  }

  deinit { if let file { close(file.descriptor) } }

  /// Begins the file of this run: of the events that are there, those of steps 1 to `steps`, each once and in order.
  ///
  /// - Parameter missing: what is told of a step of which there is no event.
  /// - Throws: `FileError`, of kind `cannotCreate` also if another process writes there.
  package func begin(
    after steps: Int, missing: (Int) -> TensorBoardSummary
  ) throws(FileError) {
    try makeFolder()
    let own = ownFiles
    var locks: [Int32] = []
    defer { for lock in locks { close(lock) } }
    var found: [Int: ArraySlice<UInt8>] = [:]
    for path in own {
      let descriptor = uninterrupted { open(path, O_RDWR | O_CLOEXEC) }
      guard descriptor >= 0 else {
        throw FileError(path, "cannot be opened: \(systemMessage())", kind: .cannotCreate)
      }
      locks.append(descriptor)
      try lockFile(
        descriptor, path: path, other: "is being written by another program", kind: .cannotCreate)
      guard steps > 0 else { continue }
      for event in EventRecord.whole(in: try content(path)) where TensorBoardSummary.isSummary(event) {
        let step = TensorBoardSummary.step(of: event)
        if 1...steps ~= step { found[step] = event }
      }
    }
    let now = wallTime()
    var events = [
      TensorBoardSummary.version(wallTime: now), TensorBoardSummary.start(step: 0, wallTime: now),
    ]
    if steps > 0 {
      events += (1...steps).map {
        found[$0].map(Array.init) ?? missing($0).event(step: $0, wallTime: now)
      }
    }
    try create(events, time: max(Int(now), (own.compactMap(Self.time).max() ?? 0) + 1))
    for path in own { unlink(path) }
  }

  /// Appends what is told of a step.
  ///
  /// - Throws: `FileError` of kind `inputOutput`.
  package func append(_ summary: TensorBoardSummary, step: Int) throws(FileError) {
    guard let file else { return }
    let record = EventRecord.framed(summary.event(step: step, wallTime: wallTime()))
    // What is gone is not written to: the events would be lost with the last descriptor.
    guard FileType(at: file.path) == .regular else {
      throw FileError(file.path, "is gone", kind: .inputOutput)
    }
    try record.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try writeAll(UnsafeRawBufferPointer(bytes), to: file.descriptor, path: file.path)
    }
  }

  // MARK: Files

  private var ownFiles: [String] {
    entries(of: folder).filter { $0.hasPrefix("events.out.tfevents.") && $0.hasSuffix(Self.ending) }
      .map { join(folder, $0) }
  }

  /// The time in the name of one of our files.
  private static func time(_ path: String) -> Int? {
    let parts = path.split(separator: "/").last?.split(separator: ".") ?? []
    return parts.count > 3 ? Int(parts[3]) : nil
  }

  /// Creates the folder, and those it lies in.
  private func makeFolder() throws(FileError) {
    var missing: [String] = []
    var path = folder
    while FileType(at: path) == nil, parent(of: path) != path {
      missing.append(path)
      path = parent(of: path)
    }
    for path in missing.reversed() where mkdir(path, 0o777) != 0 && errno != EEXIST {
      throw FileError(folder, "cannot be created: \(systemMessage())", kind: .cannotCreate)
    }
  }

  private func content(_ path: String) throws(FileError) -> [UInt8] {
    let input = try InputFile(path)
    guard input.length <= Self.greatestLength else {
      throw FileError(
        path, "is too large", expected: "at most \(Self.greatestLength) bytes", found: "\(input.length) bytes"
      )
    }
    return try input.bytes(at: 0, count: input.length)
  }

  /// Creates the file with its first events under a name that no other has, and keeps it open and locked.
  private func create(_ events: [[UInt8]], time: Int) throws(FileError) {
    let name = "events.out.tfevents.\(time).\(hostName()).\(getpid())\(Self.ending)"
    let path = join(folder, name)
    let (descriptor, temporary) = UnfinishedFile.create(in: folder)
    guard descriptor >= 0 else {
      throw FileError(path, "cannot be created: \(systemMessage())", kind: .cannotCreate)
    }
    do throws(FileError) {
      let bytes = events.flatMap(EventRecord.framed)
      try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
        try writeAll(UnsafeRawBufferPointer(bytes), to: descriptor, path: path)
      }
      try makeDurable(descriptor, named: temporary, as: path, for: path)
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    file = (path, descriptor)
  }
}

/// Seconds since 1970.
private func wallTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The machine's name, as far as it can stand in the name of a file.
private func hostName() -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard gethostname(&buffer, buffer.count - 1) == 0 else { return "host" }
  let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let letters = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  return letters.isEmpty ? "host" : letters
}
