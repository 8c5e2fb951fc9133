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
    let data = try fitting(
      Dataset(
        images: image, labels: [UInt8(label)], imageShape: .init(rows: 1, columns: max(image.count, 1))))
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
    var sum = CostSum(cost)
    sum.add(workspace.output, count: topology.outputSize, label: label)
    return withExtendedLifetime(workspace) {
      BackpropagationTrace(
        activations: activations, weightedInputs: weightedInputs, errors: errors, gradient: gradient,
        cost: sum.total)
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
