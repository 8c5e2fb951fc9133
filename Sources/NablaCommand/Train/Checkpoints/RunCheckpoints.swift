import Foundation
import Nabla
import NablaFormats
import Synchronization

/// What keeps a run of `nabla train` from being lost: its checkpoints, the place where it goes on, and the models that
/// are saved while it trains. Files are written by a thread of their own.
final class RunCheckpoints {
  /// What people should know about the run's beginning, a line each.
  private(set) var notes: [String] = []
  /// Keys of what is another than in the run's first part.
  private(set) var changes: [String] = []

  private let command: TrainCommand
  /// nil if no checkpoint is read or written.
  private let store: CheckpointStore?
  private let found: CheckpointFile?
  /// Whether the files at the store's place are this run's.
  private var ownsFiles = false
  private let writer: BackgroundWriter
  private let messages: MessageBox
  private var description: RunDescription?

  private var options: CheckpointOptions { command.checkpointOptions }
  private var output: String { command.outputOptions.output }
  private var writesCheckpoints: Bool { options.frequency != .never }

  /// Locks the place and reads what is there, before anything else is loaded.
  ///
  /// - Throws: `CommandFailure` (64) for options that mean nothing together; `FileError`.
  init(_ command: TrainCommand) throws {
    self.command = command
    let messages = MessageBox()
    self.messages = messages
    writer = BackgroundWriter { messages.add("\($0); training goes on") }
    let options = command.checkpointOptions
    try options.check(output: command.outputOptions.output)
    guard Cluster.isLead, options.frequency != .never || options.resume != nil else {
      (store, found) = (nil, nil)
      return
    }
    let path = options.path(output: command.outputOptions.output)
    let store = try CheckpointStore(path)
    self.store = store
    guard let resume = options.resume else {
      found = nil
      try store.refuseOtherFiles()
      if store.isOccupied {
        notes.append(
          "\(path) is of a run that did not end; --resume auto goes on with it, this run replaces it")
      }
      return
    }
    let isOwn = resume == CheckpointOptions.auto || resume == path
    let newest =
      try isOwn && (store.isOccupied || resume == CheckpointOptions.auto)
      ? store.load() : CheckpointStore.newest(resume)
    found = newest?.file
    ownsFiles = isOwn && found != nil
    if let error = newest?.newerError, let file = newest?.file {
      notes.append("\(error); going on from the one before, \(file.path)")
    }
  }

  /// Makes the session, in the place that was found if any.
  ///
  /// - Throws: `CommandFailure` if the checkpoint is of another run, and as `TrainingSession.init`.
  func makeSession(
    _ network: Network, _ sets: TrainingSets, _ configuration: TrainingConfiguration, _ newNetwork: NewNetwork
  ) throws -> TrainingSession {
    let resolved = try OptionName.inErrors { () throws(NablaError) in try configuration.resolved(for: network)
    }
    let description = RunDescription(command, resolved, sets)
    self.description = description
    var start: TrainingCheckpoint?
    if let found {
      let check = ResumeCheck(
        file: found, configuration: resolved, fingerprints: description.fingerprints.value)
      let result = try check.start(allowingChanges: options.allowChanges)
      start = result.checkpoint
      changes = (found.metadata[RunDescription.changesKey] ?? "").split(separator: ",").map(String.init)
      changes += result.changes.filter { !changes.contains($0) }
      description.changes.withLock { $0 = changes }
      notes.append(place(result.checkpoint.state, in: found.path, of: sets.training.count))
    }
    if Cluster.communicator != nil {
      try Cluster.settle(on: description.ofRanks(command))
      notes += try Cluster.choose(
        command.threadOptions.ranks ?? .auto,
        for: network.rankWork(
          sets.training, miniBatchSize: resolved.miniBatchSize, threads: resolved.threads))
    }
    let checkpoint = start
    let test = command.testTime == .epoch ? sets.test : nil
    let session = try newNetwork.memoryChecked(network.topology.layerSizes) { () throws(NablaError) in
      try TrainingSession(
        network: network, training: sets.training, validation: sets.validation, test: test,
        configuration: configuration, checkpoint: checkpoint, communicator: Cluster.communicator)
    }
    if Cluster.isLead { session.checkpointInterval = options.frequency.interval }
    return session
  }

  private func place(_ state: TrainingState, in path: String, of samples: Int) -> String {
    let place = "Going on from \(path): epoch \(state.epoch + 1)"
    return state.samplesDone == 0
      ? place : "\(place), after \(state.samplesDone.grouped) of \(samples.grouped) samples"
  }

