import Nabla
import Synchronization

/// How far many runs are, in a bar on stderr: the share of the samples that were trained on, and the time left.
final class SearchProgress: Sendable {
  private struct State {
    /// Epochs of finished runs and finished epochs of others, and all that are to come.
    var epochsDone = 0.0
    var epochs: Double
    var runsDone: Int
    var note = ""
    var running: [Int: Running] = [:]
  }

  private struct Running {
    let progress: TrainingProgress
    let samples: Int
    var epochsLeft: Int
  }

  private let state: Mutex<State>
  private let runs: Int
  private let unit: String
  private let start = ContinuousClock.now
  private let bar: ProgressBar

  /// - Parameters:
  ///   - unit: what the runs are called: "folds".
  ///   - epochs: epochs of all of them.
  init(_ title: String, unit: String, runs: Int, epochs: Int, enabled: Bool) {
    (self.runs, self.unit) = (runs, unit)
    state = Mutex(State(epochs: Double(epochs), runsDone: 0))
    bar = ProgressBar(title, unit: unit, enabled: enabled)
  }

  /// Redraws the bar while `body` runs, then wipes it.
  func whileDrawn<Result>(_ body: () throws -> Result) rethrows -> Result {
    let ticker = ProgressTicker(bar) { [self] bar in
      let (fraction, count) = text
      bar.update(fraction: fraction, count: count)
    }
    defer { ticker.finish() }
    return try body()
  }

  /// Wipes the bar while something is printed.
  func wiped<Result>(_ body: () throws -> Result) rethrows -> Result { try bar.wiped(body) }

  func began(_ run: Int, _ progress: TrainingProgress, samples: Int, epochs: Int) {
    state.withLock { $0.running[run] = Running(progress: progress, samples: samples, epochsLeft: epochs) }
  }

  func finishedEpoch(of run: Int) {
    state.withLock { state in
      state.epochsDone += 1
      state.running[run]?.epochsLeft -= 1
    }
  }

  /// The run trains no more, for now.
  func ended(_ run: Int) {
    state.withLock { state in
      // A run that ended early leaves epochs that nobody waits for.
      state.epochs -= Double(state.running.removeValue(forKey: run)?.epochsLeft ?? 0)
    }
  }

  /// So many epochs need not be trained.
  func skip(epochs: Int) { state.withLock { $0.epochs -= Double(epochs) } }

  /// A run is over.
  func leave() { state.withLock { $0.runsDone += 1 } }

  /// What stands behind the number of runs.
  func tell(_ note: String) { state.withLock { $0.note = note } }

  private var text: (fraction: Double, count: String) {
    state.withLock { state in
      let parts = state.running.values.reduce(0.0) { sum, run in
        sum + (run.epochsLeft > 0 ? Double(run.progress.samplesDone % run.samples) / Double(run.samples) : 0)
      }
      let fraction = state.epochs > 0 ? min(1, (state.epochsDone + parts) / state.epochs) : 1
      var words = ["\(state.runsDone.grouped) / \(runs.grouped) \(unit)"]
      if !state.note.isEmpty { words.append(state.note) }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if fraction > 0, seconds > 1 { words.append((seconds * (1 - fraction) / fraction).timeLeft) }
      return (fraction, words.joined(separator: ", "))
    }
  }
}
