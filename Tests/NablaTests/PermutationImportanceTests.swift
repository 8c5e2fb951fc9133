import Nabla
import Testing

@Suite("Importance by permutation, and confident mistakes")
struct PermutationImportanceTests {
  /// 200 rows of three numbers; the class is whether the second is above 0.
  private static func table() throws -> Dataset {
    var random = Philox(seed: 3)
    var cells: [Float] = []
    var labels: [Int] = []
    for _ in 0..<200 {
      let row = (0..<3).map { _ in Float(random.gaussian()) }
      cells += row
      labels.append(row[1] > 0 ? 1 : 0)
    }
    return try Dataset(features: cells, columnCount: 3, labels: labels)
  }

  /// A network of one layer that reads the second column alone.
  private func network() throws -> Network {
    let network = try Network(zero: Topology([3, 2], activations: [.softmax]), cost: .logLikelihood)
    try network.setWeights([0, -4, 0, 0, 4, 0], layer: 0)
    return network
  }

  @Test("A column that decides costs half of the accuracy, the others nothing at all")
  func classes() throws {
    let found = try #require(try network().permutationImportance(of: Self.table(), repeats: 5))
    #expect(found.measure == .accuracy && found.sampleCount == 200)
    #expect(found.columns.map(\.name) == ["x1", "x2", "x3"])
    #expect(found.columns[0].losses == [0, 0, 0, 0, 0] && found.columns[2].losses == [0, 0, 0, 0, 0])
    #expect((0.35...0.65).contains(found.columns[1].mean))
    #expect(found.columns[1].spread.lowerBound < found.columns[1].spread.upperBound)
  }

  @Test("The same numbers on every number of threads; others with another seed")
  func seeded() throws {
    let network = try network()
    func losses(seed: UInt64, threads: Int) throws -> [[Double]]? {
      try network.permutationImportance(of: Self.table(), seed: seed, threads: threads)?.columns.map(\.losses)
    }
    #expect(try losses(seed: 1, threads: 1) == losses(seed: 1, threads: 2))
    #expect(try losses(seed: 1, threads: 1) != losses(seed: 2, threads: 1))
  }

  @Test("Real targets: what a shuffled column adds to the error")
  func values() throws {
    let cells = (0..<100).flatMap { [Float($0), Float($0 % 7)] }
    let targets = (0..<100).map { 2 * Float($0) }
    let table = try Dataset(features: cells, columnCount: 2, targets: targets)
    let network = try Network(zero: Topology([2, 1], activations: [.identity]))
    try network.setWeights([2, 0], layer: 0)
    let found = try #require(try network.permutationImportance(of: table))
    #expect(found.measure == .rootMeanSquaredError)
    #expect(found.columns[1].losses.allSatisfy { $0 == 0 })
    // Two independent draws from 0, 2 ... 198 are sqrt(2) standard deviations apart: 81.6.
    #expect((65...98).contains(found.columns[0].mean))
  }

  @Test("Pictures have no columns")
  func pictures() throws {
    let data = try Dataset(images: [0, 255], labels: [0, 1], imageShape: .init(rows: 1, columns: 1))
    let network = try Network(topology: Topology([1, 2]), seed: 1)
    #expect(try network.permutationImportance(of: data) == nil)
  }

  @Test("The surest mistakes come first; what is right is none")
  func mistakes() {
    let outputs: [Float] = [0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 3, 1, -1, 0.5, 0, 0]
    let found = ConfidentMistake.surest(2, outputs: outputs, labels: [0, 0, 1, 1, 0, 1], classCount: 2)
    #expect(found.map(\.index) == [4, 1])
    #expect(found[0].confidences == [0, 1] && found[0].predicted == 1 && found[0].actual == 0)
    #expect(abs(found[1].confidences[1] - 0.8) < 1e-6)
    let all = ConfidentMistake.surest(9, outputs: outputs, labels: [0, 0, 1, 1, 0, 1], classCount: 2)
    #expect(all.map(\.index) == [4, 1, 3, 2, 5])
    #expect(all.last?.confidences == [0, 0])
  }

  @Test("Dead and saturated neurons are counted by layer")
  func deadShares() throws {
    let network = try Network(zero: Topology([3, 4, 2], activations: [.relu, .sigmoid]))
    try network.setBiases([-1, 1, -1, 1], layer: 0)
    try network.setBiases([50, 0], layer: 1)
    #expect(try network.deadShares(on: Self.table()) == [0.5, 0.5])
  }
}
