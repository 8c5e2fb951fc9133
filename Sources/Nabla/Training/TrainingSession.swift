/// A whole training run: epochs with evaluation after each, schedule, early stopping, history, best parameters.
///
/// ```swift
/// var configuration = TrainingConfiguration()
/// configuration.layers = [784, 100, 10]
/// configuration.epochs = 10
/// let digits = try Dataset(images: pixels, labels: labels, imageShape: .init(rows: 28, columns: 28))
/// let session = try TrainingSession(
///   training: digits[0..<5000], validation: digits[5000..<6000], configuration: configuration)
/// try session.run { event in
///   if case .epochFinished(let result) = event { print(result.epoch, result.validation!.accuracy) }
/// }
/// let confidences = try session.network.feedforward(digits.image(at: 0))
/// ```
///
/// It prints nothing and opens no file: it tells its caller what happens by events.
public final class TrainingSession {
  /// The network that is trained. When `run` has returned, it holds the parameters that are kept.
  public let network: Network
  /// Everything that was set, defaults filled in.
  public var configuration: TrainingConfiguration { trainer.configuration }
  /// Shows how far the epoch is, and ends the run after the mini-batch under way when `requestStop()` is called, from
  /// any thread or a signal handler.
  public let progress: TrainingProgress
  /// How often `run` gives a checkpoint; nil: never.
  public var checkpointInterval: CheckpointInterval?
  /// Every epoch, first to last: those of this session, and those of the checkpoint that it started from.
  public private(set) var history: [EpochResult] = []
  /// The threads that train.
  public var threads: Int { trainer.threads }

  /// Where the time goes, if it is measured.
  package var profile: TrainingProfile? { trainer.profile }

  /// Measures from now on where the time goes; the results do not depend on it.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  package func startProfile() throws(NablaError) { try trainer.startProfile() }

  /// Runs `body`, and adds its time to the profile.
  package func profiled<Result>(
    _ phase: TrainingProfile.RunPhase, _ body: () throws -> Result
  ) rethrows -> Result {
    guard let profile else { return try body() }
    let start = profile.now
    let epoch = trainer.samplesDone > 0 ? trainer.epochsDone + 1 : max(1, trainer.epochsDone)
    defer { profile.add(phase, epoch: epoch, since: start) }
    return try body()
  }

  /// Whether the test set is measured after each epoch.
  package var measuresTest: Bool { test != nil }

  /// The epoch whose parameters the network holds since `run` ended, if the best is kept; else nil.
  public var heldBestEpoch: Int? { endState == nil ? nil : trainer.selection.bestEpoch }

  private let trainer: Trainer
  private let validation: Evaluator?
  private let test: Evaluator?
  private let check: LearningCheck
  /// The ranks that train together; nil where this process trains alone.
  private let communicator: (any Communicator)?
  /// Whether the ranks have agreed to stop.
  private var hasAgreedToStop = false
  private var hasWarned = false
  /// What this session has trained of the epoch under way; nil between two epochs.
  private var part: EpochReport?
  /// The state at the end of a run whose network holds the best parameters instead of the last.
  private var endState: TrainingState?

  /// Prepares to train a new network, as `configuration` describes it; the data says how many inputs it has and how
  /// many outputs it needs.
  ///
  /// - Throws: as `init(network:training:validation:test:configuration:state:progress:)`, and
  ///   `NablaError.invalidTopology`.
  public convenience init(
    training: Dataset, validation: Dataset? = nil, test: Dataset? = nil, configuration: TrainingConfiguration
  ) throws(NablaError) {
    try self.init(
      network: configuration.makeNetwork(inputs: training.inputSize, outputs: training.outputSize),
      training: training, validation: validation, test: test, configuration: configuration)
  }

  /// Prepares to train `network`.
  ///
  /// - Parameters:
  ///   - validation: measured after each epoch; decides about early stopping, halving and the best epoch.
  ///   - test: measured after each epoch; decides nothing.
  ///   - state: where to go on, as `state` of another session gave it.
  /// - Throws: `NablaError.invalidSetting`, also if the configuration compares epochs and there is no validation set;
  ///   `NablaError.mismatch` if the data or the state does not fit; `NablaError.outOfMemory`.
  public convenience init(
    network: Network, training: Dataset, validation: Dataset? = nil, test: Dataset? = nil,
    configuration: TrainingConfiguration, state: TrainingState? = nil,
    progress: TrainingProgress = TrainingProgress()
  ) throws(NablaError) {
    try self.init(
      network: network, training: training, validation: validation, test: test, configuration: configuration,
      state: state, progress: progress, communicator: nil)
  }

