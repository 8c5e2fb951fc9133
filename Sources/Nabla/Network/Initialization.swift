/// How the parameters of a new network are drawn. All from the seed, in Nielsen's order: layer by layer, row by
/// row of w^l [outputs, inputs], then the layer's biases.
public enum Initialization: String, CaseIterable, Sendable {
  /// Weights N(0, 1/√inputs), biases N(0, 1): the book's chapter 3. Neurons start unsaturated and learn at once.
  case normalized
  /// Weights and biases N(0, 1): the book's chapter 1.
  case large

  /// Fills `network` with fresh parameters.
  func fill(_ network: Network, seed: UInt64) {
    for (index, layer) in network.topology.layers.enumerated() {
      var random = Philox(seed: seed, stream: RandomStream.initialization(layer: index))
      let scale = self == .normalized ? 1 / Double(layer.inputs).squareRoot() : 1
      for j in 0..<layer.outputs {
        for k in 0..<layer.inputs {
          network.setWeight(Float(random.gaussian() * scale), layer: index, output: j, input: k)
        }
      }
      for j in 0..<layer.outputs { network.setBias(Float(random.gaussian()), layer: index, output: j) }
    }
  }
}
