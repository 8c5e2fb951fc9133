#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Nabla

/// A regular file, opened once and read at any position: what was checked is what is read.
package final class InputFile {
  package let path: String
  /// Bytes in the file when it was opened.
  package let length: Int
  /// -1 for bytes in memory.
  private let descriptor: Int32
  private let bytesInMemory: [UInt8]

  /// Opens `path`.
  ///
  /// - Throws: `FileError` of kind `missingInput` when there is no such file, it may not be read, or it is a
  ///   folder, a pipe or a device.
  package init(_ path: String) throws(FileError) {
    // O_NONBLOCK: opening a pipe without a writer must not block. It means nothing for a regular file.
    let descriptor = uninterrupted { open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw errno == ENOENT
        ? FileError(path, "does not exist", kind: .missingInput)
        : FileError(path, "cannot be opened: \(systemMessage())", kind: .missingInput)
    }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      let found = FileType(mode: info.st_mode).rawValue
      close(descriptor)
      throw FileError(path, "is not a file", expected: "a file", found: found, kind: .missingInput)
    }
    self.path = path
    self.descriptor = descriptor
    bytesInMemory = []
    length = Int(info.st_size)
  }

  /// Bytes that came by another way than a file, to be read as if they had.
  ///
  /// - Parameter name: what messages call them.
  init(bytes: [UInt8], name: String) {
    path = name
    descriptor = -1
    bytesInMemory = bytes
    length = bytes.count
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: `FileError` of kind `inputOutput` when the system fails or the file has become shorter.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    guard descriptor >= 0 else { return try copy(into: buffer, at: offset) }
    var done = 0
    while done < buffer.count {
      // The system reads at most 2 GiB at once.
      let size = min(buffer.count - done, 1 << 30)
      let count = pread(descriptor, buffer.baseAddress! + done, size, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw FileError(path, "cannot be read: \(systemMessage())", kind: .inputOutput)
      }
      guard count > 0 else {
        throw FileError(
          path, at: .byte(offset + done), "became shorter while it was read", expected: "\(length) bytes",
          kind: .inputOutput)
      }
      done += count
    }
  }

  private func copy(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    guard offset >= 0, buffer.count <= length - offset else {
      throw FileError(path, at: .byte(length), "ends too early", kind: .inputOutput)
    }
    buffer.copyBytes(from: bytesInMemory[offset..<offset + buffer.count])
  }

  /// Returns `count` bytes from `offset` on, for headers.
  package func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    let buffer = try AlignedBuffer<UInt8>(count: count, for: path)
    try read(into: UnsafeMutableRawBufferPointer(buffer.elements), at: offset)
    return Array(buffer.elements)
  }
}

/// What stands at a path, in words for messages.
package enum FileType: String {
  case regular = "a file"
  case folder = "a folder"
  case link = "a symbolic link"
  case pipe = "a pipe"
  case device = "a device"
  case socket = "a socket"
  case other = "something else"

  package init(mode: mode_t) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFCHR, S_IFBLK: .device
      case S_IFSOCK: .socket
      default: .other
      }
  }

  /// What stands at `path`, links followed; nil when nothing does.
  package init?(at path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    self.init(mode: info.st_mode)
  }
}

/// The system's words for `errno`.
package func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

extension AlignedBuffer {
  /// Allocates memory for the content of the file at `path`.
  package init(count: Int, for path: String) throws(FileError) {
    do throws(NablaError) {
      try self.init(count: count)
    } catch {
      throw FileError(path, "\(error)")
    }
  }
}

extension AlignedBuffer where Element == Float {
  /// The place of the first element that is NaN or infinite; nil where all are numbers.
  package var firstNotFinite: Int? { elements.firstIndex { !$0.isFinite } }
}
