import Dispatch

/// What another session needs to go on where one was: the same bits to the end, and the same history.
///
/// ```swift
/// session.checkpointInterval = .seconds(30)
/// try session.run { event in
///   if case .checkpoint(let checkpoint) = event { store(checkpoint) }
/// }
/// // Later, with the same data and configuration:
/// let session = try TrainingSession(
///   network: network, training: training, configuration: configuration, checkpoint: checkpoint)
/// ```
///
/// It is a value: what keeps or writes it can take its time, on any thread.
public struct TrainingCheckpoint: Hashable, Sendable {
  /// Everything that decides the next bit.
  public var state: TrainingState
  /// Every epoch so far, first to last; one that was read from a file has no confusion matrices.
  public var history: [EpochResult]
  /// True if the run has told already that it learns nothing.
  public var hasWarned: Bool

  /// Creates a checkpoint from its parts.
  public init(state: TrainingState, history: [EpochResult] = [], hasWarned: Bool = false) {
    (self.state, self.history, self.hasWarned) = (state, history, hasWarned)
  }
}

/// How often a session gives a checkpoint. No interval changes a bit of the result.
public enum CheckpointInterval: Hashable, Sendable {
  /// After the mini-batch under way when so many seconds have passed since the last one.
  case seconds(Double)
  /// After so many mini-batches.
  case miniBatches(Int)
  /// Between two epochs, after so many of them.
  case epochs(Int)
}

/// Finds when the next checkpoint is due.
final class CheckpointClock {
  private let interval: CheckpointInterval
  private let progress: TrainingProgress
  private let timer: (any DispatchSourceTimer)?
  private var miniBatches = 0
  private var epochs = 0

  /// - Parameter progress: gets the requests of `.seconds`, from a thread of the system's: the training loop reads a
  ///   flag instead of a clock.
  init(_ interval: CheckpointInterval, _ progress: TrainingProgress) {
    (self.interval, self.progress) = (interval, progress)
    if case .seconds = interval {
      let timer = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
      timer.setEventHandler { progress.requestCheckpoint() }
      self.timer = timer
    } else {
      timer = nil
    }
    begin()
    timer?.resume()
  }

  deinit { timer?.cancel() }

  /// Mini-batches until the next checkpoint, where their number decides.
  var miniBatchesLeft: Int? {
    if case .miniBatches(let count) = interval { max(1, count - miniBatches) } else { nil }
  }

  /// Counts what was trained, and returns whether a checkpoint is due.
  func isDue(afterMiniBatches count: Int, epochFinished: Bool) -> Bool {
    miniBatches += count
    if epochFinished { epochs += 1 }
    return switch interval {
    case .seconds: false  // asked for through `progress`
    case .miniBatches(let every): miniBatches >= every
    case .epochs(let every): epochFinished && epochs >= every
    }
  }

  /// Starts to count anew.
  func begin() {
    (miniBatches, epochs) = (0, 0)
    guard case .seconds(let seconds) = interval else { return }
    // A year is as good as never, and does not overflow.
    let nanoseconds = Int(min(max(seconds, 0.001), 31_536_000) * 1e9)
    timer?.schedule(deadline: .now() + .nanoseconds(nanoseconds))
  }
}
