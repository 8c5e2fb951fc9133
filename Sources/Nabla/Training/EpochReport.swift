/// What training on an epoch, or on a part of one, did.
public struct EpochReport: Hashable, Sendable {
  /// 1 for the first epoch.
  public let epoch: Int
  /// Mean cost over the epoch's samples so far, each measured in its mini-batch before that mini-batch's step, plus
  /// λ/2n Σ w² + λ1/n Σ |w| after the last one.
  public let trainingCost: Double
  /// Samples of the epoch trained on so far: all of the data set unless the epoch was stopped.
  public let samples: Int
  /// Those of them that were trained on before this call: 0 unless it continued an epoch that was stopped.
  public let samplesBefore: Int
  /// Wall time of this call, without evaluation.
  public let seconds: Double
  /// True if the epoch ended early; the next call continues it.
  public let wasStopped: Bool

  /// Returns the report of an epoch of which `part`, in this session too, was trained before.
  func continuing(_ part: EpochReport?) -> EpochReport {
    guard let part else { return self }
    return EpochReport(
      epoch: epoch, trainingCost: trainingCost, samples: samples, samplesBefore: part.samplesBefore,
      seconds: part.seconds + seconds, wasStopped: wasStopped)
  }

  /// Samples trained on in a second of wall time.
  public var samplesPerSecond: Double { seconds > 0 ? Double(samples - samplesBefore) / seconds : 0 }
}
