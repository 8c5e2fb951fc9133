import Nabla
import NablaCluster
import Synchronization
import Testing

/// What ranks tell each other beside training.
@Suite struct RankedRunsTests {
  private func check(_ settings: [[String: String]]) -> String? {
    RankReports(settings.map { RankReports.bytes(of: $0) }).difference?.message
  }

  @Test("The first setting that differs from rank 0's is named, with its rank")
  func differences() {
    #expect(check([["l2": "0", "seed": "1"], ["l2": "0", "seed": "1"]]) == nil)
    #expect(
      check([["l2": "0", "seed": "1"], ["l2": "0", "seed": "1"], ["l2": "0", "seed": "7"]])
        == "rank 2: has another seed (expected 1, as rank 0 has, found 7)")
    #expect(check([["a": "1"], [:]]) == "rank 1: has another a (expected 1, as rank 0 has, found none)")
  }

  @Test("The failure of the lowest rank is told, rank 0's in its own words")
  func failures() {
    let fine = RankReports.bytes(of: ["a": "1"])
    let missing = RankFailure(status: 66, message: "x.csv: does not exist")
    let bad = RankFailure(status: 64, message: "--epochs: bad")
    #expect(RankReports([fine, fine]).failure == nil)
    #expect(
      RankReports([fine, missing.bytes, bad.bytes]).failure
        == RankFailure(status: 66, message: "rank 1: x.csv: does not exist"))
    #expect(RankReports([bad.bytes, missing.bytes]).failure == bad)
  }

  @Test("What is written is read again, and nothing else")
  func wire() {
    var writer = WireWriter()
    writer.add(0.1 + 0.2)
    writer.add([Float.infinity, -0])
    writer.add("η = 3")
    writer.add([Int]())
    var reader = WireReader(writer.bytes)
    #expect(reader.value(Double.self) == 0.1 + 0.2)
    #expect(reader.values(Float.self) == [.infinity, -0])
    #expect(reader.text() == "η = 3")
    #expect(reader.values(Int.self) == [])
    #expect(reader.value(UInt8.self) == nil)
    var wrong = WireReader([255, 255, 255, 255, 255, 255, 255, 127, 0])
    #expect(wrong.values(UInt8.self) == nil)
  }

  /// A result that travels.
  private struct Number: SentBetweenRanks, Equatable {
    let value: Int
    init(_ value: Int) { self.value = value }
    func write(to wire: inout WireWriter) { wire.add(value) }
    init?(from wire: inout WireReader) {
      guard let value = wire.value(Int.self) else { return nil }
      self.value = value
    }
  }

  /// What rank 0 keeps.
  private final class Board: Sendable {
    private let state: Mutex<(next: Int, results: [Number?], failure: RankFailure?)>
    init(_ count: Int) { state = Mutex((0, Array(repeating: nil, count: count), nil)) }

    func next() -> Int? {
      state.withLock { state in
        guard state.next < state.results.count else { return nil }
        state.next += 1
        return state.next - 1
      }
    }
    func keep(_ result: Number?, of index: Int) { state.withLock { $0.results[index] = result } }
    func fail(_ failure: RankFailure?) { state.withLock { $0.failure = $0.failure ?? failure } }
    var results: Result<[Number?], any Error> {
      state.withLock { state in state.failure.map { .failure($0) } ?? .success(state.results) }
    }
  }

  /// Does 40 jobs, none of them on rank 0.
  private func runJobs(
    ranks: Int, job: @escaping @Sendable (Int) throws -> Number?
  ) -> [Result<[Number?], RankFailure>] {
    ThreadCommunicator.run(ranks: ranks) { communicator in
      let describe: @Sendable (any Error) -> RankFailure = {
        $0 as? RankFailure ?? RankFailure(status: 1, message: "another")
      }
      let runs = RankedRuns(communicator, atOnce: 2, stop: TrainingProgress(), describe: describe)
      var own: Result<[Number?], any Error>?
      if communicator.rank == 0 {
        let board = Board(40)
        runs.serve(isBusy: { false }, next: { board.next() }) { index, bytes in
          var wire = WireReader(bytes)
          board.keep(Number(from: &wire), of: index)
        } failed: { _, error in
          board.fail(error as? RankFailure)
        }
        own = board.results
      } else {
        runs.work { try job($0).map(WireWriter.bytes) }
      }
      do {
        return .success(try communicator.share(own, describe: describe))
      } catch {
        return .failure(describe(error))
      }
    }
  }

  @Test("Every job is done once, and all ranks have the results in order", arguments: [2, 4])
  func jobs(ranks: Int) {
    let counter = Counter()
    let results = runJobs(ranks: ranks) { index in
      counter.add(index)
      return Number(index * index)
    }
    #expect(results.count == ranks)
    for result in results {
      #expect((try? result.get())?.map { $0?.value } == (0..<40).map { $0 * $0 })
    }
    #expect(counter.all.sorted() == Array(0..<40))
  }

  @Test("A job that fails ends the others, and all ranks have its error")
  func failingJobs() {
    let failure = RankFailure(status: 65, message: "job 7 is bad")
    let results = runJobs(ranks: 3) { index in
      if index == 7 { throw failure }
      return Number(index)
    }
    #expect(results == Array(repeating: .failure(failure), count: 3))
  }

  private final class Counter: Sendable {
    private let values = Mutex<[Int]>([])
    func add(_ value: Int) { values.withLock { $0.append(value) } }
    var all: [Int] { values.withLock(\.self) }
  }
}
