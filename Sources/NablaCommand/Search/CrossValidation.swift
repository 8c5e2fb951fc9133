import Nabla
import NablaFormats
import Synchronization

/// One run of `nabla cross-validate`.
struct CrossValidation {
  let command: CrossValidateCommand

  private var output: FoldOutputOptions { command.outputOptions }
  private var count: Int { command.foldOptions.folds }

  func run() throws {
    // Everything that can be known is refused before the data is read.
    let early = try command.configuration(for: nil)
    try requireValidation(early)
    if let path = output.predictions, Cluster.isLead {
      try OutputPath.spare([("--data", command.source.data)], from: path, option: "--predictions")
      try OutputPath.check(path)
    }
    let (data, description) = try load()
    let configuration = try command.configuration(for: data)
    try requireValidation(configuration)
    let seed = configuration.seed
    let folds = try OptionName.inErrors { () throws(NablaError) in
      try data.foldOfEachSample(count, seed: seed)
    }
    let outputs = data.isTable ? data.outputSize : max(10, data.classCount)
    let network = try NewNetwork(source: command.source.data).make(
      configuration, inputs: data.inputSize, outputs: outputs)
    try NewNetwork(source: command.source.data).checkFit(network, to: data)

    let stop = TrainingProgress()
    Interruption.request(stopOf: stop)
    let runs = ConcurrentRuns(command.concurrencyOptions.runs, stop: stop)
    let progress = SearchProgress(
      "Folds", unit: "folds", runs: count, epochs: count * configuration.epochs, enabled: !output.quiet)
    let report = FoldReport(output: output, folds: count)
    report.sayStart(description, network.topology, configuration, runs: min(runs.atOnce, count))
    let training = FoldTraining(
      data: data, folds: folds, configuration: configuration, outputs: outputs, scaling: scaling,
      validation: command.foldOptions.validation, keepsOutputs: output.predictions != nil, progress: progress,
      stop: stop)
    try Cluster.settle(on: SearchSettings.of(data, settings(configuration)))
    let lines = Mutex(InOrder<FoldResult>())
    let results = try progress.whileDrawn {
      try runs.run(count, job: { try training.train(fold: $0) }) { index, result in
        try lines.withLock { lines in
          progress.leave()
          try lines.add(result, of: index) { _, result in try progress.wiped { try report.show(result) } }
        }
      }
    }
    Cluster.finish()
    guard Cluster.isLead else { return }
    let finished = results.compactMap(\.self)
    guard finished.count == count else {
      report.say("Stopped after \(finished.count) of \(count) folds")
      throw QuietExit(status: .interrupted)
    }
    try report.end(finished, samples: data.count)
    if let path = output.predictions {
      try FoldPredictions(data: data, folds: folds, results: finished).write(to: path)
      report.say("Saved \(path)")
    }
  }

  /// Whatever decides what a fold's training gives.
  private func settings(_ configuration: TrainingConfiguration) -> [String: String] {
    var settings = configuration.metadata
    settings["folds"] = "\(count)"
    settings["group"] = command.foldOptions.group
    settings["validation"] = command.foldOptions.validation
    settings["scale"] = scaling.rawValue
    settings["predictions"] = output.predictions == nil ? "no" : "yes"
    return settings
  }

  private var scaling: FeatureEncoding.Scaling { command.tableArguments.scale ?? .standard }

  private func load() throws -> (data: Dataset, description: String) {
    var table = command.tableArguments.options
    table.group = command.foldOptions.group
    let loaded = try DataLoading.load(
      command.source.data, table: table, maxBytes: command.source.mostBytes, quiet: output.quiet)
    let data = loaded.training
    if !data.isTable {
      try command.tableArguments.refuseForPictures(command.source.data)
      if command.foldOptions.group != nil {
        throw CommandFailure(
          .usage, "--group: expected with a table, found the pictures of \(command.source.data)")
      }
    }
    return (data, loaded.description)
  }

  private func requireValidation(_ configuration: TrainingConfiguration) throws {
    try command.runOptions.refuseModelsOnTheWay()
    guard command.foldOptions.validation == nil else { return }
    try command.runOptions.requireValidation(configuration, schedule: command.updateOptions.schedule)
  }
}

/// What the training on one fold gave.
struct FoldResult: Sendable {
  /// From 0.
  let fold: Int
  let evaluation: Evaluation
  /// All that was measured, in the order in which it is printed.
  let measures: [Measure]
  /// The epoch whose network was measured.
  let epoch: Int
  /// a^L of the fold's samples [n, outputs] in their order, in the targets' units; empty if nobody asked.
  let outputs: [Float]
}

/// Trains and measures one network a fold.
private struct FoldTraining: Sendable {
  let data: Dataset
  let folds: [Int]
  let configuration: TrainingConfiguration
  let outputs: Int
  let scaling: FeatureEncoding.Scaling
  let validation: String?
  let keepsOutputs: Bool
  let progress: SearchProgress
  let stop: TrainingProgress

  /// Returns nil if it was stopped. Everything is learned from the other folds alone, scaling included.
  func train(fold: Int) throws -> FoldResult? {
    var (training, measured) = try data.dividing(by: folds, fold: fold)
    var heldOut: Dataset?
    if let validation {
      let count = try HeldOut.count(
        validation, of: training.count, option: "--validation", forms: "or a share such as 15%")
      let parts = try training.holdingOut(count, seed: configuration.seed)
      (training, heldOut) = (parts.rest, parts.heldOut)
    }
    if data.isTable {
      let encoding = try training.learnedEncoding(scaling: scaling)
      training = try training.encoded(by: encoding)
      measured = try measured.encoded(by: encoding)
      heldOut = try heldOut?.encoded(by: encoding)
    }
    let network = try configuration.makeNetwork(inputs: data.inputSize, outputs: outputs)
    let own = TrainingProgress(stoppingWith: stop)
    let session = try TrainingSession(
      network: network, training: training, validation: heldOut, configuration: configuration, progress: own)
    progress.began(fold, own, samples: training.count, epochs: configuration.epochs)
    defer { progress.ended(fold) }
    let summary: TrainingSummary
    do {
      summary = try session.run { event in
        if case .epochFinished = event { progress.finishedEpoch(of: fold) }
      }
    } catch let error as NablaError {
      throw CommandFailure(describing: error, from: nil).prefixed("fold \(fold + 1)")
    }
    guard summary.reason != .stopped else { return nil }
    let evaluation = try network.evaluate(measured, threads: 1)
    let outputs = try network.outputs(of: measured, threads: 1)
    var measures = evaluation.measures
    if !data.encoding.isRegression {
      let labels = (0..<measured.count).map { UInt16(measured.label(at: $0)) }
      let metrics = try ClassificationMetrics(
        outputs: outputs.span, labels: labels.span, classCount: self.outputs)
      measures += metrics.furtherMeasures
    }
    return FoldResult(
      fold: fold, evaluation: evaluation, measures: measures,
      epoch: summary.keptEpoch ?? summary.epochsDone,
      outputs: keepsOutputs ? measured.encoding.decoded(outputs) : [])
  }
}

extension CommandFailure {
  /// The same failure, of one of several runs.
  func prefixed(_ run: String) -> CommandFailure { CommandFailure(status, "\(run): \(message)") }
}
