import Dispatch

/// A word on stderr while something takes time and tells no numbers; drawn after a while, wiped at the end.
final class WaitingLine {
  private let timer: (any DispatchSourceTimer)?
  private let queue = DispatchQueue(label: "waiting")
  private let text: String

  init(_ text: String, enabled: Bool) {
    self.text = text
    guard enabled, Terminal.error.isInteractive else {
      timer = nil
      return
    }
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + .milliseconds(300))
    timer.setEventHandler { Console.draw("\r" + text) }
    timer.resume()
    self.timer = timer
  }

  /// Wipes the line. May be called again.
  func finish() {
    guard let timer, !timer.isCancelled else { return }
    timer.cancel()
    queue.sync { Console.draw("\r" + String(repeating: " ", count: text.count) + "\r") }
  }
}