  /// Prepares to train `network` together with other ranks, as
  /// `init(network:training:validation:test:configuration:state:progress:)` does alone. Each rank gives the same network,
  /// data and configuration; the state is rank 0's.
  ///
  /// - Parameter communicator: nil trains alone.
  package init(
    network: Network, training: Dataset, validation: Dataset? = nil, test: Dataset? = nil,
    configuration: TrainingConfiguration, state: TrainingState? = nil,
    progress: TrainingProgress = TrainingProgress(), communicator: (any Communicator)?
  ) throws(NablaError) {
    guard validation != nil || !configuration.needsValidation else {
      throw .invalidSetting(
        name: "validation set", expected: "one to compare epochs by (patience, keep best, halving)",
        found: "none")
    }
    self.network = network
    self.progress = progress
    self.communicator = communicator
    var state = state
    if let communicator { state = communicator.broadcast(state) }
    trainer = try Trainer(
      network: network, data: training, configuration: configuration, state: state, pace: nil,
      communicator: communicator)
    self.validation = try Self.evaluator(network, validation, configuration, communicator)
    self.test = try Self.evaluator(network, test, configuration, communicator)
    check = LearningCheck(network: network, training: training, configuration: trainer.configuration)
  }

  /// Prepares to go on from a checkpoint: as `init(network:training:validation:test:configuration:state:progress:)`,
  /// with its history before this session's.
  public convenience init(
    network: Network, training: Dataset, validation: Dataset? = nil, test: Dataset? = nil,
    configuration: TrainingConfiguration, checkpoint: TrainingCheckpoint,
    progress: TrainingProgress = TrainingProgress()
  ) throws(NablaError) {
    try self.init(
      network: network, training: training, validation: validation, test: test, configuration: configuration,
      checkpoint: checkpoint, progress: progress, communicator: nil)
  }

  /// Prepares to go on from a checkpoint together with other ranks; it is rank 0's, the others give nil.
  package convenience init(
    network: Network, training: Dataset, validation: Dataset? = nil, test: Dataset? = nil,
    configuration: TrainingConfiguration, checkpoint: TrainingCheckpoint?,
    progress: TrainingProgress = TrainingProgress(), communicator: (any Communicator)?
  ) throws(NablaError) {
    try self.init(
      network: network, training: training, validation: validation, test: test, configuration: configuration,
      state: checkpoint?.state, progress: progress, communicator: communicator)
    history = checkpoint?.history ?? []
    hasWarned = checkpoint?.hasWarned ?? false
  }

  private static func evaluator(
    _ network: Network, _ data: Dataset?, _ configuration: TrainingConfiguration,
    _ communicator: (any Communicator)?
  ) throws(NablaError) -> Evaluator? {
    guard let data else { return nil }
    return try Evaluator(
      network: network, data: data, threads: configuration.threads, communicator: communicator)
  }

  /// Everything that decides the next bit of the run: another session goes on from it. Not to be read while `run`
  /// trains an epoch; inside an event it may be.
  public var state: TrainingState { endState ?? trainer.state }

  /// What another session needs to go on from here; to be read where `state` may be.
  public var checkpoint: TrainingCheckpoint {
    TrainingCheckpoint(state: state, history: history, hasWarned: hasWarned)
  }

  /// Trains until the last epoch, a requested stop, or the end of patience.
  ///
  /// - Parameter listener: gets each event as it happens; an error it throws ends the run.
  /// - Returns: how the run ended. After a stop, `run` may be called again and goes on where it was, unless a stop is
  ///   still requested.
  /// - Throws: `NablaError.notFinite` if training diverged, `NablaError.outOfMemory`, or what `listener` throws. The
  ///   network then holds the best epoch's parameters if they are to be kept and there is one, else the last.
  @discardableResult
  public func run(_ listener: (TrainingEvent) throws -> Void = { _ in }) throws -> TrainingSummary {
    try continueFromEnd()
    do {
      return try trainToTheEnd(listener)
    } catch {
      holdBest()
      throw error
    }
  }

  private func trainToTheEnd(_ listener: (TrainingEvent) throws -> Void) throws -> TrainingSummary {
    try listener(
      .started(
        TrainingStart(configuration: configuration, threads: threads, epochsDone: trainer.epochsDone)))
    let clock = checkpointInterval.map { CheckpointClock($0, progress) }
    _ = agree(isCheckpointDue: false)
    var reason = reasonToEnd
    while reason == nil {
      let rate = trainer.learningRateOfEpoch
      let miniBatches = clock?.miniBatchesLeft
      let trained = try trainer.trainEpoch(
        progress: progress, samples: miniBatches.map { multipliedOrLargest($0, trainer.miniBatchSize) })
      let report = trained.continuing(part)
      part = report.wasStopped ? report : nil
      if !report.wasStopped {
        let result = measure(report, learningRate: rate)
        history.append(result)
        try listener(.epochFinished(result))
        try warn(result, listener)
      }
      let samples = trained.samples - trained.samplesBefore
      let isDue =
        clock?.isDue(
          afterMiniBatches: (samples + trainer.miniBatchSize - 1) / trainer.miniBatchSize,
          epochFinished: !report.wasStopped) == true
      let writesCheckpoint = agree(isCheckpointDue: isDue || progress.isCheckpointRequested)
      reason = reasonToEnd
      if reason == nil, writesCheckpoint {
        progress.withdrawCheckpoint()
        clock?.begin()
        try profiled(.checkpoint) { try listener(.checkpoint(checkpoint)) }
      }
    }
    let summary = try finish(reason ?? .finished)
    try listener(.finished(summary))
    return summary
  }

