import Nabla
import NablaFormats
import Synchronization

/// One trial of a search: options that stand for a whole `nabla train`.
struct Trial: Sendable {
  /// From 1.
  let number: Int
  let options: [String]
  let values: [String]
  /// What is trained, or why nothing can be.
  let plan: Result<Plan, CommandFailure>

  struct Plan: Sendable {
    let configuration: TrainingConfiguration
    let scaling: FeatureEncoding.Scaling?
  }

  /// Understands the words as `nabla train` does.
  ///
  /// - Parameters:
  ///   - fixed: the words that are the same in all trials.
  ///   - training: the samples; nil for pictures, which decide no setting.
  init(number: Int, options: [String], values: [String], fixed: [String], training: Dataset?) {
    (self.number, self.options, self.values) = (number, options, values)
    do {
      let command = try TrainCommand.parse(Self.words(fixed, options, values))
      var configuration = try command.configuration(for: training)
      configuration.threads = 1
      plan = .success(Plan(configuration: configuration, scaling: command.tableArguments.scale))
    } catch let failure as CommandFailure {
      plan = .failure(failure)
    } catch {
      plan = .failure(CommandFailure(.usage, UsageMessage.reworded(TrainCommand.message(for: error))))
    }
  }

  /// What is typed behind `nabla train` for this trial.
  func words(_ fixed: [String]) -> [String] { Self.words(fixed, options, values) }

  private static func words(_ fixed: [String], _ options: [String], _ values: [String]) -> [String] {
    fixed + zip(options, values).flatMap { ["--\($0)", $1] }
  }

  /// Epochs to the end; 0 for a trial that cannot be trained.
  var epochs: Int { (try? plan.get())?.configuration.epochs ?? 0 }

  /// Epochs to the end of a part of the run: this share of them, rounded up.
  func epochs(_ share: (of: Int, parts: Int)) -> Int { (epochs * share.of + share.parts - 1) / share.parts }
}

/// Trains trials on samples that all of them share.
final class TrialTraining: Sendable {
  private let sets: TrainingSets
  /// The same samples, as each tried scaling gives them.
  private let scaledSets: [FeatureEncoding.Scaling: TrainingSets]
  private let source: String
  private let stop: TrainingProgress
  private let progress: SearchProgress
  private let runs = Mutex<[Int: TrialRun]>([:])

  init(
    _ sets: TrainingSets, source: String, trials: [Trial], stop: TrainingProgress, progress: SearchProgress
  ) throws {
    self.sets = sets
    var scaled: [FeatureEncoding.Scaling: TrainingSets] = [:]
    if sets.training.isTable {
      for scaling in Set(trials.compactMap { (try? $0.plan.get())?.scaling }) {
        var own = sets
        try own.encode(scaling: scaling)
        scaled[scaling] = own
      }
    }
    scaledSets = scaled
    (self.source, self.stop, self.progress) = (source, stop, progress)
  }

  /// The samples as a trial reads them.
  func sets(of plan: Trial.Plan) -> TrainingSets { plan.scaling.flatMap { scaledSets[$0] } ?? sets }

  /// Trains until so many epochs are done in all, or the run ends by itself; goes on where the trial was.
  ///
  /// - Parameter threads: nil takes as many as make it faster.
  /// - Returns: nil if it was stopped.
  func train(_ trial: Trial, epochs: Int, round: Int?, threads: Int? = 1) throws -> TrialResult? {
    let start = ContinuousClock.now
    var outcome: TrialResult.Outcome?
    do {
      let run = try runs.withLock { $0[trial.number] } ?? begin(trial, threads: threads)
      progress.began(
        trial.number, run.session.progress, samples: run.samples, epochs: epochs - run.session.history.count)
      defer { progress.ended(trial.number) }
      outcome = try run.train(to: epochs) { progress.finishedEpoch(of: trial.number) }
      if outcome != nil { runs.withLock { $0[trial.number] = run } }
    } catch let failure as CommandFailure {
      outcome = .failed(failure.message)
    } catch let error as NablaError {
      outcome = .failed(CommandFailure(describing: error, from: nil).message)
    }
    return outcome.map {
      TrialResult(
        trial: trial.number, round: round, options: trial.options, values: trial.values, outcome: $0,
        seconds: (ContinuousClock.now - start) / .seconds(1))
    }
  }

  private func begin(_ trial: Trial, threads: Int?) throws -> TrialRun {
    let plan = try trial.plan.get()
    let sets = sets(of: plan)
    let newNetwork = NewNetwork(source: source)
    var configuration = plan.configuration
    configuration.threads = threads
    let network = try newNetwork.make(
      configuration, inputs: sets.training.inputSize, outputs: sets.outputSize)
    try newNetwork.checkFit(network, to: sets.training)
    let settings = configuration
    return TrialRun(
      try newNetwork.memoryChecked(network.topology.layerSizes) { () throws(NablaError) in
        try TrainingSession(
          network: network, training: sets.training, validation: sets.validation, configuration: settings,
          progress: TrainingProgress(stoppingWith: stop))
      }, samples: sets.training.count)
  }

  /// The run of a trial that was trained here and not forgotten.
  func run(of trial: Int) -> TrialRun? { runs.withLock { $0[trial] } }

  /// Frees the memory of a trial.
  func forget(_ trial: Int) { runs.withLock { $0[trial] = nil } }
}

/// A trial under way, with all its memory. One thread at a time uses it.
final class TrialRun: @unchecked Sendable {
  let session: TrainingSession
  let samples: Int
  private(set) var summary: TrainingSummary?

  init(_ session: TrainingSession, samples: Int) { (self.session, self.samples) = (session, samples) }

  /// Trains until so many epochs are done in all; returns nil if it was stopped before.
  func train(to epochs: Int, _ epochFinished: () -> Void) throws -> TrialResult.Outcome? {
    session.progress.withdrawStop()
    let summary = try session.run { event in
      guard case .epochFinished(let result) = event else { return }
      epochFinished()
      if result.epoch >= epochs { session.progress.requestStop() }
    }
    self.summary = summary
    guard summary.reason != .stopped || summary.epochsDone >= epochs,
      let kept = session.history.first(where: { $0.epoch == summary.keptEpoch }),
      let validation = kept.validation
    else { return nil }
    return .measured(validation.measures, epochs: summary.epochsDone, keptEpoch: kept.epoch)
  }
}
