import Synchronization

/// A window into an epoch under way, for other threads: how far it is, and a way to end it early.
public final class TrainingProgress: Sendable {
  private let samples = Atomic<Int>(0)
  private let stop = Atomic<Bool>(false)
  private let checkpoint = Atomic<Bool>(false)
  /// Whose stop requests are followed too.
  private let parent: TrainingProgress?

  /// Creates a window without a stop request; one serves all epochs of a run.
  public init() { parent = nil }

  /// Creates the window of one of several runs at once, which end together when `parent` is asked to stop.
  package init(stoppingWith parent: TrainingProgress) { self.parent = parent }

  /// Samples of the current epoch whose mini-batch is finished.
  public var samplesDone: Int { samples.load(ordering: .relaxed) }

  /// True once `requestStop()` was called.
  public var isStopRequested: Bool { stop.load(ordering: .relaxed) || parent?.isStopRequested == true }

  /// Asks the epoch to end after the mini-batch under way. Safe to call from a signal handler.
  public func requestStop() { stop.store(true, ordering: .relaxed) }

  /// Takes the request back, so that the session can go on; one to the parent stands.
  package func withdrawStop() { stop.store(false, ordering: .relaxed) }

  /// Asks the session for a checkpoint after the mini-batch under way, whatever its `checkpointInterval`. Safe to call
  /// from any thread or a signal handler. A `Trainer` by itself ends the epoch there, as at a stop.
  public func requestCheckpoint() { checkpoint.store(true, ordering: .relaxed) }

  var isCheckpointRequested: Bool { checkpoint.load(ordering: .relaxed) }

  /// Takes the request back: the checkpoint is there.
  func withdrawCheckpoint() { checkpoint.store(false, ordering: .relaxed) }

  /// Whether the epoch ends after the mini-batch under way.
  var isPauseRequested: Bool { isStopRequested || isCheckpointRequested }

  func report(samplesDone: Int) { samples.store(samplesDone, ordering: .relaxed) }
}
