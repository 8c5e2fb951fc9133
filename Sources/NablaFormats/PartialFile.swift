#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Foundation

/// The part of a download that has arrived. It is kept across restarts, and a lock lets one process at a time write it.
final class PartialFile {
  let path: String
  private(set) var length: Int
  private let descriptor: Int32

  /// Opens or creates the file.
  ///
  /// - Parameters:
  ///   - patience: seconds in which another process that is downloading the file must get on with it, while this one
  ///     waits for it.
  ///   - waiting: called again and again meanwhile, with the bytes that the other process has.
  /// - Throws: `FileError` of kind `cannotCreate`; `inputOutput` when another process does not get on.
  init(_ path: String, patience: Double, waiting: (Int) -> Void) throws(FileError) {
    self.path = path
    descriptor = try Self.openLocked(path, patience: patience, waiting: waiting)
    length = Int(lseek(descriptor, 0, SEEK_END))
    guard length >= 0 else {
      close(descriptor)
      throw FileError(path, "cannot be read: \(systemMessage())", kind: .inputOutput)
    }
  }

  /// Opens the file and locks it against every other process.
  private static func openLocked(
    _ path: String, patience: Double, waiting: (Int) -> Void
  ) throws(FileError) -> Int32 {
    for _ in 0..<mostAttempts {
      let descriptor = uninterrupted { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
      guard descriptor >= 0 else {
        throw FileError(path, "cannot be created: \(systemMessage())", kind: .cannotCreate)
      }
      do throws(FileError) {
        try waitForLock(descriptor, path: path, patience: patience, waiting: waiting)
      } catch {
        close(descriptor)
        throw error
      }
      // Between opening and locking, another process can have finished the file and given it its name.
      if isOpen(descriptor, at: path) { return descriptor }
      close(descriptor)
    }
    throw FileError(path, busy, kind: .inputOutput)
  }

  private static func waitForLock(
    _ descriptor: Int32, path: String, patience: Double, waiting: (Int) -> Void
  ) throws(FileError) {
    let clock = ContinuousClock()
    var last: (length: Int, time: ContinuousClock.Instant)?
    while try !isLocked(descriptor, path: path, kind: .inputOutput) {
      let length = Int(lseek(descriptor, 0, SEEK_END))
      if length != last?.length { last = (length, clock.now) }
      guard let last, clock.now - last.time < .seconds(patience) else {
        throw FileError(path, busy, kind: .inputOutput)
      }
      waiting(length)
      usleep(50_000)
    }
  }

  private static let busy = "is being downloaded by another process"
  /// How often another process may rename the file before this one has locked it.
  private static let mostAttempts = 100

  deinit {
    if length == 0 { unlink(path) }
    close(descriptor)
  }

  func append(_ data: Data) throws(FileError) {
    let bytes = [UInt8](data)
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try writeAll(UnsafeRawBufferPointer(bytes), to: descriptor, path: path)
    }
    length += bytes.count
  }

  /// Starts again with nothing.
  func truncate() throws(FileError) {
    guard uninterrupted({ ftruncate(descriptor, 0) }) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileError(path, "cannot be written: \(systemMessage())", kind: .inputOutput)
    }
    length = 0
  }

  /// Synchronizes the finished file to the disk and renames it, replacing the file of that name.
  func rename(to name: String) throws(FileError) {
    try makeDurable(descriptor, named: path, as: name, for: name)
  }
}

/// Whether `descriptor` is the file that has the name `path` now.
package func isOpen(_ descriptor: Int32, at path: String) -> Bool {
  var opened = stat()
  var named = stat()
  return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
    && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
}
