import Foundation

/// What stands at the end of stdout or stderr: a terminal of some width, or a file or pipe.
struct Terminal {
  /// Whether a person watches, so that a bar may be drawn and redrawn.
  let isInteractive: Bool
  /// Whether colours are welcome: a terminal that has them, and no NO_COLOR.
  let hasColour: Bool
  private let descriptor: Int32
  /// Columns, as they are now: a window may be made narrower; 80 where there is no terminal.
  var width: Int {
    var size = winsize()
    let answered = isatty(descriptor) == 1 && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    return answered && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  static let output = Terminal(descriptor: STDOUT_FILENO)
  static let error = Terminal(descriptor: STDERR_FILENO)

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    let environment = ProcessInfo.processInfo.environment
    let kind = environment["TERM"] ?? ""
    isInteractive = isatty(descriptor) == 1 && kind != "dumb" && !kind.isEmpty
    hasColour = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// The few colours used: each carries a meaning that the text carries too.
  enum Style: String {
    case right = "32"
    case wrong = "31"
    case strong = "1"
    case faint = "2"
  }

  /// Returns `text` in `style` where there are colours, else as it is.
  func styled(_ text: String, _ style: Style) -> String {
    hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}
