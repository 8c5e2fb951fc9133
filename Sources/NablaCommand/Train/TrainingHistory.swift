import Nabla

/// What a run has reached so far.
struct TrainingHistory {
  struct Epoch {
    let report: EpochReport
    let test: Evaluation
    let validation: Evaluation?
  }

  var epochs: [Epoch] = []
  /// The epoch that Ctrl-C cut short; its steps are in the model too.
  var partOfEpoch: EpochReport?

  /// The epoch that reads the most test digits, the first of several.
  var best: Epoch? { epochs.max { $0.test.correct < $1.test.correct } }

  /// The best share of digits read on the validation set.
  var bestValidationAccuracy: Double? { epochs.compactMap { $0.validation?.accuracy }.max() }

  /// What the model file tells of its training. Nothing that differs between two runs with the same result.
  func metadata(plan: TrainingPlan, command: TrainCommand, sets: TrainingSets) -> [String: String] {
    var metadata = [
      "data": command.data,
      "epochs": String(epochs.count),
      "training_samples": String(sets.training.count),
      "batch_size": String(plan.miniBatchSize),
      "learning_rate": String(plan.usedLearningRate),
      "l2": String(plan.regularization),
      "init": plan.initialization.rawValue,
      "seed": String(plan.seed),
    ]
    if let preset = command.preset { metadata["preset"] = preset.rawValue }
    if let partOfEpoch { metadata["samples_of_epoch_cut_short"] = String(partOfEpoch.samples) }
    if partOfEpoch == nil, let last = epochs.last {
      metadata["test_correct"] = String(last.test.correct)
      metadata["test_total"] = String(last.test.total)
    }
    return metadata
  }
}
