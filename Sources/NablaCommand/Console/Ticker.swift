import Foundation
import Nabla

/// Calls a function again and again on a thread of its own. Where the system has no thread to give, nothing is called:
/// what is only shown must not hold up the work.
final class Ticker: @unchecked Sendable {
  /// Guards `isFinished`.
  private let condition = NSCondition()
  private var isFinished = false
  private var thread: SystemThread?

  /// - Parameters:
  ///   - delay: seconds before the first call.
  ///   - interval: seconds between two; nil calls once.
  init(after delay: Double, every interval: Double?, _ tick: @escaping @Sendable () -> Void) {
    thread = SystemThread { [self] in
      guard !waits(delay) else { return }
      tick()
      guard let interval else { return }
      while !waits(interval) { tick() }
    }
  }

  /// Waits so many seconds, or until the end: whether it has come.
  private func waits(_ seconds: Double) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !isFinished, condition.wait(until: deadline) {}
    return isFinished
  }

  /// Ends it, and a call that is under way before it returns. May be called again.
  func finish() {
    condition.lock()
    isFinished = true
    condition.signal()
    condition.unlock()
    thread?.join()
    thread = nil
  }
}
