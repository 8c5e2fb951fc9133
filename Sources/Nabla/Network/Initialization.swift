/// How the parameters of a new network are drawn. All from the seed, in Nielsen's order: layer by layer, row by
/// row of w^l [outputs, inputs], then the layer's biases.
public enum Initialization: String, CaseIterable, Sendable {
  /// Weights N(0, 1/√inputs), biases N(0, 1): the book's chapter 3. Neurons start unsaturated and learn at once.
  case normalized
  /// Weights and biases N(0, 1): the book's chapter 1.
  case large
  /// Weights N(0, √(2/inputs)), biases 0: keeps the size of activations through layers of ReLU.
  /// Source: He, Zhang, Ren & Sun 2015.
  case he

  /// The standard deviation of the weights of a layer.
  private func deviation(inputs: Int) -> Double {
    switch self {
    case .normalized: 1 / Double(inputs).squareRoot()
    case .large: 1
    case .he: (2 / Double(inputs)).squareRoot()
    }
  }

  /// Fills `network` with fresh parameters.
  func fill(_ network: Network, seed: UInt64) {
    for (index, layer) in network.topology.layers.enumerated() {
      var random = Philox(seed: seed, stream: RandomStream.initialization(layer: index))
      let scale = deviation(inputs: layer.inputs)
      for j in 0..<layer.outputs {
        for k in 0..<layer.inputs {
          network.setWeight(Float(random.gaussian() * scale), layer: index, output: j, input: k)
        }
      }
      for j in 0..<layer.outputs {
        network.setBias(self == .he ? 0 : Float(random.gaussian()), layer: index, output: j)
      }
    }
  }
}
