import Nabla
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ranks that are threads of one process: what a cluster computes, without one. For tests.
package final class ThreadCommunicator: Communicator {
  package let rank: Int
  package var size: Int { group.size }
  private let group: Group

  private init(rank: Int, group: Group) { (self.rank, self.group) = (rank, group) }

  /// Runs `body` once on each of `size` ranks, each on a thread of its own, and returns what they return, in their
  /// order; fewer where the system grants no thread for each, after which none has run.
  package static func run<Result: Sendable>(
    ranks size: Int, _ body: @escaping @Sendable (any Communicator) -> Result
  ) -> [Result] {
    guard SystemThread.available(size) == size else { return [] }
    let group = Group(size: size)
    let results = Results<Result>()
    let threads = (0..<size).map { rank in
      SystemThread { results.add(body(ThreadCommunicator(rank: rank, group: group)), of: rank) }
    }
    for thread in threads { thread?.join() }
    return results.inOrder
  }

  package func allGather(_ memory: UnsafeMutableRawPointer, places: UnsafePointer<Int>) {
    group.post(memory, of: rank)
    for other in 0..<size where other != rank {
      (memory + places[other]).copyMemory(
        from: group.memory(of: other) + places[other], byteCount: places[other + 1] - places[other])
    }
    group.meet()
  }

  package func broadcast(_ memory: UnsafeMutableRawBufferPointer, from root: Int) {
    guard let start = memory.baseAddress else { return }
    group.post(start, of: rank)
    if rank != root { start.copyMemory(from: group.memory(of: root), byteCount: memory.count) }
    group.meet()
  }

  package func send(_ memory: UnsafeRawBufferPointer, to rank: Int) {
    group.letters.withLock { $0.append(Letter(from: self.rank, to: rank, bytes: Array(memory))) }
  }

  package func sender() -> Int? {
    group.letters.withLock { letters in letters.first { $0.to == rank }?.from }
  }

  package func receive(_ memory: UnsafeMutableRawBufferPointer, from rank: Int) {
    while true {
      let letter = group.letters.withLock { letters -> Letter? in
        guard
          let place = letters.firstIndex(where: { $0.to == self.rank && $0.from == rank })
        else { return nil }
        return letters.remove(at: place)
      }
      if let letter {
        precondition(letter.bytes.count == memory.count, "a message of another size")
        memory.copyBytes(from: letter.bytes)
        return
      }
      sched_yield()
    }
  }

  private struct Letter {
    let from: Int
    let to: Int
    let bytes: [UInt8]
  }

  /// What the ranks share.
  private final class Group: @unchecked Sendable {
    let size: Int
    let letters = Mutex<[Letter]>([])
    /// Where each rank's memory is; written before ranks meet, read after.
    private let posted: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let arrived = Atomic(0)
    private let round = Atomic(0)

    init(size: Int) {
      self.size = size
      posted = .allocate(capacity: size)
      posted.initialize(repeating: nil, count: size)
    }

    deinit { posted.deallocate() }

    /// Shows the others where this rank's memory is, and waits until all have.
    func post(_ memory: UnsafeMutableRawPointer, of rank: Int) {
      posted[rank] = memory
      meet()
    }

    func memory(of rank: Int) -> UnsafeMutableRawPointer {
      guard let memory = posted[rank] else { preconditionFailure("a rank has posted nothing") }
      return memory
    }

    /// Waits until all ranks are here.
    func meet() {
      let current = round.load(ordering: .acquiring)
      if arrived.add(1, ordering: .acquiringAndReleasing).newValue == size {
        arrived.store(0, ordering: .relaxed)
        round.add(1, ordering: .releasing)
        return
      }
      while round.load(ordering: .acquiring) == current { sched_yield() }
    }
  }

  private final class Results<Result: Sendable>: Sendable {
    private let results = Mutex<[Int: Result]>([:])

    func add(_ result: Result, of rank: Int) { results.withLock { $0[rank] = result } }
    var inOrder: [Result] { results.withLock { all in all.keys.sorted().compactMap { all[$0] } } }
  }
}