  // MARK: While it trains

  /// Hands over what is to be written after an event.
  func write(_ event: TrainingEvent, _ session: TrainingSession, _ sets: TrainingSets) throws {
    switch event {
    case .checkpoint(let checkpoint):
      guard let store, let description else { return }
      ownsFiles = true
      let (topology, cost) = (session.network.topology, session.network.cost)
      writer.write("checkpoint") { () throws(FileError) in
        try store.write(checkpoint, topology: topology, cost: cost, metadata: description.metadata)
      }
    case .epochFinished(let result) where Cluster.isLead:
      if session.configuration.keep == .best, result.isBest {
        try writeModel(result, to: output, kind: "best", session, sets)
      }
      if let path = command.runOptions.keep?.path(epoch: result.epoch, output: output) {
        try writeModel(result, to: path, kind: path, session, sets)
      }
    case .started, .warning, .epochFinished, .finished: break
    }
  }

  private func writeModel(
    _ result: EpochResult, to path: String, kind: String, _ session: TrainingSession, _ sets: TrainingSets
  ) throws {
    let metadata = ModelOrigin(result).metadata(of: session, command, sets, changes: changes)
    // A copy that nobody else has.
    nonisolated(unsafe) let network = try session.network.copy()
    writer.write(kind) { () throws(FileError) in try sets.saveModel(network, to: path, metadata) }
  }

  /// What the writer's thread has to say since the last call.
  func takeMessages() -> [String] { messages.take() }

  // MARK: The end

  /// Waits for the writer.
  func finishWriting() { writer.finish() }

  /// Writes where the run is, before the model is saved: it did not reach its end.
  ///
  /// - Returns: where it is written; nil if it is not.
  func writeLast(_ session: TrainingSession) -> String? {
    writer.finish()
    guard let store, let description, writesCheckpoints else { return nil }
    do throws(FileError) {
      try store.write(
        session.checkpoint, topology: session.network.topology, cost: session.network.cost,
        metadata: description.metadata)
      return store.path
    } catch {
      messages.add("\(error)")
      return nil
    }
  }

  /// Removes this run's checkpoints: its model is complete.
  func removeFiles() {
    if ownsFiles { store?.remove() }
  }
}

/// Lines that another thread has for people.
private final class MessageBox: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) { lines.withLock { $0.append(line) } }

  func take() -> [String] {
    lines.withLock { lines in
      defer { lines = [] }
      return lines
    }
  }
}

/// What a run's checkpoints tell of it besides its state.
private final class RunDescription: Sendable {
  static let changesKey = "resumed_with_changes"

  let changes = Mutex<[String]>([])
  let fingerprints: Fingerprints
  private let settings: [String: String]

  init(_ command: TrainCommand, _ configuration: TrainingConfiguration, _ sets: TrainingSets) {
    var settings = configuration.metadata
    settings["nabla_version"] = RootCommand.version
    settings["data"] = command.dataOptions.data
    settings["training_samples"] = String(sets.training.count)
    settings["validation"] = sets.validationSource
    settings["preset"] = command.runOptions.preset?.rawValue
    self.settings = settings
    fingerprints = Fingerprints(sets)
  }

  /// What must be the same on every rank: all but what rank 0 alone knows, from the checkpoint.
  func ofRanks(_ command: TrainCommand) -> [String: String] {
    var settings = settings.merging(fingerprints.value) { $1 }
    settings["test_at"] = command.testTime.rawValue
    return settings
  }

  var metadata: [String: String] {
    var metadata = settings.merging(fingerprints.value) { $1 }
    let changes = changes.withLock(\.self)
    if !changes.isEmpty { metadata[Self.changesKey] = changes.joined(separator: ",") }
    return metadata
  }
}

/// The hashes of a run's samples, computed when they are first needed: a run shorter than its first checkpoint needs
/// none.
private final class Fingerprints: Sendable {
  private let sets: TrainingSets
  private let hashes = Mutex<[String: String]?>(nil)

  init(_ sets: TrainingSets) { self.sets = sets }

  var value: [String: String] {
    hashes.withLock { hashes in
      if let hashes { return hashes }
      var new = ["training_sha256": DataFingerprint.sha256(of: sets.training)]
      new["validation_sha256"] = sets.validation.map(DataFingerprint.sha256)
      new["test_sha256"] = DataFingerprint.sha256(of: sets.test)
      new["encoding_sha256"] = DataFingerprint.encodingSHA256(of: sets.training)
      hashes = new
      return new
    }
  }
}
