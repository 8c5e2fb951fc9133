/// What one epoch of training did.
public struct EpochReport: Hashable, Sendable {
  /// 1 for the first epoch.
  public let epoch: Int
  /// Mean cost over the epoch's samples, each measured in its mini-batch before that mini-batch's step, plus
  /// λ/2n Σ w² after the last one.
  public let trainingCost: Double
  /// Samples trained on: all of the data set unless the epoch was stopped.
  public let samples: Int
  /// Wall time of the epoch, without evaluation.
  public let seconds: Double
  /// True when the epoch ended early because a stop was requested.
  public let wasStopped: Bool

  /// Samples trained on in a second of wall time.
  public var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
}
