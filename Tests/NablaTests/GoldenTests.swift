import Nabla
import Testing

/// Everything training does, against a second implementation in float64 NumPy (Golden/make_goldens.py).
@Suite struct GoldenTests {
  @Test(arguments: Golden.all)
  func initialParameters(_ golden: Golden) throws {
    let network = try golden.makeNetwork()
    let layers = network.topology.layers.indices
    // The same float32 numbers: NumPy's logarithm may differ from ours in the last place of a double.
    #expect(relativeDifference(layers.map { network.weights(layer: $0) }, golden.weights) < 2e-7)
    #expect(relativeDifference(layers.map { network.biases(layer: $0) }, golden.biases) < 2e-7)
  }

  @Test(arguments: Golden.all)
  func oneSample(_ golden: Golden) throws {
    let network = try golden.makeNetwork()
    let trace = try network.backpropagate(image: golden.pixels[0], label: Int(golden.labels[0]))
    #expect(relativeDifference(trace.activations, golden.first.activations) < 1e-6)
    #expect(relativeDifference(trace.weightedInputs, golden.first.weightedInputs) < 1e-6)
    #expect(relativeDifference(trace.errors, golden.first.errors) < 5e-6)
    #expect(relativeDifference(trace.gradient.weights, golden.first.nablaW) < 5e-6)
    #expect(relativeDifference(trace.gradient.biases, golden.first.nablaB) < 5e-6)
    #expect(abs(trace.cost - golden.firstCost) < 1e-6 * golden.firstCost)
  }

  @Test(arguments: Golden.all)
  func gradientOfAllSamples(_ golden: Golden) throws {
    let network = try golden.makeNetwork()
    let gradient = try network.gradient(of: golden.makeData())
    #expect(relativeDifference(gradient.weights, golden.gradientW) < 5e-6)
    #expect(relativeDifference(gradient.biases, golden.gradientB) < 5e-6)
  }

  @Test(arguments: Golden.all)
  func evaluation(_ golden: Golden) throws {
    let evaluation = try golden.makeNetwork().evaluate(golden.makeData())
    #expect(abs(evaluation.cost - golden.meanCost) < 1e-6 * golden.meanCost)
    #expect(evaluation.total == golden.labels.count)
  }

  @Test(arguments: Golden.all)
  func training(_ golden: Golden) throws {
    let network = try golden.makeNetwork()
    let trainer = try Trainer(network: network, data: golden.makeData(), configuration: golden.configuration)
    var costs: [Double] = []
    for _ in 0..<golden.epochs { costs.append(try trainer.trainEpoch().trainingCost) }
    let layers = network.topology.layers.indices
    #expect(relativeDifference(layers.map { network.weights(layer: $0) }, golden.trainedWeights) < 1e-5)
    #expect(relativeDifference(layers.map { network.biases(layer: $0) }, golden.trainedBiases) < 1e-5)
    for (cost, expected) in zip(costs, golden.trainingCosts) {
      #expect(abs(cost - expected) < 1e-5 * expected)
    }
  }
}
