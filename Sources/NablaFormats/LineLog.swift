#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Nabla
import Synchronization

/// A text file that grows line by line, each written at once: whatever interrupts the program, only the last line can
/// be incomplete, and that one is cut off when the file goes on.
package final class LineLog: Sendable {
  /// The complete lines that were there.
  package let lines: [String]
  /// What stands behind the last complete line: the start of one that was interrupted.
  package let rest: String
  private let path: String
  private let descriptor: Int32
  private let state: Mutex<State>

  private struct State {
    /// Where what stands behind the lines that stay begins.
    var end: Int
    /// Whether that is cut off already.
    var isCut = false
  }

  /// The largest file that is read, in bytes.
  private static let greatestLength = 1 << 30

  /// Opens a file, or creates an empty one. Nothing in it is changed before the first line is appended.
  ///
  /// - Throws: `FileError`, of kind `cannotCreate` also if another process has it open.
  package init(_ path: String) throws(FileError) {
    self.path = path
    try OutputPath.check(path)
    descriptor = uninterrupted { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else {
      throw FileError(path, "cannot be created: \(systemMessage())", kind: .cannotCreate)
    }
    do throws(FileError) {
      try lockFile(
        descriptor, path: path, other: "is being written by another program", kind: .cannotCreate)
      let text = try Self.content(of: descriptor, path)
      let newline = text.utf8.lastIndex(of: 0x0A).map { text.utf8.index(after: $0) } ?? text.startIndex
      lines = text[..<newline].split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
        String.init)
      rest = String(text[newline...])
      state = Mutex(State(end: text[..<newline].utf8.count))
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static func content(of descriptor: Int32, _ path: String) throws(FileError) -> String {
    let length = Int(lseek(descriptor, 0, SEEK_END))
    guard length >= 0 else { throw FileError(path, "cannot be read: \(systemMessage())", kind: .inputOutput) }
    guard length <= greatestLength else {
      throw FileError(
        path, "is too large", expected: "at most \(greatestLength) bytes", found: "\(length) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: length)
    var done = 0
    while done < length {
      let count = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, length - done, off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw FileError(path, "cannot be read: \(systemMessage())", kind: .inputOutput)
      }
      guard count > 0 else { throw FileError(path, "became shorter while it was read", kind: .inputOutput) }
      done += count
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(path, "is not UTF-8 text")
    }
    return text
  }

  /// Cuts off the lines that were there after the first `count`.
  ///
  /// - Precondition: 0 <= count <= lines.count, and nothing was appended.
  /// - Throws: `FileError` of kind `inputOutput`.
  package func cut(after count: Int) throws(FileError) {
    let end = lines[..<count].reduce(0) { $0 + $1.utf8.count + 1 }
    try state.withLock { (state) throws(FileError) in
      precondition(!state.isCut, "lines are cut off before others are appended")
      state.end = end
      try cut(&state)
    }
  }

  private func cut(_ state: inout State) throws(FileError) {
    guard uninterrupted({ ftruncate(descriptor, off_t(state.end)) }) == 0, lseek(descriptor, 0, SEEK_END) >= 0
    else {
      throw FileError(path, "cannot be written: \(systemMessage())", kind: .inputOutput)
    }
    state.isCut = true
  }

  /// Whether the file was removed: what is appended would be lost.
  package var isGone: Bool {
    var info = stat()
    return fstat(descriptor, &info) != 0 || info.st_nlink == 0
  }

  /// Appends a line. May be called from any thread.
  ///
  /// - Throws: `FileError` of kind `inputOutput`.
  package func append(_ line: String) throws(FileError) {
    let bytes = Array((line + "\n").utf8)
    try state.withLock { (state) throws(FileError) in
      if !state.isCut { try cut(&state) }
      try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
        try writeAll(UnsafeRawBufferPointer(bytes), to: descriptor, path: path)
      }
    }
  }
}
