import Foundation
import Nabla
import NablaFormats

/// One run of `nabla train`, from the check of the output path to the saved model.
struct TrainingRun {
  let command: TrainCommand
  let plan: TrainingPlan

  func run() throws {
    guard !command.output.isEmpty else {
      throw CommandFailure(.usage, "--output: expected the name of a file, found ''")
    }
    let named = try plan.layers.map { try newNetwork($0) }
    try OutputPath.check(command.output, bytes: named.map { fileBytes($0) } ?? 0)
    try named.map(checkFitOfKnownData)
    let sets = try TrainingSets(command, classCount: named?.topology.outputSize)
    let network = try named ?? newNetwork([sets.training.inputSize, 30, sets.outputSize])
    try checkFit(
      network, inputs: sets.training.inputSize, classes: sets.training.classCount, of: command.data)
    var configuration = TrainingConfiguration(
      learningRate: plan.usedLearningRate, l2: plan.regularization, epochs: plan.epochs,
      miniBatchSize: plan.miniBatchSize, seed: plan.seed, threads: command.threads?.number)
    configuration.initialization = plan.initialization
    let trainer = try memoryChecked(network.topology.layerSizes) { () throws(NablaError) in
      try Trainer(network: network, data: sets.training, configuration: configuration)
    }
    let report = TrainingReport(command: command, plan: plan, sets: sets, trainer: trainer)
    try train(trainer, sets, report)
  }

  /// Trains until the last epoch, Ctrl-C, or an error; saves in every case but one: of a network whose
  /// parameters are no numbers any more there is nothing to keep.
  private func train(_ trainer: Trainer, _ sets: TrainingSets, _ report: TrainingReport) throws {
    report.start()
    let progress = TrainingProgress()
    Interruption.request(stopOf: progress)
    var history = TrainingHistory()
    do {
      while history.count < plan.epochs, !progress.isStopRequested {
        let epoch = try trainEpoch(trainer, number: history.count + 1, progress, samples: sets.training.count)
        if epoch.wasStopped {
          history.partOfEpoch = epoch
          break
        }
        let threads = command.threads?.number
        let measured = TrainingHistory.Epoch(
          report: epoch, test: try trainer.network.evaluate(sets.test, threads: threads),
          validation: try sets.validation.map { try trainer.network.evaluate($0, threads: threads) })
        history.append(measured)
        try report.epoch(measured)
      }
    } catch let error where !isDivergence(error) {
      // Mostly stdout that cannot be written any more. What was learned is kept all the same.
      try save(trainer.network, sets, history)
      throw error
    }
    try save(trainer.network, sets, history)
    let wasStopped = history.count < plan.epochs
    try report.end(history, stopped: wasStopped)
    if wasStopped { throw QuietExit(status: .interrupted) }
  }

  /// Trains one epoch with a bar that shows how far it is.
  private func trainEpoch(
    _ trainer: Trainer, number: Int, _ progress: TrainingProgress, samples: Int
  ) throws -> EpochReport {
    let bar = ProgressBar("Epoch \(number)", unit: "samples", enabled: !command.quiet)
    let ticker = ProgressTicker(bar, total: samples) { progress.samplesDone }
    let result = Result { () throws(NablaError) in try trainer.trainEpoch(progress: progress) }
    ticker.finish()
    return try result.get()
  }

  /// Saves the model; where that fails, a second place is tried before the work of the run is given up.
  private func save(_ network: Network, _ sets: TrainingSets, _ history: TrainingHistory) throws {
    let metadata = history.metadata(plan: plan, command: command, sets: sets)
    // One row is what a line of CSV has that is no square: it tells nothing of the pictures.
    let shape = sets.training.imageShape.rows > 1 ? sets.training.imageShape : nil
    do {
      try ModelFile.save(network, to: command.output, metadata: metadata, imageShape: shape)
    } catch {
      guard let refuge = rescue(network, metadata, shape) else { throw error }
      throw CommandFailure(
        error.kind == .cannotCreate ? .cannotCreate : .inputOutput,
        "\(error.description); the model is in \(refuge)")
    }
  }

  /// Saves the model in a new folder that nobody else can guess or write to, and returns where.
  private func rescue(
    _ network: Network, _ metadata: [String: String], _ shape: Dataset.ImageShape?
  ) -> String? {
    var template = (NSTemporaryDirectory() + "nabla-XXXXXX").utf8CString
    let created = template.withUnsafeMutableBufferPointer { buffer in
      mkdtemp(buffer.baseAddress!).map { String(cString: $0) }
    }
    guard let folder = created else { return nil }
    let refuge = folder + "/model.safetensors"
    do {
      try ModelFile.save(network, to: refuge, metadata: metadata, imageShape: shape)
      return refuge
    } catch {
      rmdir(folder)
      return nil
    }
  }

  private func isDivergence(_ error: any Error) -> Bool {
    if case .notFinite? = error as? NablaError { true } else { false }
  }

  // MARK: What must fit before training starts

  private func newNetwork(_ sizes: [Int]) throws -> Network {
    try memoryChecked(sizes) { () throws(NablaError) in
      try Network(
        topology: Topology(sizes), cost: plan.cost, initialization: plan.initialization, seed: plan.seed)
    }
  }

  /// Names the option behind a need for memory that the machine does not have.
  private func memoryChecked<Value>(
    _ sizes: [Int], _ body: () throws(NablaError) -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch {
      guard case .outOfMemory = error else { throw error }
      let text = sizes.map(String.init).joined(separator: ",")
      throw CommandFailure(.usage, "--layers: \(text) \(error.description)")
    }
  }

  private func fileBytes(_ network: Network) -> Int { network.topology.parameterCount * 4 + 4096 }

  /// Drawn digits and MNIST have the same size and ten classes, known before anything is drawn or downloaded.
  private func checkFitOfKnownData(_ network: Network) throws {
    for text in [command.data, command.validation].compactMap(\.self) {
      switch try? DataSource(parsing: text) {
      case .digits?, .mnist?:
        try checkFit(network, inputs: SyntheticDigits.pixelsPerImage, classes: 10, of: text)
      case .folder?, .csv?, nil: break
      }
    }
  }

  private func checkFit(_ network: Network, inputs: Int, classes: Int, of source: String) throws {
    let topology = network.topology
    guard topology.inputSize == inputs, topology.outputSize >= classes else {
      throw CommandFailure(
        .usage,
        "--layers: expected \(inputs) inputs and at least \(classes) outputs for \(source), "
          + "found \(topology.layerSizes.map(String.init).joined(separator: ","))")
    }
  }
}
