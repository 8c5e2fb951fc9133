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
    // Everything that can be known is refused before the data is read.
    let early = try command.configuration(for: nil)
    let experiment = command.runOptions.preset?.experiment
    if command.dataOptions.validation == nil, experiment == nil { try requireValidation(early) }
    let named = try early.layers == nil ? nil : newNetwork.make(early, inputs: 0, outputs: 0)
    try OutputPath.check(output, bytes: named.map { $0.topology.parameterCount * 4 + 4096 } ?? 0)
    try named.map(checkFitOfKnownData)
    let sets = try TrainingSets(
      command.dataOptions, command.tableArguments, experiment, classCount: named?.topology.outputSize,
      seed: early.seed, quiet: command.outputOptions.quiet)
    let configuration = try command.configuration(for: sets.training)
    if sets.validation == nil { try requireValidation(configuration) }
    let network =
      try (sets.training.isTable ? nil : named)
      ?? newNetwork.make(configuration, inputs: sets.training.inputSize, outputs: sets.outputSize)
    try newNetwork.checkFit(network, to: sets.training)
    let session = try newNetwork.memoryChecked(network.topology.layerSizes) { () throws(NablaError) in
      try TrainingSession(
        network: network, training: sets.training, validation: sets.validation, test: sets.test,
        configuration: configuration)
    }
    try train(session, sets)
  }

  /// Trains until the last epoch, the end of patience, Ctrl-C, or an error; saves in every case but one: where
  /// parameters became NaN or infinite and no best epoch is kept, there is nothing to save.
  private func train(_ session: TrainingSession, _ sets: TrainingSets) throws {
    var report = TrainingReport(command: command, sets: sets, session: session)
    Interruption.request(stopOf: session.progress)
    let summary: TrainingSummary
    do {
      defer { report.endBar() }
      summary = try session.run { try report.show($0) }
    } catch let error {
      // Mostly stdout that cannot be written any more: what was learned is kept all the same.
      let origin = ModelOrigin(session, summary: nil)
      if isDivergence(error) {
        guard let best = session.heldBestEpoch else { throw error }
        try save(session, sets, origin)
        throw CommandFailure(.badData, "\(error); \(output) has epoch \(best), the best")
      }
      try save(session, sets, origin)
      throw error
    }
    let origin = ModelOrigin(session, summary: summary)
    try save(session, sets, origin)
    try report.end(summary, origin)
    if summary.reason == .stopped { throw QuietExit(status: .interrupted) }
  }

  /// Saves the model; where that fails, a second place is tried before the work of the run is given up.
  private func save(_ session: TrainingSession, _ sets: TrainingSets, _ origin: ModelOrigin) throws {
    let metadata = origin.metadata(of: session, command, sets)
    do {
      try save(session.network, to: output, metadata, sets)
    } catch {
      guard let refuge = rescue(session.network, metadata, sets) else { throw error }
      throw CommandFailure(
        error.kind == .cannotCreate ? .cannotCreate : .inputOutput,
        "\(error.description); the model is in \(refuge)")
    }
  }

  func save(
    _ network: Network, to path: String, _ metadata: [String: String], _ sets: TrainingSets
  ) throws(FileError) {
    let training = sets.training
    // One row is what a line of CSV has that is no square: it tells nothing of the pictures.
    let shape = training.isTable || training.imageShape.rows == 1 ? nil : training.imageShape
    try ModelFile.save(
      network, to: path, metadata: metadata, imageShape: shape, encoding: training.encoding)
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
      try save(network, to: refuge, metadata, sets)
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
