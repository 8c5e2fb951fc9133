/// A word on stderr while something takes time and tells no numbers; drawn after a while, wiped at the end.
final class WaitingLine {
  private var ticker: Ticker?
  private let text: String

  init(_ text: String, enabled: Bool) {
    self.text = text
    guard enabled, Terminal.error.isInteractive else { return }
    ticker = Ticker(after: 0.3, every: nil) { Console.draw("\r" + text) }
  }

  deinit { finish() }

  /// Wipes the line. May be called again.
  func finish() {
    guard let ticker else { return }
    ticker.finish()
    self.ticker = nil
    Console.draw("\r" + String(repeating: " ", count: text.count) + "\r")
  }
}
