/// ∂C/∂w and ∂C/∂b of every layer, summed over the samples they were computed from.
public struct Gradient: Sendable {
  /// For each layer with parameters ∂C/∂w^l, row-major [outputs, inputs].
  public let weights: [[Float]]
  /// For each layer with parameters ∂C/∂b^l [outputs].
  public let biases: [[Float]]
}

/// One sample's way through backpropagation, every quantity kept; the book's numbering from l = 1, the input.
public struct BackpropagationTrace: Sendable {
  /// a^1 (the input; of a picture 0 ... 1) to a^L (the confidences).
  public let activations: [[Float]]
  /// y as the network learns it [outputs]: 1 for the right class, else 0; real targets scaled.
  public let target: [Float]
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
  /// The gradient is of the cost alone, without regularization and dropout.
  ///
  /// - Parameter threads: nil takes one for each core; never changes a bit.
  /// - Throws: `NablaError.mismatch` if the data does not fit the network, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  public func gradient(of data: Dataset, threads: Int? = nil) throws(NablaError) -> Gradient {
    if let threads { try Team.validate(members: threads) }
    let data = try fitting(data)
    let workspace = try Workspace(
      network: self, capacity: min(data.count, gradientChunk), Workspace.Purpose(isSparse: data.isSparse))
    return try gradient(of: data, in: workspace, threads: threads ?? Team.coreCount)
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
    return try trace(
      Dataset(
        images: image, labels: [UInt8(label)], imageShape: .init(rows: 1, columns: max(image.count, 1))))
  }

  /// Returns every quantity of backpropagation for sample `index` of `data`: a picture, or a row of a table as it is
  /// encoded for this network.
  ///
  /// - Precondition: 0 <= index < data.count.
  /// - Throws: as `gradient(of:)`.
  public func backpropagate(sample index: Int, of data: Dataset) throws(NablaError) -> BackpropagationTrace {
    guard data.isTable else {
      return try backpropagate(image: data.image(at: index), label: data.label(at: index))
    }
    return try trace(data[index..<index + 1])
  }

  /// - Parameter sample: one sample, stored dense.
  private func trace(_ sample: Dataset) throws(NablaError) -> BackpropagationTrace {
    let data = try fitting(sample)
    let workspace = try Workspace(network: self, capacity: 1, Workspace.Purpose(isSparse: false))
    let gradient = try gradient(of: data, in: workspace, threads: 1)
    let pass = workspace.pass
    func row(_ pointer: UnsafePointer<Float>, _ count: Int) -> [Float] {
      Array(UnsafeBufferPointer(start: pointer, count: count))
    }
    var activations = [row(pass.x!, topology.inputSize)]
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
    let target: [Float]
    let cost: Double
    if case .values(let values) = data.encoding.target {
      // As the kernels scale them, in float.
      target = zip(values, data.values(at: 0)).map { ($1 - $0.offset) * $0.factor }
      cost = zip(row(workspace.output, topology.outputSize), target).reduce(0) {
        let difference = Double($1.0) - Double($1.1)
        return $0 + 0.5 * difference * difference
      }
    } else {
      let label = data.label(at: 0)
      target = (0..<topology.outputSize).map { $0 == label ? 1 : 0 }
      var sum = CostSum(self.cost)
      sum.add(workspace.output, count: topology.outputSize, label: label)
      cost = sum.total
    }
    return withExtendedLifetime(workspace) {
      BackpropagationTrace(
        activations: activations, target: target, weightedInputs: weightedInputs, errors: errors,
        gradient: gradient, cost: cost)
    }
  }

  /// The gradient over `data`, as many samples at once as the workspace holds; the next part continues the chain of
  /// each sum.
  private func gradient(
    of data: Dataset, in workspace: Workspace, threads: Int
  ) throws(NablaError) -> Gradient {
    let sums = try AlignedBuffer<Float>(count: layout.count)
    let count = data.count
    let chunk = workspace.capacity
    data.withView { view in
      nonisolated(unsafe) let (view, pass, arena) = (view, workspace.pass, sums.pointer)
      let layers = layout.layers
      Team.run(members: threads) { member in
        for start in stride(from: 0, to: count, by: chunk) {
          let batch = view.batch(from: start, count: min(chunk, count - start))
          let rows = member.share(of: batch.count)
          pass.setInput(batch, rows: rows)
          member.barrier()
          pass.feedforwardFirst(batch, member)
          member.barrier()
          pass.feedforwardRest(rows: rows)
          pass.outputError(batch, rows: rows)
          pass.backpropagateError(rows: rows)
          member.barrier()
          pass.gradient(into: arena, layout: layers, batch, startsAtZero: start == 0, member)
          member.barrier()
        }
      }
    }
    return withExtendedLifetime(workspace) {
      Gradient(
        weights: layout.layers.indices.map { layout.weights(layer: $0, of: sums.pointer) },
        biases: layout.layers.indices.map { layout.biases(layer: $0, of: sums.pointer) })
    }
  }
}

/// Samples whose activations and errors are kept at once.
private let gradientChunk = 256
