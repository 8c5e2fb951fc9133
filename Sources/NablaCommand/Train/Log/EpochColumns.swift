import Nabla
import NablaFormats

/// The numbers of an epoch that are logged: the same in each line of a log, and of a kind that a checkpoint's history
/// tells again when the run goes on.
struct EpochColumns {
  /// Whether there is a validation set.
  let hasValidation: Bool
  /// Whether the test set is measured after each epoch.
  let hasTest: Bool

  /// The first names, by which a log is known.
  static let firstNames = ["epoch", "training_cost"]

  /// What was measured, and on which set.
  private func measures(of epoch: EpochResult) -> [(set: String, Evaluation)] {
    [("validation", hasValidation ? epoch.validation : nil), ("test", hasTest ? epoch.test : nil)]
      .compactMap { name, evaluation in evaluation.map { (name, $0) } }
  }

  /// Names and values; null for an R² that is not defined.
  func members(of epoch: EpochResult) -> [(String, JSON)] {
    var members: [(String, JSON)] = [
      (Self.firstNames[0], .integer(epoch.epoch)),
      (Self.firstNames[1], .number(epoch.report.trainingCost)),
    ]
    for (name, evaluation) in measures(of: epoch) {
      members.append(("\(name)_cost", .number(evaluation.cost)))
      members += TrainingReport.members(of: evaluation, name)
    }
    if hasValidation { members.append(("is_best", .bool(epoch.isBest))) }
    return members + [
      ("learning_rate", .number(epoch.learningRate)), ("seconds", .number(epoch.report.seconds)),
      ("samples_per_second", .number(epoch.report.samplesPerSecond)),
    ]
  }

  func jsonLine(_ epoch: EpochResult) -> String { JSON.object(members(of: epoch)).description }

  /// The first line of a table of epochs like this one.
  func csvHeader(_ epoch: EpochResult) -> String { members(of: epoch).map(\.0).joined(separator: ",") }

  /// A row; what is not defined is an empty cell.
  func csvLine(_ epoch: EpochResult) -> String {
    members(of: epoch).map { if case .null = $0.1 { "" } else { $0.1.description } }.joined(separator: ",")
  }

  /// Numbers under the tags that TensorBoard sorts into groups.
  func summary(of epoch: EpochResult) -> TensorBoardSummary {
    var summary = TensorBoardSummary()
    summary.add("cost/training", epoch.report.trainingCost)
    for (name, evaluation) in measures(of: epoch) {
      summary.add("cost/\(name)", evaluation.cost)
      if let errors = evaluation.errors {
        summary.add("rmse/\(name)", errors.rmse)
        summary.add("mae/\(name)", errors.mae)
        if let r2 = errors.r2 { summary.add("r2/\(name)", r2) }
      } else {
        summary.add("accuracy/\(name)", evaluation.accuracy)
      }
    }
    summary.add("learning_rate", Double(epoch.learningRate))
    summary.add("speed/seconds", epoch.report.seconds)
    summary.add("speed/samples_per_second", epoch.report.samplesPerSecond)
    return summary
  }
}
