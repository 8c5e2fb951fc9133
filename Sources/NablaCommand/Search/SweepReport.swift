import Nabla

/// What `nabla sweep` tells people (stderr) and programs (stdout).
struct SweepReport: Sendable {
  let command: SweepCommand
  /// What is typed behind `nabla train` in every trial.
  let words: [String]
  let sets: TrainingSets
  let trials: [Trial]
  /// What trials are compared by.
  let kind: Measure.Kind
  let progress: SearchProgress

  /// Trials in the table of the best.
  private static let tableRows = 10

  private var output: SweepOutputOptions { command.outputOptions }

  /// Messages go to people; `--quiet` keeps them away.
  func say(_ line: String) {
    if !output.quiet { Console.message(line) }
  }

  func begin(_ header: JSON, runs: Int) throws {
    for note in sets.notes { say(note) }
    let words = command.searchOptions.tries + [runs == 1 ? "one at a time" : "\(runs) at once"]
    for line in words.listed(after: "\(trials.count) \(trials.count == 1 ? "trial" : "trials") of") {
      say(line)
    }
    say("")
    if output.json { try Console.print(header.description) }
  }

  /// Puts the best so far beside the bar.
  func tell(_ best: TrialResult) {
    if let value = best.value(of: kind) { progress.tell("best \(kind.text(value))") }
  }

  /// One line of a trial, or of a part of it.
  ///
  /// - Parameter json: as it stands in the results.
  func show(_ result: TrialResult, _ json: String) throws {
    try progress.wiped {
      if output.json {
        try Console.print(json)
        return
      }
      var line = "Trial \(String(result.trial).padded(to: String(trials.count).count, right: true))"
      switch result.outcome {
      case .failed(let message): line += "   failed: \(message)"
      case .measured(let measures, let epochs, _):
        if result.round != nil {
          line += "   \(String(epochs).padded(to: 3, right: true)) \(epochs == 1 ? "epoch " : "epochs")"
        }
        for measure in measures { line += "   \(measure.kind.name) \(measure.text)" }
      }
      try Console.print(line + "   " + result.optionText)
    }
  }

  /// The table of the best, the winner's test result, and the command that trains it.
  func end(_ results: [TrialResult], _ best: TrialResult, _ test: Evaluation) throws {
    if output.json {
      var members: [(String, JSON)] = [
        ("finished", true), ("trials", .integer(results.count)),
        ("failed", .integer(results.count { $0.measures == nil })), ("best_trial", .integer(best.trial)),
        ("options", best.optionJSON),
      ]
      members += (best.measures ?? []).map { ("validation_\($0.kind.rawValue)", .number($0.value)) }
      members += test.measures.map { ("test_\($0.kind.rawValue)", .number($0.value)) }
      if let path = output.output { members.append(("model", .string(path))) }
      try Console.print(JSON.object(members + [("command", .string(trainCommand(best)))]).description)
      return
    }
    try printTable(results)
    let measures = test.measures.map { "\($0.kind.name) \($0.text)" }.joined(separator: ", ")
    try Console.print("\nThe winner, trial \(best.trial), on the test set: \(measures)")
    try Console.print("It is trained by:\n  \(trainCommand(best))")
  }

  /// What is known when Ctrl-C ended the search.
  func interrupted(_ results: [TrialResult]) throws {
    let measured = results.filter { $0.measures != nil }
    if output.json {
      try Console.print(
        JSON.object([("finished", false), ("trials", .integer(results.count))]).description)
    } else if !measured.isEmpty {
      try printTable(results)
    }
    say("\nStopped after \(results.count) of \(trials.count) trials")
    if let path = output.results {
      say("\(path) has them; the same command goes on from there")
    } else {
      say("Nothing is kept: with --results FILE the same command would go on from here")
    }
  }

  private func trainCommand(_ result: TrialResult) -> String {
    (["nabla", "train"] + trials[result.trial - 1].words(words)).map(shellQuoted).joined(separator: " ")
  }

  /// The best trials; with halving those that were trained longest come first.
  private func printTable(_ results: [TrialResult]) throws {
    let best = results.filter { $0.measures != nil }.sorted { $0.isAhead(of: $1, by: kind) }.prefix(
      Self.tableRows)
    guard let first = best.first, let measures = first.measures else { return }
    let isHalving = first.round != nil
    var rows = [
      ["", "trial"] + measures.map(\.kind.name) + (isHalving ? ["epochs"] : []) + first.options
    ]
    for (place, result) in best.enumerated() {
      guard case .measured(let measures, let epochs, _) = result.outcome else { continue }
      rows.append(
        ["\(place + 1)", "\(result.trial)"] + measures.map(\.text) + (isHalving ? ["\(epochs)"] : [])
          + result.values)
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    try Console.print("\nThe best of \(results.count) trials, on the validation set:")
    for row in rows {
      let cells = zip(row, widths).map { $0.padded(to: $1, right: true) }
      try Console.print(cells.joined(separator: "  "))
    }
  }
}