  /// Asks the other ranks whether one of them was asked to stop, and returns whether a checkpoint is due: rank 0 knows.
  /// A process alone decides for itself.
  private func agree(isCheckpointDue: Bool) -> Bool {
    guard let communicator else { return isCheckpointDue }
    let agreed = communicator.agree(
      Agreement(stops: progress.isStopRequested, isCheckpointDue: isCheckpointDue))
    hasAgreedToStop = agreed.stops
    return agreed.isCheckpointDue
  }

  private func multipliedOrLargest(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : product
  }

  /// Why the run ends here; nil if it goes on.
  private var reasonToEnd: TrainingSummary.Reason? {
    let selection = trainer.selection
    if trainer.epochsDone >= configuration.epochs { return .finished }
    if let patience = configuration.patience, selection.epochsSinceBest >= patience { return .patience }
    if case .halving(_, let times) = configuration.schedule, selection.halvings >= times { return .halvings }
    // A signal that comes after the ranks have agreed waits for the next time.
    return (communicator == nil ? progress.isStopRequested : hasAgreedToStop) ? .stopped : nil
  }

  // MARK: Between epochs

  private func measure(_ report: EpochReport, learningRate: Float) -> EpochResult {
    let validation = validation.map { set in profiled(.evaluation) { set.evaluate() } }
    let isBest = validation.map { select($0, epoch: report.epoch) } ?? false
    return EpochResult(
      report: report, validation: validation,
      test: test.map { set in profiled(.evaluation) { set.evaluate() } }, isBest: isBest,
      learningRate: learningRate)
  }

  /// Compares an epoch with the best so far, and halves the learning rate if nothing improves. Returns whether it is
  /// the best.
  private func select(_ evaluation: Evaluation, epoch: Int) -> Bool {
    var selection = trainer.selection
    defer { trainer.selection = selection }
    // A regression has no accuracy.
    let byAccuracy = configuration.patienceMeasure == .accuracy && evaluation.errors == nil
    let measure = byAccuracy ? evaluation.accuracy : evaluation.cost
    let isBest = selection.bestMeasure.map { byAccuracy ? measure > $0 : measure < $0 } ?? true
    if isBest {
      selection.bestMeasure = measure
      selection.bestEpoch = epoch
      if configuration.keep == .best { selection.bestParameters = Array(network.parameters.elements) }
      (selection.epochsSinceBest, selection.epochsSinceHalving) = (0, 0)
    } else {
      selection.epochsSinceBest += 1
      selection.epochsSinceHalving += 1
    }
    if case .halving(let patience, _) = configuration.schedule, selection.epochsSinceHalving >= patience {
      selection.halvings += 1
      selection.epochsSinceHalving = 0
    }
    return isBest
  }

  private func warn(_ result: EpochResult, _ listener: (TrainingEvent) throws -> Void) throws {
    guard !hasWarned else { return }
    let accuracy = (result.validation ?? result.test)?.accuracy
    if let warning = try check.warning(epoch: result.epoch, accuracy: accuracy) {
      hasWarned = true
      try listener(.warning(warning))
    }
  }

  // MARK: The end

  /// Gives the network the parameters to keep.
  private func finish(_ reason: TrainingSummary.Reason) throws -> TrainingSummary {
    let best = trainer.selection.bestEpoch
    var keptEpoch = trainer.samplesDone == 0 && trainer.epochsDone > 0 ? trainer.epochsDone : nil
    if holdBest() { keptEpoch = best }
    return TrainingSummary(
      reason: reason, epochsDone: trainer.epochsDone, samplesOfPartialEpoch: trainer.samplesDone,
      keptEpoch: keptEpoch, bestEpoch: best)
  }

  /// Gives the network the best epoch's parameters, if they are to be kept and there are any; returns whether it did.
  @discardableResult
  private func holdBest() -> Bool {
    guard configuration.keep == .best, let parameters = trainer.selection.bestParameters else { return false }
    // An error after the end finds the best in place already.
    endState = endState ?? trainer.state
    network.setArena(parameters)
    return true
  }

  /// Gives the network its last parameters back, if an earlier run ended with the best.
  private func continueFromEnd() throws {
    guard let endState else { return }
    network.setArena(endState.parameters)
    self.endState = nil
  }
}
