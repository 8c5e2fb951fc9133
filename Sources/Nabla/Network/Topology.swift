/// The layer sizes of a network, and where each layer's parameters lie in the one arena that holds them all.
///
/// `Topology([784, 30, 10])` has 784 inputs, 30 hidden neurons and 10 outputs: three layers of neurons in the
/// book's words, two layers of parameters here, because the input layer has none.
public struct Topology: Hashable, Sendable {
  /// Neurons in every layer, input first.
  public let layerSizes: [Int]
  /// The layers that have parameters, from the first hidden layer to the output.
  public let layers: [Layer]
  /// Weights and biases of the network, without padding.
  public let parameterCount: Int
  /// Floats in the arena: weights in panels, biases padded to whole panels, layer after layer.
  package let arenaCount: Int

  /// One layer of parameters: the weights [outputs, inputs] and biases [outputs] that lead to a layer of neurons.
  public struct Layer: Hashable, Sendable {
    /// Neurons in the layer before: columns of w^l.
    public let inputs: Int
    /// Neurons in this layer: rows of w^l.
    public let outputs: Int
    /// Outputs padded to whole panels of 16: the row length of this layer's activations and errors.
    package let paddedOutputs: Int
    package let weightsOffset: Int
    package let biasesOffset: Int
  }

  /// Creates a topology from the sizes of its layers, input first.
  ///
  /// - Throws: `NablaError.invalidTopology` for fewer than two layers or a size below 1,
  ///   `NablaError.outOfMemory` when the number of parameters overflows.
  public init(_ layerSizes: [Int]) throws(NablaError) {
    let text = layerSizes.map(String.init).joined(separator: ",")
    guard layerSizes.count >= 2 else {
      throw .invalidTopology("expected at least an input and an output layer, found [\(text)]")
    }
    for size in layerSizes where size < 1 || size > Int(Int32.max) {
      throw .invalidTopology("expected layer sizes of 1 to \(Int32.max), found \(size) in [\(text)]")
    }
    var layers: [Layer] = []
    var offset = 0
    var parameterCount = 0
    for (inputs, outputs) in zip(layerSizes, layerSizes.dropFirst()) {
      let padded = (outputs + panelWidth - 1) / panelWidth * panelWidth
      let (weights, overflow) = padded.multipliedReportingOverflow(by: inputs)
      let (biases, sumOverflow) = offset.addingReportingOverflow(weights)
      guard !overflow, !sumOverflow, biases < Int.max / 8 - padded else { throw .outOfMemory(bytes: nil) }
      layers.append(
        Layer(
          inputs: inputs, outputs: outputs, paddedOutputs: padded, weightsOffset: offset, biasesOffset: biases
        ))
      offset = biases + padded
      parameterCount += inputs * outputs + outputs
    }
    self.layerSizes = layerSizes
    self.layers = layers
    self.parameterCount = parameterCount
    arenaCount = offset
  }

  /// Neurons in the input layer.
  public var inputSize: Int { layerSizes[0] }
  /// Neurons in the output layer.
  public var outputSize: Int { layerSizes[layerSizes.count - 1] }
}

extension Topology: CustomStringConvertible {
  public var description: String { "[" + layerSizes.map(String.init).joined(separator: ",") + "]" }
}
