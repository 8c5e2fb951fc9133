import Nabla
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs jobs on all ranks: rank 0 hands them out, one whenever a rank has a thread free, and takes the results.
///
/// All ranks call the same functions with the same jobs, and have the same results afterwards. The thread that began
/// speaks with the other ranks, others do the jobs. A rank that is lost costs the job where the launcher ends it for
/// that, as Open MPI's and Slurm's do; what is finished stands in the results.
package struct RankedRuns {
  private let communicator: any Communicator
  /// The most jobs at once on this rank.
  private let atOnce: Int
  private let stop: TrainingProgress

  private let describe: @Sendable (any Error) -> RankFailure

  /// - Parameters:
  ///   - stop: ends the jobs of this rank when it is asked to, and is asked when any rank is.
  ///   - describe: an error as other ranks are told it.
  package init(
    _ communicator: any Communicator, atOnce: Int, stop: TrainingProgress,
    describe: @escaping @Sendable (any Error) -> RankFailure
  ) {
    (self.communicator, self.atOnce, self.stop, self.describe) = (communicator, atOnce, stop, describe)
  }

  /// What ranks say. From rank 0: a job to do, no more jobs, stop all. To it: a thread is free, a result, an error, a job
  /// that was stopped.
  private enum Word: Int {
    case job, noMore, stop, free, result, failure, stopped
  }

  /// How long a rank sleeps that has nothing to hear.
  private static let nap: UInt32 = 1000

  // MARK: Rank 0

  /// Hands out jobs until there are no more, and takes what comes back.
  ///
  /// - Parameters:
  ///   - isBusy: whether this rank's threads are still at work.
  ///   - next: the next job; nil if there are no more.
  ///   - received: gets a result.
  ///   - failed: gets the error of a job.
  package func serve(
    isBusy: () -> Bool, next: () throws -> Int?, received: (Int, [UInt8]) throws -> Void,
    failed: (Int, any Error) -> Void
  ) {
    // A thread of another rank is working until it has heard that there are no more jobs.
    var working = communicator.allGather([UInt8](withBytesOf: atOnce)).dropFirst().reduce(0) {
      $0 + ($1.withUnsafeBytes { $0.loadUnaligned(as: Int.self) })
    }
    var hasToldStop = false
    while working > 0 || isBusy() {
      if stop.isStopRequested, !hasToldStop {
        hasToldStop = true
        for rank in 1..<communicator.size { send(.stop, to: rank) }
      }
      guard let rank = communicator.sender() else {
        usleep(Self.nap)
        continue
      }
      let (word, index, bytes) = receive(from: rank)
      switch word {
      case .free:
        if let job = job(next, failed) {
          send(.job, job, to: rank)
        } else {
          send(.noMore, to: rank)
          working -= 1
        }
      case .result:
        do {
          try received(index, bytes)
        } catch {
          failed(index, error)
          stop.requestStop()
        }
      case .failure:
        failed(index, RankFailure(bytes))
        stop.requestStop()
      case .stopped: stop.requestStop()
      case .job, .noMore, .stop: break
      }
    }
    // Whoever still listens for a stop listens no longer.
    for rank in 1..<communicator.size { send(.noMore, -1, to: rank) }
  }

  private func job(_ next: () throws -> Int?, _ failed: (Int, any Error) -> Void) -> Int? {
    guard !stop.isStopRequested else { return nil }
    do {
      return try next()
    } catch {
      // A result that could not be told.
      failed(0, error)
      stop.requestStop()
      return nil
    }
  }

  // MARK: Other ranks

  /// Does the jobs that rank 0 hands out.
  ///
  /// - Parameter job: returns the result as bytes; nil where it was stopped.
  package func work(_ job: @escaping @Sendable (Int) throws -> [UInt8]?) {
    _ = communicator.allGather([UInt8](withBytesOf: atOnce))
    let done = Outbox()
    // By their jobs; a thread keeps its stack until it is joined.
    var threads: [Int: SystemThread] = [:]
    for _ in 0..<atOnce { send(.free, to: 0) }
    var isEnded = false
    while !isEnded {
      for letter in done.take() {
        threads.removeValue(forKey: letter.index)?.join()
        send(letter.word, letter.index, letter.bytes, to: 0)
        send(.free, to: 0)
      }
      guard communicator.sender() != nil else {
        usleep(Self.nap)
        continue
      }
      let (word, index, _) = receive(from: 0)
      switch word {
      case .job:
        let describe = describe
        let body: @Sendable () -> Void = { done.add(Self.outcome(of: index, job, describe)) }
        if let thread = SystemThread(body) { threads[index] = thread } else { body() }
      case .stop: stop.requestStop()
      case .noMore: isEnded = index < 0
      case .free, .result, .failure, .stopped: break
      }
    }
    for thread in threads.values { thread.join() }
  }

  private static func outcome(
    of index: Int, _ job: (Int) throws -> [UInt8]?, _ describe: (any Error) -> RankFailure
  ) -> Outbox.Letter {
    do {
      guard let bytes = try job(index) else { return Outbox.Letter(word: .stopped, index: index, bytes: []) }
      return Outbox.Letter(word: .result, index: index, bytes: bytes)
    } catch {
      return Outbox.Letter(word: .failure, index: index, bytes: describe(error).bytes)
    }
  }

  /// What threads have finished and the thread that speaks has not sent yet.
  private final class Outbox: Sendable {
    struct Letter: Sendable {
      let word: Word
      let index: Int
      let bytes: [UInt8]
    }

    private let letters = Mutex<[Letter]>([])

    func add(_ letter: Letter) { letters.withLock { $0.append(letter) } }

    func take() -> [Letter] {
      letters.withLock { letters in
        defer { letters = [] }
        return letters
      }
    }
  }

  // MARK: Messages

  private func send(_ word: Word, _ index: Int = 0, _ bytes: [UInt8] = [], to rank: Int) {
    let head = [word.rawValue, index, bytes.count]
    head.withUnsafeBytes { communicator.send($0, to: rank) }
    if !bytes.isEmpty { bytes.withUnsafeBytes { communicator.send($0, to: rank) } }
  }

  private func receive(from rank: Int) -> (Word, Int, [UInt8]) {
    var head = [0, 0, 0]
    head.withUnsafeMutableBytes { _ = communicator.receive($0, from: rank) }
    var bytes = [UInt8](repeating: 0, count: head[2])
    if !bytes.isEmpty { bytes.withUnsafeMutableBytes { _ = communicator.receive($0, from: rank) } }
    return (Word(rawValue: head[0]) ?? .stopped, head[1], bytes)
  }
}

