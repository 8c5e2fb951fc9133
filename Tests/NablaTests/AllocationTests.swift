import AllocationCounter
import Nabla
import Testing

@Suite(.enabled(if: allocations_on_this_thread() >= 0, "allocations are counted on glibc only"))
struct AllocationTests {
  @Test func theCounterCounts() {
    let before = allocations_on_this_thread()
    let array = [Int](repeating: 1, count: 10_000)
    #expect(allocations_on_this_thread() > before)
    #expect(array.count == 10_000)
  }

  /// An epoch of a thousand mini-batches allocates as often as an epoch of ten, dense and sparse, with both costs.
  @Test(arguments: Cost.allCases, [20, 90] as [UInt32])
  func miniBatchesAllocateNothing(_ cost: Cost, percentNonZero: UInt32) throws {
    func allocations(miniBatches: Int) throws -> Int {
      let data = try randomData(
        count: 10 * miniBatches, inputs: 40, classes: 5, percentNonZero: percentNonZero)
      let network = try Network(topology: Topology([40, 30, 20, 5]), cost: cost, seed: 1)
      let trainer = try Trainer(
        network: network, data: data,
        settings: TrainingSettings(miniBatchSize: 10, learningRate: 0.5, threads: 1))
      try trainer.trainEpoch()
      let before = allocations_on_this_thread()
      try trainer.trainEpoch()
      return allocations_on_this_thread() - before
    }
    let few = try allocations(miniBatches: 10)
    let many = try allocations(miniBatches: 1000)
    #expect(many == few)
    #expect(few < 20)
  }
}
