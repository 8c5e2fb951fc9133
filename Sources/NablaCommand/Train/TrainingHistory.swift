import Nabla

/// What a run has reached so far: as much as its end needs, however many epochs it has.
struct TrainingHistory {
  struct Epoch {
    let report: EpochReport
    let test: Evaluation
    let validation: Evaluation?
  }

  private(set) var count = 0
  private(set) var last: Epoch?
  /// The epoch that reads the most test digits, the first of several.
  private(set) var best: Epoch?
  /// The best share of digits read on the validation set.
  private(set) var bestValidationAccuracy: Double?
  /// The epoch that Ctrl-C cut short; its steps are in the model too.
  var partOfEpoch: EpochReport?

  mutating func append(_ epoch: Epoch) {
    count += 1
    last = epoch
    if epoch.test.correct > best?.test.correct ?? -1 { best = epoch }
    if let validation = epoch.validation {
      bestValidationAccuracy = max(bestValidationAccuracy ?? 0, validation.accuracy)
    }
  }

  /// What the model file tells of its training. Nothing that differs between two runs with the same result.
  func metadata(plan: TrainingPlan, command: TrainCommand, sets: TrainingSets) -> [String: String] {
    var metadata = [
      "data": command.data,
      "epochs": String(count),
      "training_samples": String(sets.training.count),
      "batch_size": String(plan.miniBatchSize),
      "learning_rate": String(plan.usedLearningRate),
      "l2": String(plan.regularization),
      "init": plan.initialization.rawValue,
      "seed": String(plan.seed),
    ]
    if let preset = command.preset { metadata["preset"] = preset.rawValue }
    if let partOfEpoch {
      metadata["samples_of_epoch_cut_short"] = String(partOfEpoch.samples)
    } else if let last {
      metadata["test_correct"] = String(last.test.correct)
      metadata["test_total"] = String(last.test.total)
    }
    return metadata
  }
}
