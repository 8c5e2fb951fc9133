import NablaFormats
import Synchronization

/// One line on stderr that is redrawn while something takes its time. Draws only where a person watches, and
/// only once the work has lasted long enough to be noticed, so that quick work leaves no trace.
final class ProgressBar: Sendable {
  private struct State {
    var drawnWidth = 0
    var nextDrawing: ContinuousClock.Instant
    var finished = false
  }

  private let title: String
  private let unit: String
  /// Whether it is ever drawn.
  fileprivate let enabled: Bool
  private let state: Mutex<State>

  /// - Parameters:
  ///   - title: what is going on, in a word or two.
  ///   - unit: what is counted: "images", "MB".
  init(_ title: String, unit: String, enabled: Bool) {
    self.title = title
    self.unit = unit
    self.enabled = enabled && Terminal.error.isInteractive
    state = Mutex(State(nextDrawing: .now + .milliseconds(150)))
  }

  /// Shows that `done` of `total` are finished; at most ten times a second. May be called from any thread.
  func update(done: Int, total: Int) {
    guard total > 0 else { return }
    update(
      fraction: Double(min(done, total)) / Double(total),
      count: "\(done.grouped) / \(total.grouped) \(unit)")
  }

  /// Shows a share that is finished, with the words that tell it; at most ten times a second. May be called from any
  /// thread.
  func update(fraction: Double, count: @autoclosure () -> String) {
    update(fraction: fraction, words: [count()])
  }

  /// Shows a share that is finished, with as many of the words that tell it as the terminal has room for, the first
  /// ones; at most ten times a second. May be called from any thread.
  func update(fraction: Double, words: @autoclosure () -> [String]) {
    guard enabled else { return }
    state.withLock { state in
      guard !state.finished, .now >= state.nextDrawing else { return }
      state.nextDrawing = .now + .milliseconds(100)
      let line = self.line(fraction: fraction, words: words())
      Console.draw("\r" + line.padded(to: Self.wiped(state.drawnWidth)))
      state.drawnWidth = line.count
    }
  }

  /// Wipes the line, calls `body`, which may print, and goes on.
  func wiped<Result>(_ body: () throws -> Result) rethrows -> Result {
    try state.withLock { state in
      wipe(&state)
      return try body()
    }
  }

  /// Wipes the line.
  func finish() {
    state.withLock { state in
      wipe(&state)
      state.finished = true
    }
  }

  private func wipe(_ state: inout State) {
    let width = Self.wiped(state.drawnWidth)
    if width > 0 { Console.draw("\r" + String(repeating: " ", count: width) + "\r") }
    state.drawnWidth = 0
  }

  /// As much of what was drawn as stands in one line, if the window was made narrower since.
  private static func wiped(_ drawnWidth: Int) -> Int { min(drawnWidth, max(0, Terminal.error.width - 1)) }

  private func line(fraction: Double, words: [String]) -> String {
    Self.line(title, fraction: fraction, words: words, width: Terminal.error.width)
  }

  /// The bar and the words, within `width` columns: what a line of a terminal holds does not wrap.
  static func line(_ title: String, fraction: Double, words: [String], width: Int) -> String {
    let percent = "\(Int(fraction * 100))%".padded(to: 4, right: true)
    for count in stride(from: words.count, through: 1, by: -1) {
      let text = words.prefix(count).joined(separator: "  ")
      let room = min(40, width - title.count - percent.count - text.count - 8)
      guard room >= 8 else { continue }
      let filled = Int((fraction * Double(room)).rounded())
      let bar = String(repeating: "━", count: filled) + String(repeating: "┄", count: room - filled)
      return "\(title)  \(bar) \(percent)  \(text)"
    }
    return "\(title)  \(percent)".cut(to: max(width - 1, 1))
  }
}

/// Redraws a progress bar from a number that another thread counts up.
final class ProgressTicker {
  private let ticker: Ticker?
  private let bar: ProgressBar

  convenience init(_ bar: ProgressBar, total: Int, done: @escaping @Sendable () -> Int) {
    self.init(bar) { $0.update(done: done(), total: total) }
  }

  init(_ bar: ProgressBar, redraw: @escaping @Sendable (ProgressBar) -> Void) {
    self.bar = bar
    ticker = bar.enabled ? Ticker(after: 0.15, every: 0.1) { redraw(bar) } : nil
  }

  deinit { ticker?.finish() }

  /// Stops redrawing and wipes the bar.
  func finish() {
    ticker?.finish()
    bar.finish()
  }
}
