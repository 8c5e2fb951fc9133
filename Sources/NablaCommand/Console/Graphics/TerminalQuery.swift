import Foundation

/// Asks the terminal what it is.
enum TerminalQuery {
  /// Milliseconds to wait for the answer; every terminal of today gives one, a distant one after a while.
  private static let patience = 400

  /// Whether the terminal's primary device attributes have sixel graphics: attribute 4.
  ///
  /// Source: DEC's VT340 manual, and xterm's control sequences: CSI c, answered by CSI ? ... c.
  static func knowsSixel() -> Bool { attributes()?.contains(4) ?? false }

  /// The terminal's primary device attributes; nil where it does not answer in time.
  private static func attributes() -> [Int]? {
    // A process in the background that changes the terminal is stopped.
    let foreground = tcgetpgrp(STDIN_FILENO)
    guard foreground < 0 || foreground == getpgrp() else { return nil }
    var saved = termios()
    guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return nil }
    var raw = saved
    // The answer comes as if it were typed: at once, not line by line, and not shown.
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    guard tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0 else { return nil }
    defer { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
    guard (try? Console.print(bytes: Array("\u{1B}[c".utf8))) != nil else { return nil }
    return answer()
  }

  private static func answer() -> [Int]? {
    let deadline = ContinuousClock.now + .milliseconds(patience)
    var text = ""
    while text.utf8.count < 1000 {
      let left = Int32((deadline - .now) / .milliseconds(1))
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&input, 1, left) == 1 else { return nil }
      var byte: UInt8 = 0
      guard read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
      text.unicodeScalars.append(Unicode.Scalar(byte))
      if let match = text.firstMatch(of: /\u{1B}\[\?([0-9;]*)c/) {
        return match.1.split(separator: ";").compactMap { Int($0) }
      }
    }
    return nil
  }
}
