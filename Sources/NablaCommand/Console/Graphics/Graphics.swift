import Foundation

/// How pictures are drawn on a terminal.
enum Graphics: String, CaseIterable, Sendable {
  /// Kitty's protocol, which Ghostty, WezTerm and Konsole know too.
  case kitty
  /// The pixels of DEC's terminals: xterm, foot, mlterm, Windows Terminal and others.
  case sixel
  /// Block characters, in greys where there are colours.
  case blocks
  /// Letters and signs that every terminal has.
  case ascii
  /// No pictures.
  case none

  /// What was typed: one of them, or whatever the terminal does best.
  enum Choice: String, CaseIterable, Sendable {
    case auto, kitty, sixel, blocks, ascii, none
  }

  /// Follows what was typed; asks the terminal where it was `auto`.
  init(_ choice: Choice) {
    switch choice {
    case .auto: self = Self.best
    case .kitty: self = .kitty
    case .sixel: self = .sixel
    case .blocks: self = .blocks
    case .ascii: self = .ascii
    case .none: self = .none
    }
  }

  /// What the terminal does best: pixels only where a person watches, and only if it is known to show them.
  private static var best: Graphics {
    guard Terminal.output.isInteractive, isatty(STDIN_FILENO) == 1 else { return .blocks }
    let environment = ProcessInfo.processInfo.environment
    if knowsKitty(environment) { return .kitty }
    return TerminalQuery.knowsSixel() ? .sixel : .blocks
  }

  private static func knowsKitty(_ environment: [String: String]) -> Bool {
    let kind = environment["TERM"] ?? ""
    // Inside a multiplexer the variables are those of the terminal around it, which does not get what we write.
    if environment["TMUX"] != nil || kind.hasPrefix("screen") || kind.hasPrefix("tmux") { return false }
    return environment["KITTY_WINDOW_ID"] != nil || kind == "xterm-kitty" || kind == "xterm-ghostty"
      || ["ghostty", "WezTerm"].contains(environment["TERM_PROGRAM"])
  }
}
