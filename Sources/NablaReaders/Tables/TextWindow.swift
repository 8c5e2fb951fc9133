import Nabla

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a table's text comes from, read once from start to end: a file, plain or gzip-compressed, or standard input.
final class TextSource {
  /// What messages call it.
  let path: String
  private let stream: ContentStream?
  /// What is read where there is no stream.
  private let input: Int32

  /// Opens the file at `path`.
  ///
  /// - Parameter standardInput: the file descriptor that "-" stands for; nil takes it as a file's name.
  init(_ path: String, standardInput: Int32? = nil) throws(FileError) {
    if let standardInput, path == "-" {
      self.path = "standard input"
      stream = nil
      input = standardInput
    } else {
      self.path = path
      stream = try ContentStream(path)
      input = -1
    }
  }

  /// The most bytes of text there can be; nil if only the end will tell.
  var greatestLength: Int? { stream?.greatestLength }

  /// Refuses a file that is so long that its rows will not fit the memory, as far as that can be told.
  func requireMemory(_ memory: Int, rowBytes: Int) throws(FileError) {
    try stream?.requireMemory(memory, rowBytes: rowBytes)
  }

  /// Bytes of the file that were read, and all it has; nil for standard input.
  var progress: (done: Int, total: Int)? { stream?.progress }

  /// Fills `buffer`; fewer bytes than it has room for only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    if let stream { return try stream.read(into: buffer) }
    var done = 0
    while done < buffer.count {
      let count = readInput(input, buffer.baseAddress! + done, buffer.count - done)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw FileError(path, "cannot be read: \(systemMessage())", kind: .inputOutput)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }
}

/// A function of its own: inside of a type with a `read`, the system's cannot be named.
private func readInput(_ input: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(input, buffer, min(count, 1 << 30))
}

/// The part of a table's text that is in memory: whole rows, and the start of one.
final class TextWindow {
  /// The longest row.
  static let capacity = 16 << 20
  /// What is read at once after the sample: small enough to be still in the cache when it is parsed.
  static let blockBytes = 4 << 20

  let source: TextSource
  private let buffer: AlignedBuffer<UInt8>
  private let room: Int
  private var range = 0..<0
  private(set) var isAtEnd = false
  /// Line breaks before the window's start.
  private(set) var linesBefore = 0

  init(_ source: TextSource) throws(FileError) {
    self.source = source
    room = min(Self.capacity, source.greatestLength ?? Self.capacity) + 1
    buffer = try AlignedBuffer(count: room + 1 + FloatParser.padding, for: source.path)
  }

  var start: UnsafePointer<UInt8> { UnsafePointer(buffer.pointer) + range.lowerBound }
  var end: UnsafePointer<UInt8> { UnsafePointer(buffer.pointer) + range.upperBound }
  var count: Int { range.count }
  /// Whether no more text fits.
  var isFull: Bool { range.count == room }

  /// Reads on until the window holds `bytes` or the text ends; then its last line has a line break.
  func fill(_ bytes: Int) throws(FileError) {
    let wanted = min(bytes, room)
    guard range.count < wanted, !isAtEnd else { return }
    memmove(buffer.pointer, start, range.count)
    range = 0..<range.count
    let part = UnsafeMutableRawBufferPointer(
      start: buffer.pointer + range.count, count: wanted - range.count)
    let count = try source.read(into: part)
    range = 0..<range.count + count
    guard count < part.count else { return }
    isAtEnd = true
    if range.count > 0, buffer.pointer[range.count - 1] != Byte.lineFeed {
      buffer.pointer[range.count] = Byte.lineFeed
      range = 0..<range.count + 1
    }
  }

  /// Leaves out everything before `place`, which `lines` line breaks stand in.
  func drop(to place: UnsafePointer<UInt8>, lines: Int) {
    range = range.lowerBound + start.distance(to: place)..<range.upperBound
    linesBefore += lines
  }
}
