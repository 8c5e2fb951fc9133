import Nabla
import Testing

/// Every activation, cost and update rule, L1, L2, dropout and schedules, against a second implementation in float64
/// NumPy (Golden/make_rule_goldens.py). PyTorch and JAX arrive there too (Golden/compare_trajectories.py).
@Suite struct RuleGoldenTests {
  /// NumPy in float32 is at most 1.3e-6 from float64 in these cases, PyTorch and JAX 1.6e-6.
  static let tolerance = 5e-6

  @Test(arguments: RuleGolden.problems.indices, ["normalized", "he"])
  func initialParameters(_ problem: Int, _ initialization: String) throws {
    let problem = RuleGolden.problems[problem]
    let network = try Network(
      topology: Topology(problem.sizes), initialization: Initialization(rawValue: initialization)!,
      seed: problem.seed)
    let expected = try #require(problem.initial[initialization])
    let layers = network.topology.layers.indices
    // The same float32 numbers: NumPy's logarithm may differ from ours in the last place of a double.
    #expect(relativeDifference(layers.map { network.weights(layer: $0) }, expected.weights) < 2e-7)
    #expect(relativeDifference(layers.map { network.biases(layer: $0) }, expected.biases) < 2e-7)
  }

  @Test(arguments: RuleGolden.all, [true, false])
  func training(_ golden: RuleGolden, sparse: Bool) throws {
    let network = try golden.makeNetwork()
    let data = try RuleGolden.problems[golden.problem].makeData()
    let trainer = try Trainer(
      network: network, data: data, configuration: golden.configuration, allowsSparse: sparse, pace: nil)
    let costs = try golden.costs.map { _ in try trainer.trainEpoch().trainingCost }
    let layers = network.topology.layers.indices
    #expect(relativeDifference(layers.map { network.weights(layer: $0) }, golden.weights) < Self.tolerance)
    #expect(relativeDifference(layers.map { network.biases(layer: $0) }, golden.biases) < Self.tolerance)
    for (cost, expected) in zip(costs, golden.costs) {
      #expect(abs(cost - expected) < Self.tolerance * expected)
    }
  }
}
