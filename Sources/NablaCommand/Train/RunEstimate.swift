import Nabla

/// How far a whole run is, and how long it still takes.
struct RunEstimate: Sendable {
  private let start = ContinuousClock.now
  private let epochsBefore: Int
  private let epochs: Int
  private let samples: Int

  /// - Parameters:
  ///   - epochsBefore: those that were done when it started.
  ///   - samples: those of an epoch.
  init(epochsBefore: Int, epochs: Int, samples: Int) {
    (self.epochsBefore, self.epochs, self.samples) = (epochsBefore, epochs, max(samples, 1))
  }

  /// Returns what is left, in words; nil as long as too little is done to tell.
  ///
  /// - Parameters:
  ///   - epoch: the epoch under way, from 1.
  ///   - samplesDone: of that epoch.
  func timeLeft(epoch: Int, samplesDone: Int) -> String? {
    let share = Double(min(samplesDone, samples)) / Double(samples)
    let done = Double(epoch - 1 - epochsBefore) + share
    let left = Double(epochs - epoch + 1) - share
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    guard done > 0, seconds > 1 else { return nil }
    return (seconds / done * left).timeLeft
  }
}
