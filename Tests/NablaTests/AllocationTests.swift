import AllocationCounter
import Nabla
import Testing

@Suite(.enabled(if: allocations_on_this_thread() >= 0, "allocations are counted on glibc only"))
struct AllocationTests {
  private static let countsReferences = reference_counts_on_this_thread() >= 0

  private final class Something {}

  @Test func theCounterCounts() {
    let before = allocations_on_this_thread()
    let array = [Int](repeating: 1, count: 10_000)
    #expect(allocations_on_this_thread() > before)
    #expect(array.count == 10_000)
  }

  @Test(.enabled(if: countsReferences, "references are counted on x86-64 only"))
  func theCounterCountsReferences() {
    let something = Something()
    let before = reference_counts_on_this_thread()
    _ = Unmanaged.passUnretained(something).retain()
    let between = reference_counts_on_this_thread()
    Unmanaged.passUnretained(something).release()
    let after = reference_counts_on_this_thread()
    #expect(between > before)
    #expect(after > between)
  }

  /// An epoch of a thousand mini-batches allocates, retains and releases as often as an epoch of ten: on every
  /// thread of the team, dense and sparse, with every update rule, dropout, schedule and regularization.
  @Test(arguments: Recipe.all, [20, 90] as [UInt32])
  func miniBatchesAllocateAndRetainNothing(_ recipe: Recipe, percentNonZero: UInt32) throws {
    func counts(miniBatches: Int, threads: Int, isProfiled: Bool) throws -> [Int] {
      let data = try randomData(
        count: 10 * miniBatches, inputs: 40, classes: 5, percentNonZero: percentNonZero)
      let network = try Network(
        topology: Topology([40, 30, 20, 5], hidden: .tanh, output: .softmax), cost: .logLikelihood, seed: 1)
      let trainer = try Trainer(
        network: network, data: data, configuration: recipe.configuration,
        pace: TeamPace(members: threads, policy: .fixed))
      if isProfiled { try trainer.startProfile() }
      try trainer.trainEpoch()
      let before = try countsOfTeam(threads)
      try trainer.trainEpoch()
      return try zip(countsOfTeam(threads), before).map { $0 - $1 }
    }
    for (threads, isProfiled) in [(1, false), (2, false), (1, true), (2, true)] {
      // What is made at its first use is made here.
      _ = try counts(miniBatches: 10, threads: threads, isProfiled: isProfiled)
      let few = try counts(miniBatches: 10, threads: threads, isProfiled: isProfiled)
      let many = try counts(miniBatches: 1000, threads: threads, isProfiled: isProfiled)
      #expect(many == few, "allocations and reference counts of \(threads) threads, one after the other")
      // A profile adds to what an epoch costs, not to what a mini-batch does.
      #expect(few.allSatisfy { $0 < (isProfiled ? 400 : 40) })
    }
  }

  /// Allocations and reference counts so far of each member of a team of `members`. One thread starts teams of the
  /// same threads again and again, so these are the threads that train.
  private func countsOfTeam(_ members: Int) throws -> [Int] {
    let counts = try AlignedBuffer<Int>(count: 2 * members)
    nonisolated(unsafe) let pointer = counts.pointer
    Team.run(members: members) { member in
      pointer[2 * member.index] = allocations_on_this_thread()
      pointer[2 * member.index + 1] = reference_counts_on_this_thread()
    }
    return Array(counts.elements)
  }
}
