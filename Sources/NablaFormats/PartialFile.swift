#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Foundation

/// A download that is under way: it keeps what has arrived, over restarts too, and one process at a time writes it.
final class PartialFile {
  let path: String
  private(set) var length: Int
  private let descriptor: Int32

  /// Opens or creates the file.
  ///
  /// - Throws: `FileError` of kind `cannotCreate`; `inputOutput` when another process is downloading it.
  init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw FileError(path, "cannot be created: \(systemMessage())", kind: .cannotCreate)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw FileError(path, "is being downloaded by another process", kind: .inputOutput)
    }
    self.path = path
    self.descriptor = descriptor
    length = Int(lseek(descriptor, 0, SEEK_END))
  }

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
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileError(path, "cannot be written: \(systemMessage())", kind: .inputOutput)
    }
    length = 0
  }

  /// Gives the finished file its name, replacing what has it, and brings it to the disk first.
  func rename(to name: String) throws(FileError) {
    try makeDurable(descriptor, named: path, as: name, for: name)
  }
}
