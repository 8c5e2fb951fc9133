/// ∂C/∂w and ∂C/∂b of every layer, summed over the samples they were computed from.
public struct Gradient: Sendable {
  /// For each layer with parameters ∂C/∂w^l, row-major [outputs, inputs].
  public let weights: [[Float]]
  /// For each layer with parameters ∂C/∂b^l [outputs].
  public let biases: [[Float]]
}

/// One sample's way through backpropagation, every quantity kept; the book's numbering from l = 1, the input.
public struct BackpropagationTrace: Sendable {
  /// a^1 (the input, 0 ... 1) to a^L (the confidences).
  public let activations: [[Float]]
  /// z^2 to z^L: `weightedInputs[0]` belongs to the first layer with parameters.
  public let weightedInputs: [[Float]]
  /// δ^2 to δ^L, laid out as `weightedInputs`.
  public let errors: [[Float]]
  /// The gradient of this sample's cost.
  public let gradient: Gradient
  /// C for this sample.
  public let cost: Double
}

extension Network {
  /// Returns Σ ∂C/∂w and Σ ∂C/∂b over all samples of `data`, summed in their order, without changing the network.
  ///
  /// The gradient is of the cost alone, without regularization.
  ///
  /// - Throws: `NablaError.mismatch` when the data does not fit the network, `NablaError.outOfMemory`.
  /// - Complexity: memory grows with the samples: this is for checks and small sets, training never stores it.
  public func gradient(of data: Dataset) throws(NablaError) -> Gradient {
    let data = try fitting(data)
    let workspace = try Workspace(network: self, capacity: data.count)
    return try gradient(of: data, in: workspace)
  }

  /// Returns every quantity of backpropagation for one picture.
  ///
  /// Shapes: `image` [inputs], 0 ... 255; `label` is the class it shows.
  ///
  /// - Throws: as `gradient(of:)`.
  public func backpropagate(image: [UInt8], label: Int) throws(NablaError) -> BackpropagationTrace {
    guard label >= 0, label < topology.outputSize else {
      throw .mismatch("label: expected a class of 0 ... \(topology.outputSize - 1), found \(label)")
    }
    guard label < 256 else { throw .mismatch("label: expected a class of 0 ... 255, found \(label)") }
    let data = try fitting(
      Dataset(
        images: image, labels: [UInt8(label)], imageShape: .init(rows: 1, columns: max(image.count, 1))))
    let workspace = try Workspace(network: self, capacity: 1)
    let gradient = try gradient(of: data, in: workspace)
    let pass = workspace.passes[0]
    func row(_ pointer: UnsafePointer<Float>, _ count: Int) -> [Float] {
      Array(UnsafeBufferPointer(start: pointer, count: count))
    }
    var activations = [row(pass.input!, topology.inputSize)]
    var weightedInputs: [[Float]] = []
    var errors: [[Float]] = []
    for l in 0..<pass.layerCount {
      let layer = pass.layers[l]
      let z = try AlignedBuffer<Float>(count: layer.paddedOutputs)
      layer.weightedInput(samples: 1, into: z.pointer)
      weightedInputs.append(row(z.pointer, layer.outputs))
      activations.append(row(layer.a, layer.outputs))
      errors.append(row(layer.delta, layer.outputs))
    }
    var sum = CostSum(cost)
    sum.add(workspace.output, count: topology.outputSize, label: label)
    return BackpropagationTrace(
      activations: activations, weightedInputs: weightedInputs, errors: errors, gradient: gradient,
      cost: sum.total)
  }

  private func gradient(of data: Dataset, in workspace: Workspace) throws(NablaError) -> Gradient {
    let pass = workspace.passes[0]
    let samples = data.count
    let sums = try Network(zero: topology, cost: cost)
    data.withView { view in
      workspace.feedforward(MiniBatch(data: view, indices: nil, count: samples))
      pass.outputError(rows: 0..<samples)
      pass.backpropagateError(rows: 0..<samples)
      pass.gradient(into: sums.parameters.pointer, topology: topology, samples: samples)
    }
    return withExtendedLifetime(workspace) {
      Gradient(
        weights: topology.layers.indices.map { sums.weights(layer: $0) },
        biases: topology.layers.indices.map { sums.biases(layer: $0) })
    }
  }

  /// Returns `data` with as many classes as this network has outputs.
  ///
  /// - Throws: `NablaError.mismatch` when pictures or labels do not fit.
  func fitting(_ data: Dataset) throws(NablaError) -> Dataset {
    guard data.inputSize == topology.inputSize else {
      throw .mismatch(
        "expected pictures of \(topology.inputSize) pixels for the network \(topology), "
          + "found \(data.imageShape.rows) x \(data.imageShape.columns) = \(data.inputSize)")
    }
    return try data.withClassCount(topology.outputSize)
  }
}
