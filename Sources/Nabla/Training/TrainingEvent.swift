/// What a training session tells while it runs.
public enum TrainingEvent: Sendable {
  /// Training begins, or goes on from a state.
  case started(TrainingStart)
  /// An epoch is trained and measured.
  case epochFinished(EpochResult)
  /// Something that a person should know.
  case warning(TrainingWarning)
  /// A place to go on from, as often as `checkpointInterval` says; training goes on when the listener returns.
  case checkpoint(TrainingCheckpoint)
  /// The run has ended; the network holds the parameters it keeps.
  case finished(TrainingSummary)
}

/// How a session begins.
public struct TrainingStart: Sendable {
  /// Everything that was set, defaults filled in.
  public let configuration: TrainingConfiguration
  /// Threads that train.
  public let threads: Int
  /// Epochs done before: 0 unless the session started from a state.
  public let epochsDone: Int
}

/// One epoch of a session: what training did, and what was measured after it.
public struct EpochResult: Hashable, Sendable {
  /// What training did.
  public let report: EpochReport
  /// On the validation set; nil without one.
  public let validation: Evaluation?
  /// On the test set; nil without one.
  public let test: Evaluation?
  /// True if it is the best epoch so far on the validation set; false without one.
  public let isBest: Bool
  /// The learning rate of the epoch's first mini-batch.
  public let learningRate: Float

  /// 1 for the first epoch.
  public var epoch: Int { report.epoch }
}

/// How a session ended.
public struct TrainingSummary: Sendable {
  /// Why it ended.
  public enum Reason: String, Sendable {
    /// All epochs are done.
    case finished
    /// A stop was requested.
    case stopped
    /// Nothing has improved on the validation set for `patience` epochs.
    case patience
    /// The learning rate was halved as often as the schedule says.
    case halvings
  }

  /// Why it ended.
  public let reason: Reason
  /// Epochs finished, those before this session included.
  public let epochsDone: Int
  /// Samples of an epoch that was stopped, whose steps are in the last parameters; 0 if the run ended between two.
  public let samplesOfPartialEpoch: Int
  /// The epoch whose parameters the network holds; nil if they are those of a part of an epoch, or of none.
  public let keptEpoch: Int?
  /// The best epoch on the validation set; nil without one.
  public let bestEpoch: Int?
}

/// A run that learns nothing, and what can be seen of the reason.
public struct TrainingWarning: Hashable, Sendable {
  /// What is wrong with a layer.
  public enum Kind: String, Sendable {
    /// Most neurons sit where f is flat: f′ is below 2% of its largest value.
    case saturated
    /// Most neurons give 0 for every picture: a ReLU that is never positive has no gradient.
    case dead
  }

  /// The epoch after which it was seen.
  public let epoch: Int
  /// The share of samples read right.
  public let accuracy: Double
  /// The share that guessing reads right.
  public let chance: Double
  /// What is wrong, in the layer where the share is largest.
  public let kind: Kind
  /// That layer, from 0; the last one is the output layer.
  public let layer: Int
  /// For each layer the share of its neurons that are dead (ReLU) or saturated, 0 ... 1.
  public let shares: [Double]
  /// What to try.
  public let suggestions: [Suggestion]

  /// What may help.
  public enum Suggestion: String, Sendable {
    /// Steps that are too long saturate neurons.
    case smallerLearningRate = "a smaller learning rate"
    /// Smaller first weights, N(0, 1/√inputs): neurons start unsaturated.
    case normalizedInitialization = "normalized first weights"
    /// First weights that keep the size of activations through layers of ReLU.
    case heInitialization = "He's first weights"
    /// A cost whose output error does not vanish where outputs saturate.
    case crossEntropy = "the cross-entropy cost"
  }
}

extension TrainingWarning: CustomStringConvertible {
  /// One line: what is seen and what to try, without the words of any command line.
  public var description: String {
    let place = layer == shares.count - 1 ? "the output layer" : "hidden layer \(layer + 1)"
    let percent = "\(Int((100 * shares[layer]).rounded()))%"
    let what = kind == .dead ? "give 0 for every sample" : "are saturated"
    return "nothing is learned: \(percent) of the neurons of \(place) \(what); try "
      + suggestions.map(\.rawValue).joined(separator: ", or ")
  }
}
