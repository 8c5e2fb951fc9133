/// A feed-forward network of sigmoid neurons: a^l = σ(w^l a^(l-1) + b^l).
///
/// All parameters live in one 64-byte-aligned arena, in the panels the kernels read (16 neurons a panel, input
/// after input); `weights(layer:)` gives them as the book writes them, a matrix [outputs, inputs]. Layer 0 here
/// is the first layer that has parameters, the book's l = 2.
///
/// A network is not safe to use from several threads while one of them trains it.
public final class Network {
  /// Its layer sizes.
  public let topology: Topology
  /// The cost its errors are computed with.
  public let cost: Cost
  let parameters: AlignedBuffer<Float>

  /// Creates a network with parameters drawn from `seed`.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  public convenience init(
    topology: Topology, cost: Cost = .quadratic, initialization: Initialization = .normalized, seed: UInt64
  ) throws(NablaError) {
    try self.init(zero: topology, cost: cost)
    initialization.fill(self, seed: seed)
  }

  /// Creates a network whose parameters are all zero, to be filled by `setWeights` and `setBiases`.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  public init(zero topology: Topology, cost: Cost = .quadratic) throws(NablaError) {
    self.topology = topology
    self.cost = cost
    parameters = try AlignedBuffer(count: topology.arenaCount)
  }

  /// Returns a network with the same parameters in memory of its own.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  public func copy() throws(NablaError) -> Network {
    let other = try Network(zero: topology, cost: cost)
    other.parameters.pointer.update(from: parameters.pointer, count: parameters.count)
    return other
  }

  // MARK: Parameters as the book writes them

  /// Returns w^l, row-major [outputs, inputs].
  ///
  /// - Precondition: 0 <= layer < topology.layers.count.
  public func weights(layer: Int) -> [Float] {
    let shape = topology.layers[layer]
    return [Float](unsafeUninitializedCapacity: shape.outputs * shape.inputs) { matrix, count in
      Kernels.unpack(panels(layer), outputs: shape.outputs, inputs: shape.inputs, into: matrix.baseAddress!)
      count = shape.outputs * shape.inputs
    }
  }

  /// Returns b^l [outputs].
  ///
  /// - Precondition: 0 <= layer < topology.layers.count.
  public func biases(layer: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: biasPointer(layer), count: topology.layers[layer].outputs))
  }

  /// Replaces w^l by a row-major matrix [outputs, inputs].
  ///
  /// - Precondition: 0 <= layer < topology.layers.count.
  /// - Throws: `NablaError.mismatch` for another number of values, `NablaError.notFinite` naming the first NaN
  ///   or infinity; the network is unchanged then.
  public func setWeights(_ values: [Float], layer: Int) throws(NablaError) {
    let shape = topology.layers[layer]
    guard values.count == shape.outputs * shape.inputs else {
      throw .mismatch(
        "layer \(layer) weights: expected \(shape.outputs) x \(shape.inputs) values, found \(values.count)")
    }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(
        "layer \(layer) weight [\(index / shape.inputs), \(index % shape.inputs)]: expected a finite number, "
          + "found \(values[index])")
    }
    values.withUnsafeBufferPointer {
      Kernels.pack($0.baseAddress!, outputs: shape.outputs, inputs: shape.inputs, into: panels(layer))
    }
  }

  /// Replaces b^l [outputs].
  ///
  /// - Throws: as `setWeights(_:layer:)`.
  public func setBiases(_ values: [Float], layer: Int) throws(NablaError) {
    let shape = topology.layers[layer]
    guard values.count == shape.outputs else {
      throw .mismatch("layer \(layer) biases: expected \(shape.outputs) values, found \(values.count)")
    }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite("layer \(layer) bias [\(index)]: expected a finite number, found \(values[index])")
    }
    biasPointer(layer).update(from: values, count: values.count)
  }

  /// Calls `body` with the bytes of every parameter in the order of the model file: for each layer w^l, row-major
  /// [outputs, inputs], then b^l; little-endian floats. What the parameter hash is taken over.
  public func withParameterBytes<Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    for index in topology.layers.indices {
      for values in [weights(layer: index), biases(layer: index)] {
        try values.withUnsafeBufferPointer { buffer throws(Failure) in
          try body(UnsafeRawBufferPointer(buffer))
        }
      }
    }
  }

  // MARK: Parameters as the kernels read them

  /// The panels of layer `index`.
  func panels(_ index: Int) -> UnsafeMutablePointer<Float> {
    parameters.pointer + topology.layers[index].weightsOffset
  }

  /// The biases of layer `index`, padded with zeros to whole panels.
  func biasPointer(_ index: Int) -> UnsafeMutablePointer<Float> {
    parameters.pointer + topology.layers[index].biasesOffset
  }

  func setWeight(_ value: Float, layer: Int, output: Int, input: Int) {
    let shape = topology.layers[layer]
    let panel = output / panelWidth * shape.inputs * panelWidth
    panels(layer)[panel + input * panelWidth + output % panelWidth] = value + 0  // -0 becomes +0
  }

  func setBias(_ value: Float, layer: Int, output: Int) { biasPointer(layer)[output] = value + 0 }

  /// Σ w² over the weights (not the biases), in double, and whether every parameter is finite. Turns each -0
  /// into +0: skipping a zero input can change nothing but the sign of a zero, and here it ends.
  package func inspectParameters() -> (sumOfSquaredWeights: Double, allFinite: Bool) {
    for index in 0..<parameters.count { parameters.pointer[index] += 0 }
    var sum = 0.0
    var allFinite = true
    for (index, layer) in topology.layers.enumerated() {
      let weights = Kernels.sumOfSquares(panels(index), count: layer.paddedOutputs * layer.inputs)
      let biases = Kernels.sumOfSquares(biasPointer(index), count: layer.outputs)
      sum += weights.sum
      allFinite = allFinite && weights.allFinite && biases.allFinite
    }
    return (sum, allFinite)
  }
}
