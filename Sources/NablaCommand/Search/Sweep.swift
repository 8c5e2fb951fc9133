import Foundation
import Nabla
import NablaFormats
import Synchronization

/// One run of `nabla sweep`.
struct Sweep {
  let command: SweepCommand
  /// The options of `nabla train` that all trials share, as typed.
  let fixed: [String]

  /// What is held out to compare trials by, if nothing was typed.
  private static let standardValidation = "15%"

  private var search: SweepOptions { command.searchOptions }
  private var output: SweepOutputOptions { command.outputOptions }
  private var source: String { command.dataOptions.data }

  func run() throws {
    try command.runOptions.refuseModelsOnTheWay()
    let space = try SearchSpace(search.tries, fixed: fixed)
    let experiment = command.runOptions.preset?.experiment
    let seed = command.runOptions.seed ?? experiment?.configuration.seed ?? TrainingConfiguration().seed
    let values = try space.trials(search.grid ? nil : search.trials, seed: seed)
    for (option, path) in [("--results", output.results), ("--output", output.output)] {
      guard let path, Cluster.isLead else { continue }
      try OutputPath.spare(command.dataOptions.namedSources, from: path, option: option)
      try OutputPath.check(path)
    }
    var dataOptions = command.dataOptions
    var words = fixed
    if dataOptions.validation == nil {
      dataOptions.validation = Self.standardValidation
      words += ["--validation", Self.standardValidation]
    }
    let sets = try TrainingSets(
      dataOptions, command.tableArguments, experiment, classCount: nil, seed: seed, quiet: output.quiet)
    if sets.training.isTable { try command.runOptions.refusePreset() }
    let trials = values.enumerated().map { index, values in
      Trial(
        number: index + 1, options: space.options.map(\.name), values: values, fixed: words,
        training: sets.training.isTable ? sets.training : nil)
    }
    let kind = try comparison(sets, trials)
    let header = header(words, sets, seed)
    let log = try TrialLog(Cluster.isLead ? output.results : nil, header: header, trials: trials)

    let stop = TrainingProgress()
    Interruption.request(stopOf: stop)
    let rounds = Rounds(trials, halving: search.halving)
    let progress = SearchProgress(
      "Sweep", unit: "trials", runs: trials.count, epochs: rounds.epochs(trials), enabled: !output.quiet)
    let training = try TrialTraining(sets, source: source, trials: trials, stop: stop, progress: progress)
    let report = SweepReport(
      command: command, words: words, sets: sets, trials: trials, kind: kind, progress: progress)
    let runs = ConcurrentRuns(command.concurrencyOptions.runs, stop: stop)
    try Cluster.settle(
      on: SearchSettings.of(sets.training, ["sweep": header.description, "trials": "\(trials.count)"]))
    try report.begin(header, runs: min(runs.atOnce, trials.count))
    let results = try progress.whileDrawn {
      try rounds.run(trials, by: kind, on: runs, training, log, report)
    }
    Cluster.finish()
    guard Cluster.isLead else { return }
    guard !stop.isStopRequested else {
      try report.interrupted(results.compactMap(\.self))
      throw QuietExit(status: .interrupted)
    }
    try end(results.compactMap(\.self), training, report, by: kind)
  }

  /// Measures the winner on the test set, and saves it if asked to.
  private func end(
    _ results: [TrialResult], _ training: TrialTraining, _ report: SweepReport, by kind: Measure.Kind
  ) throws {
    guard let best = results.min(by: { $0.isAhead(of: $1, by: kind) }), best.measures != nil else {
      let failures = results.compactMap { result in
        if case .failed(let message) = result.outcome { "trial \(result.trial): \(message)" } else { nil }
      }
      throw CommandFailure(.usage, "--try: no trial could be trained to its end; \(failures.first ?? "")")
    }
    let trial = report.trials[best.trial - 1]
    // Not at hand if another run of the command trained it: the same bits again, now on all cores.
    if training.run(of: best.trial) == nil {
      report.say("Training the winner, trial \(best.trial), again ...")
      _ = try training.train(trial, epochs: trial.epochs, round: nil, threads: nil)
    }
    guard let run = training.run(of: best.trial), let summary = run.summary,
      case .success(let plan) = trial.plan
    else { throw QuietExit(status: .interrupted) }
    let sets = training.sets(of: plan)
    let test = try run.session.network.evaluate(sets.test)
    try report.end(results, best, test)
    if let path = output.output {
      try save(run.session, summary, test, sets, as: TrainCommand.parse(trial.words(report.words)), to: path)
      report.say("Saved \(path)")
    }
  }

  /// Writes the model file that `nabla train` would.
  private func save(
    _ session: TrainingSession, _ summary: TrainingSummary, _ test: Evaluation, _ sets: TrainingSets,
    as trainCommand: TrainCommand, to path: String
  ) throws {
    var metadata = ModelOrigin(session, summary: summary).metadata(of: session, trainCommand, sets)
    if let errors = test.errors {
      metadata["test_rmse"] = String(errors.rmse)
    } else {
      metadata["test_correct"] = String(test.correct)
      metadata["test_total"] = String(test.total)
    }
    try sets.saveModel(session.network, to: path, metadata)
  }

  /// What trials are compared by.
  ///
  /// - Throws: `CommandFailure` (64) for the cost, if it is not the same in all of them.
  private func comparison(_ sets: TrainingSets, _ trials: [Trial]) throws -> Measure.Kind {
    guard command.runOptions.bestBy == .cost else {
      return sets.training.encoding.isRegression ? .rmse : .accuracy
    }
    let costs = Set(trials.compactMap { (try? $0.plan.get())?.configuration.usedCost.rawValue })
    guard costs.count < 2 else {
      throw CommandFailure(
        .usage,
        "--best-by cost: expected the same cost in all trials, found \(costs.sorted().joined(separator: " and "))"
      )
    }
    return sets.training.encoding.isRegression ? .rmse : .cost
  }

  /// What is searched: results of a search with another header are those of another search.
  private func header(_ words: [String], _ sets: TrainingSets, _ seed: UInt64) -> JSON {
    var members: [(String, JSON)] = [
      ("sweep", 1), ("try", .array(search.tries.map { .string($0) })),
      ("options", .array(words.map { .string($0) })), ("seed", .literal("\(seed)")),
      ("grid", .bool(search.grid)),
      ("halving", .bool(search.halving)),
      // As many as were typed: with more trials a search without halving goes on.
    ]
    if search.halving, !search.grid { members.append(("trials", .integer(search.trials))) }
    members.append(
      (
        "samples",
        [
          "training": .integer(sets.training.count), "validation": .integer(sets.validation?.count ?? 0),
          "test": .integer(sets.test.count),
        ]
      ))
    return .object(members)
  }
}
