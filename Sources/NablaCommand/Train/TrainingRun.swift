import Foundation
import Nabla
import NablaFormats

/// One run of `nabla train`, from the check of the output path to the saved model.
struct TrainingRun {
  let command: TrainCommand

  private var output: String { command.outputOptions.output }
  private var newNetwork: NewNetwork { NewNetwork(source: command.dataOptions.data) }

  func run() throws {
    guard !output.isEmpty else {
      throw CommandFailure(.usage, "--output: expected the name of a file, found ''")
    }
    try OutputPath.spare(command.dataOptions.namedSources, from: output, option: "--output")
    // Everything that can be known is refused before the data is read.
    let early = try command.configuration(for: nil)
    let experiment = command.runOptions.preset?.experiment
    if command.dataOptions.validation == nil, experiment == nil { try requireValidation(early) }
    try RunMemory(options: command.dataOptions, configuration: early).check()
    let named = try early.layers == nil ? nil : newNetwork.make(early, inputs: 0, outputs: 0)
    if Cluster.isLead {
      try OutputPath.check(output, bytes: named.map { $0.topology.parameterCount * 4 + 4096 } ?? 0)
    }
    try named.map(checkFitOfKnownData)
    // Before the data, too: another run that has the place, a checkpoint that is damaged.
    let checkpoints = try RunCheckpoints(command)
    let recorders = try RunRecorders(command)
    var sets = try TrainingSets(
      command.dataOptions, command.tableArguments, experiment, classCount: named?.topology.outputSize,
      seed: early.seed, quiet: command.outputOptions.quiet)
    let configuration = try command.configuration(for: sets.training)
    if sets.validation == nil { try requireValidation(configuration) }
    let network =
      try (sets.training.isTable ? nil : named)
      ?? newNetwork.make(configuration, inputs: sets.training.inputSize, outputs: sets.outputSize)
    try newNetwork.checkFit(network, to: sets.training)
    let session = try checkpoints.makeSession(network, sets, configuration, newNetwork)
    sets.notes += checkpoints.notes
    try train(session, sets, checkpoints, recorders, test: evaluatorAtEnd(of: session, sets))
  }

  /// What measures the test set once training has ended; nil where each epoch does. Made before training, so that what
  /// does not fit is told then, not when a trained network would be lost.
  private func evaluatorAtEnd(of session: TrainingSession, _ sets: TrainingSets) throws -> Evaluator? {
    guard command.testTime == .end else { return nil }
    let network = session.network
    return try newNetwork.memoryChecked(network.topology.layerSizes) { () throws(NablaError) in
      try Evaluator(
        network: network, data: sets.test, threads: session.configuration.threads,
        communicator: Cluster.communicator)
    }
  }

  /// Trains until the last epoch, the end of patience, a signal, or an error; saves in every case but one: where
  /// parameters became NaN or infinite and no best epoch is kept, there is nothing to save. A run that did not reach
  /// its end leaves a checkpoint.
  ///
  /// - Parameter test: measures the test set at the end; nil where each epoch does.
  private func train(
    _ session: TrainingSession, _ sets: TrainingSets, _ checkpoints: RunCheckpoints,
    _ recorders: RunRecorders, test evaluator: Evaluator?
  ) throws {
    var recorders = recorders
    var report = TrainingReport(command: command, sets: sets, session: session)
    Interruption.request(stopOf: session.progress)
    let summary: TrainingSummary
    do {
      defer { report.endBar() }
      summary = try session.run { event in
        try report.show(event)
        try checkpoints.write(event, session, sets)
        recorders.record(event, of: session, sets)
        report.show(warnings: checkpoints.takeMessages() + recorders.takeMessages())
      }
    } catch let error {
      // Mostly stdout that cannot be written any more: what was learned is kept all the same.
      checkpoints.finishWriting()
      let origin = ModelOrigin(session, summary: nil)
      if isDivergence(error) {
        guard let best = session.heldBestEpoch else { throw error }
        try save(session, sets, origin, checkpoints)
        throw CommandFailure(.badData, "\(error); \(output) has epoch \(best), the best")
      }
      _ = checkpoints.writeLast(session)
      report.show(warnings: checkpoints.takeMessages())
      try save(session, sets, origin, checkpoints)
      throw error
    }
    let isStopped = summary.reason == .stopped
    let checkpoint = isStopped ? checkpoints.writeLast(session) : nil
    checkpoints.finishWriting()
    report.show(warnings: checkpoints.takeMessages())
    let test =
      isStopped ? nil : evaluator.map { set in session.profiled(.evaluation) { set.evaluate() } }
    Cluster.finish()
    let origin = ModelOrigin(session, summary: summary, test: test)
    try save(session, sets, origin, checkpoints)
    recorders.finish(RunEnd(summary: summary, origin: origin, test: test), of: session, sets)
    report.show(warnings: recorders.takeMessages())
    if !isStopped { checkpoints.removeFiles() }
    try report.end(summary, origin, test: test, checkpoint: checkpoint)
    if isStopped { throw QuietExit(status: Interruption.status) }
    recorders.linger(session)
  }

  /// Saves the model; where that fails, a second place is tried before the work of the run is given up.
  private func save(
    _ session: TrainingSession, _ sets: TrainingSets, _ origin: ModelOrigin, _ checkpoints: RunCheckpoints
  ) throws {
    guard Cluster.isLead else { return }
    let metadata = origin.metadata(of: session, command, sets, changes: checkpoints.changes)
    do {
      try sets.saveModel(session.network, to: output, metadata)
    } catch {
      guard let refuge = rescue(session.network, metadata, sets) else { throw error }
      throw CommandFailure(
        error.kind == .cannotCreate ? .cannotCreate : .inputOutput,
        "\(error.description); the model is in \(refuge)")
    }
  }

  /// Saves the model in a new folder with an unguessable name, and returns where.
  private func rescue(
    _ network: Network, _ metadata: [String: String], _ sets: TrainingSets
  ) -> String? {
    var template = (NSTemporaryDirectory() + "nabla-XXXXXX").utf8CString
    let created = template.withUnsafeMutableBufferPointer { buffer in
      mkdtemp(buffer.baseAddress!).map { String(cString: $0) }
    }
    guard let folder = created else { return nil }
    let refuge = folder + "/model.safetensors"
    do {
      try sets.saveModel(network, to: refuge, metadata)
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

  private func requireValidation(_ configuration: TrainingConfiguration) throws {
    try command.runOptions.requireValidation(configuration, schedule: command.updateOptions.schedule)
  }

  /// Drawn digits and MNIST have the same size and ten classes, known before anything is drawn or downloaded.
  private func checkFitOfKnownData(_ network: Network) throws {
    for text in [command.dataOptions.data, command.dataOptions.validation].compactMap(\.self) {
      switch try? DataSource(parsing: text) {
      case .digits?, .mnist?:
        try newNetwork.checkFit(network, inputs: SyntheticDigits.pixelsPerImage, classes: 10, of: text)
      default: break  // known when it is read
      }
    }
  }
}
