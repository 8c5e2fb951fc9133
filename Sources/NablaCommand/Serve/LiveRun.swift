import Foundation
import Nabla
import Synchronization

/// What the thread that trains tells the thread that shows it.
final class LiveRun: Sendable {
  struct Content {
    var start: TrainingStart?
    /// Epochs of this run, those before a resumed one included.
    var history: [EpochResult] = []
    var warnings: [String] = []
    /// How it ended; nil while it runs.
    var summary: TrainingSummary?
    /// The parameters after the last epoch that was copied; nobody changes them.
    fileprivate(set) var snapshot: Snapshot?
  }

  /// A network that is only read, on whatever thread.
  struct Snapshot: @unchecked Sendable {
    let epoch: Int
    let network: Network
  }

  /// Samples of an epoch, and where it is.
  let progress: TrainingProgress
  let trainingCount: Int
  /// The test samples whose errors are shown.
  let shown: Dataset
  /// What the model's name will be.
  let name: String
  /// How it is trained, as the model's metadata will tell.
  let metadata: [String: String]
  private let content = Mutex(Content())

  /// Samples that are looked at for errors.
  private static let mostShown = 2000

  init(_ session: TrainingSession, _ sets: TrainingSets, name: String) {
    progress = session.progress
    trainingCount = sets.training.count
    shown = sets.test[0..<min(sets.test.count, Self.mostShown)]
    self.name = name
    metadata = session.configuration.metadata.merging(["training_samples": "\(sets.training.count)"]) { $1 }
  }

  /// What is known at the moment.
  var current: Content { content.withLock { $0 } }

  func change(_ body: @Sendable (inout Content) -> Void) { content.withLock { body(&$0) } }

  /// Gives the page a copy of the network.
  func show(_ snapshot: Snapshot) { content.withLock { $0.snapshot = snapshot } }
}

extension LiveRun.Content {
  /// The run for the page.
  ///
  /// - Parameter after: epochs that the page knows already.
  func json(after: Int, of run: LiveRun) -> JSON {
    let epochs = history.dropFirst(max(0, after)).map { epoch -> JSON in
      [
        "epoch": .integer(epoch.epoch), "cost": .number(epoch.report.trainingCost),
        "samples_per_second": .number(epoch.report.samplesPerSecond.rounded()),
        "rate": .number(epoch.learningRate), "is_best": .bool(epoch.isBest),
        "test": evaluation(epoch.test), "validation": evaluation(epoch.validation),
      ]
    }
    return [
      "epochs": .integer(start?.configuration.epochs ?? 0), "done": .integer(history.count),
      "samples": .integer(summary == nil ? run.progress.samplesDone : 0), "of": .integer(run.trainingCount),
      "threads": .integer(start?.threads ?? 0), "history": .array(epochs),
      "warnings": .array(warnings.map { .string($0) }),
      "shown_epoch": snapshot.map { .integer($0.epoch) } ?? .null,
      "end": summary.map { .string($0.reason.rawValue) } ?? .null,
      "kept_epoch": summary?.keptEpoch.map { .integer($0) } ?? .null,
    ]
  }

  private func evaluation(_ evaluation: Evaluation?) -> JSON {
    guard let evaluation else { return .null }
    return [
      "cost": .number(evaluation.cost),
      "accuracy": evaluation.errors == nil ? .number(evaluation.accuracy) : .null,
      "rmse": evaluation.errors.map { .number($0.rmse) } ?? .null,
    ]
  }
}

extension LiveRun {
  /// The test pictures that `model` misreads, the most confident errors first.
  func errors(of model: ServedModel, epoch: Int) throws(NablaError) -> JSON {
    guard !shown.isTable, shown.classCount > 0 else {
      return ["epoch": .integer(epoch), "pictures": .array([])]
    }
    let outputs = try model.network.outputs(of: shown, threads: 1)
    let width = model.outputs
    let wrong = ConfidentMistake.surest(
      shown.count, outputs: outputs, labels: (0..<shown.count).map { UInt16(shown.label(at: $0)) },
      classCount: width)
    let pictures = wrong.prefix(24).map { error -> JSON in
      [
        "label": .integer(error.actual), "reads": .integer(error.predicted),
        "confidence": .number(outputs[error.index * width + error.predicted]),
        "pixels": .string(Data(shown.image(at: error.index)).base64EncodedString()),
      ]
    }
    return [
      "epoch": .integer(epoch), "of": .integer(shown.count), "wrong": .integer(wrong.count),
      "rows": .integer(shown.imageShape.rows), "columns": .integer(shown.imageShape.columns),
      "pictures": .array(Array(pictures)),
    ]
  }
}
