/// A feed-forward network: a^l = f(w^l a^(l-1) + b^l), where f is each layer's activation.
///
/// All parameters live in one 64-byte-aligned arena, in the panels the kernels read (16 neurons a panel, input
/// after input); `weights(layer:)` gives them as the book writes them, a matrix [outputs, inputs]. Layer 0 here
/// is the first layer that has parameters, the book's l = 2.
///
/// A network is not safe to use from several threads while one of them trains it.
public final class Network {
  /// Its layers.
  public let topology: Topology
  /// The cost its errors are computed with.
  public let cost: Cost
  /// Where each layer's parameters lie in `parameters`.
  let layout: ParameterLayout
  let parameters: AlignedBuffer<Float>

  /// Creates a network with parameters drawn from `seed`.
  ///
  /// - Throws: `NablaError.invalidSetting` if the cost does not go with the output activation,
  ///   `NablaError.outOfMemory`.
  public convenience init(
    topology: Topology, cost: Cost = .quadratic, initialization: Initialization = .normalized, seed: UInt64
  ) throws(NablaError) {
    try self.init(zero: topology, cost: cost)
    initialization.fill(self, seed: seed)
  }

  /// Creates a network whose parameters are all zero, to be filled by `setWeights` and `setBiases`.
  ///
  /// - Throws: as `init(topology:cost:initialization:seed:)`.
  public init(zero topology: Topology, cost: Cost = .quadratic) throws(NablaError) {
    try cost.check(outputActivation: topology.outputActivation)
    self.topology = topology
    self.cost = cost
    layout = try ParameterLayout(topology)
    parameters = try AlignedBuffer(count: layout.count)
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
    layout.weights(layer: layer, of: parameters.pointer)
  }

  /// Returns b^l [outputs].
  ///
  /// - Precondition: 0 <= layer < topology.layers.count.
  public func biases(layer: Int) -> [Float] {
    layout.biases(layer: layer, of: parameters.pointer)
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
    parameters.pointer + layout.layers[index].weightsOffset
  }

  /// The biases of layer `index`, padded with zeros to whole panels.
  func biasPointer(_ index: Int) -> UnsafeMutablePointer<Float> {
    parameters.pointer + layout.layers[index].biasesOffset
  }

  /// Replaces all parameters by those of an arena of the same layout.
  func setArena(_ values: [Float]) {
    precondition(values.count == parameters.count, "an arena of another layout")
    parameters.pointer.update(from: values, count: values.count)
  }

  func setWeight(_ value: Float, layer: Int, output: Int, input: Int) {
    let offset = layout.weightOffset(layer: layer, output: output, input: input)
    parameters.pointer[offset] = value + 0  // -0 becomes +0
  }

  func setBias(_ value: Float, layer: Int, output: Int) { biasPointer(layer)[output] = value + 0 }

  /// Σ w² and Σ |w| over the weights (not the biases), in double, and whether every parameter is finite.
  ///
  /// - Parameter magnitudes: false leaves Σ |w| at 0.
  func weightSums(magnitudes: Bool) -> (squares: Double, magnitudes: Double, allFinite: Bool) {
    var sums = (squares: 0.0, magnitudes: 0.0, allFinite: true)
    for (index, layer) in layout.layers.enumerated() {
      let weights = Kernels.sumOfSquares(panels(index), count: layer.weightsCount)
      let biases = Kernels.sumOfSquares(biasPointer(index), count: layer.outputs)
      sums.squares += weights.sum
      sums.allFinite = sums.allFinite && weights.allFinite && biases.allFinite
      guard magnitudes else { continue }
      for i in 0..<layer.weightsCount { sums.magnitudes += Double(panels(index)[i].magnitude) }
    }
    return sums
  }
}

/// Turns each -0 into +0. Skipping a zero input can change nothing but the sign of a zero, and here it ends.
func normalizeZeros(_ values: UnsafeMutableBufferPointer<Float>) {
  for index in values.indices { values[index] += 0 }
}
