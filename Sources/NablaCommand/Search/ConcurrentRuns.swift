import Nabla
import NablaCluster
import Synchronization

/// Runs independent jobs side by side, each on a thread of its own: a small network trains fastest on one.
struct ConcurrentRuns {
  /// The most jobs at once.
  let atOnce: Int
  /// A request to stop ends the jobs, which must look at it, and starts no more.
  let stop: TrainingProgress

  /// - Parameter typed: as many as were typed; nil takes one for each core.
  init(_ typed: ThreadCount?, stop: TrainingProgress) {
    atOnce = typed?.number ?? Team.coreCount
    self.stop = stop
  }

  /// Runs `job` for each of 0 ..< `count`, the next one whenever one has finished.
  ///
  /// In a job of several ranks all of them call this, and the jobs are done wherever a thread is free.
  ///
  /// - Parameters:
  ///   - known: the result of a job that need not be done, for rank 0 alone.
  ///   - job: returns nil where it was stopped.
  ///   - finished: gets each result as soon as it is there, one at a time, on any thread; on rank 0 alone.
  /// - Returns: the results in the order of the jobs; nil for those that were stopped or not started.
  /// - Throws: the error of the first job, in their order, that failed or whose `finished` did; the other jobs are stopped then.
  func run<Result: Sendable & SentBetweenRanks>(
    _ count: Int, known: @escaping @Sendable (Int) -> Result? = { _ in nil },
    job: @escaping @Sendable (Int) throws -> Result?,
    finished: @escaping @Sendable (Int, Result) throws -> Void = { _, _ in }
  ) throws -> [Result?] {
    if let communicator = Cluster.communicator, communicator.rank > 0 {
      ranked(communicator).work { index in try job(index).map(WireWriter.bytes) }
      return try shared(nil, communicator)
    }
    let board = Board<Result>(count: count)
    let stop = stop
    let work: @Sendable () -> Void = {
      while !stop.isStopRequested, let index = board.next() {
        do {
          guard let result = try known(index) ?? job(index) else { continue }
          try board.keep(result, of: index, finished)
        } catch {
          board.fail(error, of: index)
          stop.requestStop()
        }
      }
      board.leave()
    }
    let threads = (0..<min(atOnce, count)).compactMap { _ in
      board.enter()
      let thread = SystemThread(work)
      if thread == nil { board.leave() }
      return thread
    }
    // Where the system has fewer threads, fewer run side by side; where it has none, this one runs them all.
    if threads.isEmpty {
      board.enter()
      work()
    }
    if let communicator = Cluster.communicator {
      serve(ranked(communicator), board, known, finished)
      for thread in threads { thread.join() }
      return try shared(Swift.Result { try board.results() }, communicator)
    }
    for thread in threads { thread.join() }
    return try board.results()
  }

  private func ranked(_ communicator: any Communicator) -> RankedRuns {
    RankedRuns(communicator, atOnce: atOnce, stop: stop, describe: Self.describe)
  }

  private static let describe: @Sendable (any Error) -> RankFailure = {
    RankFailure(CommandFailure(describing: $0, from: nil))
  }

  private func shared<Result: SentBetweenRanks>(
    _ own: Swift.Result<[Result?], any Error>?, _ communicator: any Communicator
  ) throws -> [Result?] {
    do {
      return try communicator.share(own, describe: Self.describe)
    } catch let failure as RankFailure {
      throw CommandFailure(failure)
    }
  }

  /// Hands jobs to the other ranks.
  private func serve<Result: SentBetweenRanks>(
    _ ranks: RankedRuns, _ board: Board<Result>, _ known: (Int) -> Result?,
    _ finished: (Int, Result) throws -> Void
  ) {
    ranks.serve(isBusy: { board.isBusy }) {
      while let index = board.next() {
        guard let result = known(index) else { return index }
        try board.keep(result, of: index, finished)
      }
      return nil
    } received: { index, bytes in
      var wire = WireReader(bytes)
      guard let result = Result(from: &wire) else {
        throw CommandFailure(.inputOutput, "a rank sent a result that cannot be read")
      }
      try board.keep(result, of: index, finished)
    } failed: { index, error in
      board.fail((error as? RankFailure).map { CommandFailure($0) } ?? error, of: index)
    }
  }

  /// What the threads share.
  private final class Board<Result: Sendable>: Sendable {
    private struct State {
      var next = 0
      var results: [Result?]
      /// Threads that take jobs.
      var active = 0
      /// The error of the lowest job that failed: which one is seen first depends on the threads.
      var failure: (index: Int, error: any Error)?
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(results: [Result?](repeating: nil, count: count))) }

    var isBusy: Bool { state.withLock { $0.active > 0 } }
    func enter() { state.withLock { $0.active += 1 } }
    func leave() { state.withLock { $0.active -= 1 } }

    func next() -> Int? {
      state.withLock { state in
        guard state.next < state.results.count else { return nil }
        defer { state.next += 1 }
        return state.next
      }
    }

    func keep(_ result: Result, of index: Int, _ finished: (Int, Result) throws -> Void) throws {
      try state.withLock { state in
        state.results[index] = result
        try finished(index, result)
      }
    }

    func fail(_ error: any Error, of index: Int) {
      state.withLock { state in
        if index < state.failure?.index ?? .max { state.failure = (index, error) }
      }
    }

    func results() throws -> [Result?] {
      try state.withLock { state in
        if let failure = state.failure { throw failure.error }
        return state.results
      }
    }
  }
}

/// Calls back in the order of the jobs: a result is held back until those before it are there.
struct InOrder<Result> {
  private var next = 0
  private var waiting: [Int: Result] = [:]

  /// Takes the result of job `index`, and calls `body` for it and those that waited for it, or not yet.
  mutating func add(_ result: Result, of index: Int, _ body: (Int, Result) throws -> Void) rethrows {
    waiting[index] = result
    while let ready = waiting.removeValue(forKey: next) {
      next += 1
      try body(next - 1, ready)
    }
  }
}
