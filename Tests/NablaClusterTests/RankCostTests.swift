import Nabla
import NablaCluster
import Testing

@Suite struct RankCostTests {
  private let cost = RankCost(latency: 20e-6, bandwidth: 1e9, ranks: 8)

  @Test("A mini-batch shorter than its messages is trained by one rank")
  func shortWork() {
    #expect(cost.fastest(RankCost.Work(seconds: 2e-6, bytes: 1000, messages: 2, mostRanks: 100)) == 1)
  }

  @Test("Long work is divided among all, but for those that would find none")
  func longWork() {
    let work = RankCost.Work(seconds: 0.5, bytes: 1e6, messages: 8, mostRanks: 100)
    #expect(cost.fastest(work) == 8)
    let narrow = RankCost.Work(seconds: 0.5, bytes: 1e6, messages: 8, mostRanks: 3)
    #expect(cost.fastest(narrow) == 3)
    #expect(cost.seconds(narrow, ranks: 8) > cost.seconds(narrow, ranks: 3))
    // 0.5 / 8 + 8 messages of 20 µs + 7/8 of a megabyte at 1 GB/s.
    #expect(abs(cost.seconds(work, ranks: 8) - (0.0625 + 160e-6 + 875e-6)) < 1e-9)
  }

  @Test("As few ranks as are fastest: the last ones gain less than a twentieth")
  func asFewAsPay() {
    // 10 ms of work and 8 MB: 2 ranks take 9 ms, 8 of them 8.25.
    let few = cost.fastest(RankCost.Work(seconds: 0.010, bytes: 8e6, messages: 2, mostRanks: 100))
    #expect(few > 1 && few < 8)
  }

  @Test("A large network asks for more than the book's, which no ranks train faster")
  func networks() throws {
    let drawn = SyntheticDigits(seed: 1).rendered(0..<100)
    let data = try Dataset(
      images: drawn.pixels, labels: drawn.labels, imageShape: .init(rows: 28, columns: 28), classCount: 10)
    let small = try Network(topology: Topology([784, 30, 10]), seed: 1)
    let large = try Network(topology: Topology([784, 2500, 2000, 10]), seed: 1)
    #expect(cost.fastest(small.rankWork(data, miniBatchSize: 10, threads: 1)) == 1)
    #expect(cost.fastest(large.rankWork(data, miniBatchSize: 100, threads: 1)) > 1)
  }

  @Test("All ranks get the same measures")
  func measured() {
    let costs = ThreadCommunicator.run(ranks: 3) { RankCost.measured(on: $0) }
    #expect(costs.count == 3 && Set(costs).count == 1)
    #expect(costs.allSatisfy { $0.latency > 0 && $0.bandwidth > 0 && $0.ranks == 3 })
  }
}
