import Foundation

/// Where a command writes: data to stdout, progress and messages to stderr.
enum Console {
  /// True in a process that says nothing: another rank of its job does. Set once, before anything is written.
  nonisolated(unsafe) static var isMuted = false

  /// Writes one line of data to stdout.
  ///
  /// - Throws: `QuietExit` when the reader has gone (as in `nabla ... | head -1`), `CommandFailure` (74) when
  ///   the system refuses, for example because the disk is full.
  static func print(_ line: String) throws {
    try check(write(line + "\n", to: STDOUT_FILENO))
  }

  /// Writes data to stdout.
  ///
  /// - Throws: as `print(_:)`.
  static func print(bytes: [UInt8]) throws {
    try check(bytes.withUnsafeBytes { write($0, to: STDOUT_FILENO) })
  }

  private static func check(_ code: Int32?) throws {
    guard let code else { return }
    if code == EPIPE { throw QuietExit(status: .success) }
    throw CommandFailure(.inputOutput, "stdout: cannot be written (\(String(cString: strerror(code))))")
  }

  /// Writes one line to stderr. Errors of stderr itself are ignored.
  static func message(_ line: String) { _ = write(line + "\n", to: STDERR_FILENO) }

  /// Writes text to stderr as it is, without ending the line.
  static func draw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// Makes writing safe: a reader that goes away, or a file that may not grow, becomes an error instead of a
  /// signal; a descriptor that was closed before the start points nowhere, so that no file opened later is
  /// taken for stdout.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    while true {
      let descriptor = open("/dev/null", O_RDWR)
      if descriptor > STDERR_FILENO || descriptor < 0 {
        if descriptor >= 0 { close(descriptor) }
        return
      }
    }
  }

  /// Writes all of `text`; returns the error number that stopped it.
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
    guard !isMuted else { return nil }
    var rest = bytes
    while !rest.isEmpty {
      #if canImport(Darwin)
        let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, rest.baseAddress, rest.count)
      #else
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }
}