extension Communicator {
  /// Gives every rank the results that rank 0 has, or its error.
  ///
  /// - Parameters:
  ///   - own: what rank 0 has; nil on the others.
  ///   - describe: an error as other ranks are told it.
  /// - Throws: rank 0's error there, `RankFailure` on the others.
  package func share<Value: SentBetweenRanks>(
    _ own: Result<[Value?], any Error>?, describe: (any Error) -> RankFailure
  ) throws -> [Value?] {
    var wire = WireWriter()
    switch own {
    case .success(let results)?:
      wire.add(true)
      wire.add(results.count)
      for result in results {
        wire.add(result != nil)
        result?.write(to: &wire)
      }
    case .failure(let error)?:
      wire.add(false)
      wire.add(describe(error).bytes)
    case nil: break
    }
    var reader = WireReader(broadcast(wire.bytes))
    if let own { return try own.get() }
    guard reader.value() == true, let count = reader.value(Int.self) else {
      throw RankFailure(reader.values() ?? [])
    }
    return (0..<count).map { _ in reader.value() == true ? Value(from: &reader) : nil }
  }
}

extension [UInt8] {
  fileprivate init<Value: BitwiseCopyable>(withBytesOf value: Value) {
    self = Swift.withUnsafeBytes(of: value) { Array($0) }
  }
}
