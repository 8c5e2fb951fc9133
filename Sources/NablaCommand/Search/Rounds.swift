import Nabla
import NablaCluster
import Synchronization

/// The rounds of a search: one in which all trials are trained to the end; or, with successive halving, up to four,
/// after an eighth, a quarter, a half and all of the epochs (rounded up), and after each but the last the better half of
/// the trials (rounded up) goes on.
///
/// Source: Jamieson & Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization".
struct Rounds {
  /// The shares of the epochs that are done after each round.
  private let shares: [(of: Int, parts: Int)]
  private let isHalving: Bool

  init(_ trials: [Trial], halving: Bool) {
    isHalving = halving
    guard halving else {
      shares = [(1, 1)]
      return
    }
    let all = [(of: 1, parts: 8), (of: 1, parts: 4), (of: 1, parts: 2), (of: 1, parts: 1)]
    // A round that trains nobody any further would compare the same networks twice.
    shares = all.indices.filter { index in
      index == all.count - 1 || trials.contains { $0.epochs(all[index]) < $0.epochs(all[index + 1]) }
    }.map { all[$0] }
  }

  /// How many of `count` trials go on after a round.
  static func survivors(of count: Int) -> Int { (count + 1) / 2 }

  /// Epochs that all rounds train, about: of which trials go on is not known.
  func epochs(_ trials: [Trial]) -> Int {
    var alive = trials.count
    var (sum, done) = (0.0, 0.0)
    for share in shares {
      let mean = Double(trials.reduce(0) { $0 + $1.epochs(share) }) / Double(max(1, trials.count))
      sum += Double(alive) * (mean - done)
      done = mean
      alive = Self.survivors(of: alive)
    }
    return Int(sum.rounded())
  }

  /// Trains round after round.
  ///
  /// - Returns: the last result of every trial, in their order; nil for those that were stopped before there was one.
  func run(
    _ trials: [Trial], by kind: Measure.Kind, on runs: ConcurrentRuns, _ training: TrialTraining,
    _ log: TrialLog,
    _ report: SweepReport
  ) throws -> [TrialResult?] {
    var results = [TrialResult?](repeating: nil, count: trials.count)
    var alive = Array(trials)
    for (index, share) in shares.enumerated() {
      let isLast = index == shares.count - 1
      let round = try run(
        alive, share, round: isHalving ? index + 1 : nil, isLast: isLast, by: kind, on: runs, training, log,
        report)
      for (trial, result) in zip(alive, round) where result != nil { results[trial.number - 1] = result }
      guard !runs.stop.isStopRequested, !isLast else { break }
      let ranked = round.compactMap(\.self).filter { $0.measures != nil }.sorted {
        $0.isBetter(than: $1, by: kind)
      }
      let survivors = Set(ranked.prefix(Self.survivors(of: alive.count)).map(\.trial))
      for trial in alive where !survivors.contains(trial.number) {
        training.forget(trial.number)
        report.progress.leave()
      }
      alive = alive.filter { survivors.contains($0.number) }
    }
    return results
  }

  private func run(
    _ trials: [Trial], _ share: (of: Int, parts: Int), round: Int?, isLast: Bool, by kind: Measure.Kind,
    on runs: ConcurrentRuns, _ training: TrialTraining, _ log: TrialLog, _ report: SweepReport
  ) throws -> [TrialResult?] {
    let state = Mutex(State())
    return try runs.run(trials.count) { index -> Line? in
      let trial = trials[index]
      guard let earlier = log.earlier(trial.number, round: round) else { return nil }
      report.progress.skip(epochs: trial.epochs(share) - (round.map { epochs(of: trial, before: $0) } ?? 0))
      return Line(result: earlier.result, text: earlier.line)
    } job: { index -> Line? in
      let trial = trials[index]
      if let round, training.run(of: trial.number) == nil {
        // Trained by another run of the command, whose memory is gone.
        report.progress.skip(epochs: -epochs(of: trial, before: round))
      }
      let result = try training.train(trial, epochs: trial.epochs(share), round: round)
      // Rank 0 trains the winner again if another rank did.
      if isLast, !Cluster.isLead { training.forget(trial.number) }
      return result.map { Line(result: $0, text: nil) }
    } finished: { index, line in
      // At once, so that whatever interrupts the search, this trial is kept.
      let text = try line.text ?? log.append(line.result)
      try state.withLock { state in
        if isLast {
          report.progress.leave()
          if let best = state.best, best.isBetter(than: line.result, by: kind) {
            training.forget(line.result.trial)
          } else {
            if let best = state.best { training.forget(best.trial) }
            state.best = line.result
          }
        } else if state.best.map({ line.result.isBetter(than: $0, by: kind) }) ?? true {
          state.best = line.result
        }
        if let best = state.best { report.tell(best) }
        try state.lines.add(Line(result: line.result, text: text), of: index) { _, line in
          try report.show(line.result, line.text ?? "")
        }
      }
    }.map { $0?.result }
  }

  private func epochs(of trial: Trial, before round: Int) -> Int {
    round > 1 ? trial.epochs(shares[round - 2]) : 0
  }

  private struct Line: Sendable, SentBetweenRanks {
    let result: TrialResult
    /// As it stands in the results already.
    let text: String?

    init(result: TrialResult, text: String?) { (self.result, self.text) = (result, text) }

    func write(to wire: inout WireWriter) { result.write(to: &wire) }

    init?(from wire: inout WireReader) {
      guard let result = TrialResult(from: &wire) else { return nil }
      self.init(result: result, text: nil)
    }
  }

  private struct State {
    var lines = InOrder<Line>()
    var best: TrialResult?
  }
}
