/// One layer of parameters and the neurons they lead to: weights [outputs, inputs], biases [outputs], a = f(z).
public struct Layer: Hashable, Sendable {
  /// Neurons in the layer before: columns of w^l.
  public let inputs: Int
  /// Neurons in this layer: rows of w^l.
  public let outputs: Int
  /// The function f of its neurons.
  public let activation: Activation
}

/// The shape of a network: its number of inputs, and the layers that follow.
///
/// `Topology([784, 30, 10])` has 784 inputs, 30 hidden neurons and 10 outputs: three layers of neurons in the
/// book's words, two layers of parameters here, because the input layer has none.
public struct Topology: Hashable, Sendable {
  /// Neurons in the input layer.
  public let inputSize: Int
  /// The layers that have parameters, from the first hidden layer to the output.
  public let layers: [Layer]
  /// Weights and biases of the network.
  public let parameterCount: Int

  /// Creates a topology from the sizes of its layers, input first.
  ///
  /// - Parameters:
  ///   - hidden: f of every hidden layer: sigmoid, tanh or relu.
  ///   - output: f of the output layer: sigmoid, softmax, tanh or identity.
  /// - Throws: `NablaError.invalidTopology` for fewer than two layers, a size below 1, or an activation where it
  ///   means nothing; `NablaError.outOfMemory` if the number of parameters overflows.
  public init(
    _ layerSizes: [Int], hidden: Activation = .sigmoid, output: Activation = .sigmoid
  ) throws(NablaError) {
    let hiddenCount = max(0, layerSizes.count - 2)
    try self.init(layerSizes, activations: [Activation](repeating: hidden, count: hiddenCount) + [output])
  }

  /// Creates a topology whose layers have an activation each: `activations` has one entry fewer than `layerSizes`.
  ///
  /// - Throws: as `init(_:hidden:output:)`.
  public init(_ layerSizes: [Int], activations: [Activation]) throws(NablaError) {
    let text = layerSizes.map(String.init).joined(separator: ",")
    guard layerSizes.count >= 2 else {
      throw .invalidTopology("expected at least an input and an output layer, found [\(text)]")
    }
    for size in layerSizes where size < 1 || size > Int(Int32.max) {
      throw .invalidTopology("expected layer sizes of 1 to \(Int32.max), found \(size) in [\(text)]")
    }
    guard activations.count == layerSizes.count - 1 else {
      throw .invalidTopology(
        "expected \(layerSizes.count - 1) activations for [\(text)], found \(activations.count)")
    }
    var layers: [Layer] = []
    var parameterCount = 0
    for (l, activation) in activations.enumerated() {
      try Self.check(activation, isOutput: l == activations.count - 1)
      let (inputs, outputs) = (layerSizes[l], layerSizes[l + 1])
      layers.append(Layer(inputs: inputs, outputs: outputs, activation: activation))
      let (sum, overflow) = parameterCount.addingReportingOverflow((inputs + 1) * outputs)
      guard !overflow else { throw .outOfMemory(bytes: nil) }
      parameterCount = sum
    }
    self.inputSize = layerSizes[0]
    self.layers = layers
    self.parameterCount = parameterCount
    _ = try ParameterLayout(self)
  }

  private static func check(_ activation: Activation, isOutput: Bool) throws(NablaError) {
    let reason = isOutput ? activation.reasonAgainstOutput : activation.reasonAgainstHidden
    guard let reason else { return }
    let expected = (isOutput ? Activation.output : Activation.hidden).map(\.rawValue).joined(separator: ", ")
    throw .invalidTopology(
      "\(isOutput ? "output" : "hidden") activation: expected one of \(expected), "
        + "found \(activation.rawValue): \(reason)")
  }

  /// Neurons in every layer, input first.
  public var layerSizes: [Int] { [inputSize] + layers.map(\.outputs) }
  /// Neurons in the output layer.
  public var outputSize: Int { layers[layers.count - 1].outputs }
  /// f of the output layer.
  public var outputActivation: Activation { layers[layers.count - 1].activation }
  /// f of every layer, first hidden layer to output.
  public var activations: [Activation] { layers.map(\.activation) }
}

extension Topology: CustomStringConvertible {
  public var description: String { "[" + layerSizes.map(String.init).joined(separator: ",") + "]" }
}
