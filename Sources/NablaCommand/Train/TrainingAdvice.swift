import Nabla

/// A warning that a run learns nothing, in the command's words: what is seen, and which options to try.
struct TrainingAdvice {
  private let warning: TrainingWarning
  private let configuration: TrainingConfiguration
  private let set: String

  /// - Parameter set: the set whose accuracy the warning tells, in a word.
  init(_ warning: TrainingWarning, _ configuration: TrainingConfiguration, measuredOn set: String) {
    (self.warning, self.configuration, self.set) = (warning, configuration, set)
  }

  /// One line.
  var line: String {
    let epochs = warning.epoch == 1 ? "1 epoch" : "\(warning.epoch) epochs"
    let share = "\(Int((100 * warning.shares[warning.layer]).rounded()))%"
    let isOutput = warning.layer == warning.shares.count - 1
    let place = isOutput ? "the outputs" : "the neurons of hidden layer \(warning.layer + 1)"
    let state = warning.kind == .dead ? "dead (0 for every sample)" : "saturated"
    return
      "Learns nothing: after \(epochs) \((100 * warning.accuracy).fixed(1))% of the \(set) set, \(share) of "
      + "\(place) are \(state); try \(options.inWords)"
  }

  /// One object: the shares of every layer, and what to try.
  var json: JSON {
    let hidden = warning.shares.dropLast().map { JSON.number($0) }
    let state = configuration.hiddenActivation == .relu ? "dead" : "saturated"
    return [
      "warning": "learns nothing",
      "epoch": .integer(warning.epoch),
      "accuracy": .number(warning.accuracy),
      "chance": .number(warning.chance),
      "saturated_output_share": .number(warning.shares[warning.shares.count - 1]),
      "\(state)_hidden_shares": .array(hidden),
      "try": .array(options.map { .string($0) }),
    ]
  }

  private var options: [String] {
    warning.suggestions.map { suggestion in
      switch suggestion {
      case .smallerLearningRate: "--learning-rate \(smallerLearningRate.plain)"
      case .normalizedInitialization: "--init normalized"
      case .heInitialization: "--init he"
      case .crossEntropy: "--cost cross-entropy"
      }
    }
  }

  /// The default for such a network, or a tenth of the rate where that is no smaller; one digit.
  private var smallerLearningRate: Double {
    let rate = Double(configuration.learningRate ?? 0)
    let topology = try? configuration.topology(inputs: 1, outputs: 1)
    let standard = topology.map {
      Double(
        TrainingConfiguration.defaultLearningRate(
          topology: $0, cost: configuration.usedCost, rule: configuration.rule,
          miniBatchSize: configuration.miniBatchSize))
    }
    return standard.map { $0 <= rate / 2 ? $0 : rate / 10 } ?? rate / 10
  }
}

extension Double {
  /// The number rounded to one digit, as people write it: 0.1, 3, 0.0005.
  fileprivate var plain: String {
    var (digits, value) = (0, magnitude)
    while value > 0, value < 1, digits < 20 {
      value *= 10
      digits += 1
    }
    return fixed(digits)
  }
}
