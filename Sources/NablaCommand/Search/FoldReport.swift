import Nabla

/// What `nabla cross-validate` tells people (stderr) and programs (stdout).
struct FoldReport: Sendable {
  let output: FoldOutputOptions
  let folds: Int
  private let start = ContinuousClock.now

  init(output: FoldOutputOptions, folds: Int) { (self.output, self.folds) = (output, folds) }

  /// Messages go to people; `--quiet` keeps them away.
  func say(_ line: String) {
    if !output.quiet { Console.message(line) }
  }

  func sayStart(_ data: String, _ topology: Topology, _ configuration: TrainingConfiguration, runs: Int) {
    say(data)
    let activations = Activation.text(of: topology.activations).map {
      " (\($0.replacing(",", with: ", ")))"
    }
    say(
      "\(folds) networks \(topology)\(activations ?? ""), "
        + "\(runs == 1 ? "one at a time" : "\(runs) at once"), \(InstructionSet.current.rawValue)")
    say("")
  }

  /// One line of a fold.
  func show(_ result: FoldResult) throws {
    let measures = result.measures
    if output.json {
      let members: [(String, JSON)] = [
        ("fold", .integer(result.fold + 1)), ("samples", .integer(result.evaluation.total)),
        ("epoch", .integer(result.epoch)),
      ]
      let values = measures.map { ($0.kind.rawValue, JSON.number($0.value)) }
      try Console.print(JSON.object(members + values).description)
      return
    }
    let number = String(result.fold + 1).padded(to: max(2, String(folds).count), right: true)
    try Console.print(line("Fold \(number)", measures) { $0.value })
  }

  /// Means and standard deviations over the folds.
  func end(_ results: [FoldResult], samples: Int) throws {
    // A fold whose samples are all of one class has no ROC curve.
    let measures = results.map(\.measures).max { $0.count < $1.count } ?? []
    let spreads = measures.map { measure in
      Spread.of(results.compactMap { $0.measures.first { $0.kind == measure.kind }?.value })
    }
    if output.json {
      var members: [(String, JSON)] = [("folds", .integer(folds)), ("samples", .integer(samples))]
      for (measure, spread) in zip(measures, spreads) {
        members.append(("\(measure.kind.rawValue)_mean", .number(spread.mean)))
        members.append(("\(measure.kind.rawValue)_sd", .number(spread.deviation)))
      }
      try Console.print(JSON.object(members).description)
    } else {
      var values = spreads.map(\.mean).makeIterator()
      try Console.print(line("Mean", measures) { _ in values.next() ?? 0 })
      values = spreads.map(\.deviation).makeIterator()
      try Console.print(line("SD", measures) { _ in values.next() ?? 0 })
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    say("\n\(folds) folds in \(seconds.fixed(seconds < 10 ? 2 : 0)) s")
  }

  private func line(_ title: String, _ measures: [Measure], _ value: (Measure) -> Double) -> String {
    zip(measures, measures.map(value)).filter(\.0.kind.isShown).reduce(
      title.padded(to: 5 + max(2, String(folds).count))
    ) { line, shown in
      line + "   \(shown.0.kind.name) \(shown.0.kind.text(shown.1).padded(to: 8, right: true))"
    }
  }
}
