import Nabla

/// Which epoch's parameters a run ends with: what is saved, printed and written as metadata comes from here.
struct ModelOrigin {
  /// The epoch they belong to; nil if they are those of a part of an epoch, or untrained.
  let epoch: EpochResult?
  /// Samples of an epoch cut short, whose steps are in the parameters; 0 otherwise.
  let samplesOfPartialEpoch: Int
  /// Epochs finished.
  let epochsDone: Int

  /// On the test set; nil where it was not measured.
  let test: Evaluation?

  /// - Parameters:
  ///   - summary: how the run ended; nil if an error ended it between two epochs.
  ///   - test: the measures of the kept network, where they are taken at the end alone.
  init(_ session: TrainingSession, summary: TrainingSummary?, test: Evaluation? = nil) {
    let history = session.history
    epochsDone = history.count
    guard let summary else {
      epoch = history.first { $0.epoch == session.heldBestEpoch } ?? history.last
      samplesOfPartialEpoch = 0
      self.test = epoch?.test
      return
    }
    epoch = history.first { $0.epoch == summary.keptEpoch }
    samplesOfPartialEpoch = epoch == nil ? summary.samplesOfPartialEpoch : 0
    self.test = test ?? epoch?.test
  }

  /// That of an epoch just finished.
  init(_ result: EpochResult) {
    (epoch, samplesOfPartialEpoch, epochsDone, test) = (result, 0, result.epoch, result.test)
  }

  /// What the model file tells of its training. Nothing that differs between two runs with the same result.
  ///
  /// - Parameter changes: keys of what was another in an earlier part of the run.
  func metadata(
    of session: TrainingSession, _ command: TrainCommand, _ sets: TrainingSets, changes: [String] = []
  ) -> [String: String] {
    var metadata = session.configuration.metadata
    if !changes.isEmpty { metadata["resumed_with_changes"] = changes.joined(separator: ",") }
    metadata["data"] = command.dataOptions.data
    metadata["training_samples"] = String(sets.training.count)
    metadata["validation"] = sets.validationSource
    if !sets.targetNames.isEmpty { metadata["target_column"] = sets.targetNames.joined(separator: ",") }
    metadata["preset"] = command.runOptions.preset?.rawValue
    if epochsDone != session.configuration.epochs { metadata["epochs_done"] = String(epochsDone) }
    guard let epoch else {
      metadata["samples_of_epoch_cut_short"] = String(samplesOfPartialEpoch)
      return metadata
    }
    metadata["kept_epoch"] = String(epoch.epoch)
    for (name, evaluation) in [("test", test), ("validation", epoch.validation)] {
      guard let evaluation else { continue }
      if let errors = evaluation.errors {
        metadata["\(name)_rmse"] = String(errors.rmse)
        continue
      }
      metadata["\(name)_correct"] = String(evaluation.correct)
      metadata["\(name)_total"] = String(evaluation.total)
    }
    return metadata
  }
}
