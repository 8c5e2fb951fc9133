#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Nabla
import Synchronization

/// The place of one run's checkpoints: two generations, `NAME.safetensors` and `NAME.1.safetensors`, the one before, of
/// which one is complete at every moment, and a lock that keeps other runs away.
public final class CheckpointStore: Sendable {
  /// As it was given.
  public let path: String
  private let names: CheckpointNames
  private let lock: FileLock
  /// Whether the file with the newest name is worth keeping as the one before.
  private let keepsCurrent = Mutex(true)

  /// Locks the place; nothing in it is changed but that a hidden file, `.NAME.lock`, exists as long as the run.
  ///
  /// - Throws: `FileError` of kind `cannotCreate` if no file can be there, or another process, which it names, has the
  ///   place locked.
  public init(_ path: String) throws(FileError) {
    self.path = path
    names = CheckpointNames(try OutputPath.target(of: path))
    lock = try FileLock(names.lock, for: path)
    // What a killed run left half-written is nobody's now.
    unlink(names.temporary)
  }

  /// Where the checkpoints of a run are whose model goes to `output`: `model.checkpoint.safetensors` for
  /// `model.safetensors`.
  public static func path(besideModel output: String) -> String {
    stem(ofModel: output) + ".checkpoint.safetensors"
  }

  /// The path of a model without ".safetensors": what the names of files beside it begin with.
  package static func stem(ofModel output: String) -> String { CheckpointNames.stem(of: output) }

  /// What was found at a checkpoint's path.
  public struct Found: Sendable {
    /// The newest complete checkpoint.
    public let file: CheckpointFile
    /// What is wrong with a newer one; nil if there is none.
    public let newerError: FileError?
  }

  /// Reads the newest complete checkpoint at `path`: the one before where the newest is damaged or missing.
  ///
  /// - Throws: the newest one's `FileError` if neither can be read; of kind `missingInput` if there is none.
  public static func newest(_ path: String) throws(FileError) -> Found {
    do throws(FileError) {
      return Found(file: try CheckpointFile(path), newerError: nil)
    } catch {
      let previous = CheckpointNames(path).previous
      guard previous != path, FileType(at: previous) != nil else { throw error }
      do throws(FileError) {
        return Found(file: try CheckpointFile(previous), newerError: error)
      } catch let second {
        throw error.kind == .missingInput ? second : error
      }
    }
  }

  /// True if a checkpoint of some generation is there.
  public var isOccupied: Bool { FileType(at: names.current) != nil || FileType(at: names.previous) != nil }

  /// Throws `FileError` if something else than a checkpoint is here, which a run must not replace or remove.
  public func refuseOtherFiles() throws(FileError) {
    for name in [names.current, names.previous] {
      guard FileType(at: name) != nil, !CheckpointFile.isCheckpoint(name) else { continue }
      throw FileError(
        name == names.current ? path : name, "is where checkpoints would go",
        expected: "a checkpoint or nothing",
        found: "another file", kind: .cannotCreate)
    }
  }

  /// Reads the newest complete checkpoint here; a damaged newer one will not push it away.
  ///
  /// - Returns: nil if there is none.
  /// - Throws: as `newest(_:)`.
  public func load() throws(FileError) -> Found? {
    guard isOccupied else { return nil }
    let found = try Self.newest(path)
    keepsCurrent.withLock { $0 = found.newerError == nil }
    return found
  }

  /// Writes a checkpoint; the one before gets its other name.
  ///
  /// - Parameter metadata: the run's settings and whatever else should stand in the file.
  /// - Throws: `FileError` of kind `cannotCreate` or `inputOutput`; what was complete stays so.
  public func write(
    _ checkpoint: TrainingCheckpoint, topology: Topology, cost: Cost, metadata: [String: String]
  ) throws(FileError) {
    try CheckpointFile.write(
      checkpoint, topology: topology, cost: cost, metadata: metadata, to: path, temporary: names.temporary,
      keepingOldAs: keepsCurrent.withLock(\.self) ? names.previous : nil)
    keepsCurrent.withLock { $0 = true }
  }

  /// Removes all generations: the run is complete, or there is none to go on with.
  public func remove() {
    // The older one first: if only one of them goes, a later run must not go on from there.
    unlink(names.previous)
    unlink(names.current)
  }
}

/// The names that belong to a checkpoint.
struct CheckpointNames {
  let current: String
  let previous: String
  let temporary: String
  let lock: String

  init(_ path: String) {
    current = path
    let stem = Self.stem(of: path)
    previous = stem == path ? path + ".1" : stem + ".1.safetensors"
    let name = stem.split(separator: "/").last.map(String.init) ?? stem
    temporary = join(parent(of: path), ".\(name).part")
    lock = join(parent(of: path), ".\(name).lock")
  }

  /// The path without ".safetensors", if it ends so.
  static func stem(of path: String) -> String {
    let suffix = ".safetensors"
    return path.hasSuffix(suffix) && path.count > suffix.count ? String(path.dropLast(suffix.count)) : path
  }
}

/// A file that exists to be locked, with its owner's process number in it; gone with its owner, but for one that was
/// killed, whose lock the system takes back.
final class FileLock: Sendable {
  private let path: String
  private let descriptor: Int32
  /// How often another process may remove the file before this one has locked it.
  private static let mostAttempts = 100

  /// - Parameter subject: what messages call the thing that is locked.
  /// - Throws: `FileError` of kind `cannotCreate`.
  init(_ path: String, for subject: String) throws(FileError) {
    self.path = path
    for _ in 0..<Self.mostAttempts {
      let descriptor = uninterrupted { open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666) }
      guard descriptor >= 0 else {
        throw FileError(subject, "cannot be locked: \(systemMessage())", kind: .cannotCreate)
      }
      let isLocked = uninterrupted { flock(descriptor, LOCK_EX | LOCK_NB) } == 0
      guard isLocked || errno != EWOULDBLOCK else {
        let owner = Self.owner(descriptor)
        close(descriptor)
        throw FileError(
          subject,
          "is in use by another run (\(owner.map { "process \($0)" } ?? "its process is not known"))",
          kind: .cannotCreate)
      }
      // A file system without locks: the run goes on without.
      guard !isLocked || isOpen(descriptor, at: path) else {
        close(descriptor)
        continue
      }
      let text = Array("\(getpid())\n".utf8)
      ftruncate(descriptor, 0)
      _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
      self.descriptor = descriptor
      return
    }
    throw FileError(
      subject, "cannot be locked: its hidden file is gone or cannot be looked at, again and again",
      kind: .cannotCreate)
  }

  private static func owner(_ descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    let digits = bytes.prefix(max(0, count)).prefix { 0x30...0x39 ~= $0 }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  deinit {
    unlink(path)
    close(descriptor)
  }
}
