/// Backpropagation of one mini-batch in the book's five steps, on memory that is allocated once.
///
/// | step | equation | shapes, m samples a mini-batch |
/// |---|---|---|
/// | 1 input | a^1 = x | [m, sizes[0]] |
/// | 2 feedforward | z^l = w^l a^(l-1) + b^l, a^l = σ(z^l) | w [out, in], a [m, out] |
/// | 3 output error (BP1) | δ^L = ∇aC ⊙ σ′(z^L) | [m, sizes.last] |
/// | 4 backpropagated error (BP2) | δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ′(z^l) | [m, out] |
/// | 5 output (BP3, BP4) | ∂C/∂b^l = δ^l, ∂C/∂w^l = δ^l (a^(l-1))ᵀ | as b^l, as w^l |
///
/// Members of a team share a step in one of two ways. Steps 1, 3, 4 and the later layers of step 2 take `rows`,
/// samples that one member follows through the network alone. The first layer of step 2, and step 5, take the
/// `member`: it owns panels of neurons, computes them for all samples and updates their weights, so that the
/// largest matrix never moves between cores. Where one meets the other stands a barrier, in the caller.
///
/// Source: Nielsen, "Neural Networks and Deep Learning", chapter 2.
struct Backpropagation: BitwiseCopyable {
  /// The layers with parameters, first to last.
  let layers: UnsafePointer<DenseLayer>
  let layerCount: Int
  let cost: Cost
  /// a^1 [m, inputStride], pixels as 0 ... 1; nil where the first layer reads rows without zeros where they lie.
  let input: UnsafeMutablePointer<Float>?
  let inputStride: Int
  /// y [m, padded outputs]: 1 for the right class, else 0.
  let target: UnsafeMutablePointer<Float>

  var output: DenseLayer { layers[layerCount - 1] }

  /// Step 1: the pictures of `batch` become a^1 and y.
  func setInput(_ batch: MiniBatch, rows: Range<Int>) {
    let classes = output.paddedOutputs
    for s in rows {
      let index = batch.image(s)
      if let input { batch.data.copyInput(index, to: input + s * inputStride) }
      (target + s * classes).update(repeating: 0, count: classes)
      target[s * classes + Int(batch.data.labels[index])] = 1
    }
  }

  /// Step 2, the first layer: all samples, the member's neurons.
  func feedforwardFirst(_ batch: MiniBatch, _ member: TeamMember?) {
    if input == nil, let rows = batch.data.rows {
      layers[0].feedforward(rows, batch.indices, samples: batch.count, member)
    } else {
      layers[0].feedforward(samples: batch.count, member)
    }
  }

  /// Step 2, the other layers.
  func feedforwardRest(rows: Range<Int>) {
    for l in 1..<max(layerCount, 1) {
      layers[l].from(row: rows.lowerBound).feedforward(samples: rows.count, nil)
    }
  }

  /// Step 3, BP1: the error of the output layer.
  func outputError(rows: Range<Int>) {
    output.from(row: rows.lowerBound).outputError(
      cost, target: target + rows.lowerBound * output.paddedOutputs, samples: rows.count, nil)
  }

  /// Step 4, BP2: the error of every layer before, last to first.
  func backpropagateError(rows: Range<Int>) {
    for l in stride(from: layerCount - 1, to: 0, by: -1) {
      let before = layers[l - 1].from(row: rows.lowerBound)
      layers[l].from(row: rows.lowerBound).backpropagateError(to: before, samples: rows.count, nil)
    }
  }

  /// Steps 2 (but for the first layer) to 4 with every layer's neurons shared by the team, for mini-batches with
  /// too few samples to go round. Ends with all members having finished.
  func propagateByNeurons(samples m: Int, _ member: TeamMember) {
    for l in 1..<max(layerCount, 1) {
      layers[l].feedforward(samples: m, member)
      member.barrier()
    }
    output.outputError(cost, target: target, samples: m, member)
    member.barrier()
    for l in stride(from: layerCount - 1, to: 0, by: -1) {
      layers[l].backpropagateError(to: layers[l - 1], samples: m, member)
      member.barrier()
    }
  }

  /// Step 5, BP3 and BP4: Σ over the samples of ∂C/∂w and ∂C/∂b, laid out like the network's arena.
  func gradient(into arena: UnsafeMutablePointer<Float>, topology: Topology, samples m: Int) {
    for (l, shape) in topology.layers.enumerated() {
      layers[l].gradient(samples: m, weights: arena + shape.weightsOffset, biases: arena + shape.biasesOffset)
    }
  }

  /// Step 5 and the step of gradient descent in one: w ← decay w - η/m Σ ∂C/∂w, b ← b - η/m Σ ∂C/∂b.
  ///
  /// The sum is never stored: each sample's term goes straight to the parameter, in the mini-batch's order.
  func descend(_ batch: MiniBatch, scale: Float, decay: Float, _ member: TeamMember?) {
    if input == nil, let rows = batch.data.rows {
      layers[0].step(rows, batch, scale: scale, decay: decay, member)
    } else {
      layers[0].step(scale: scale, decay: decay, samples: batch.count, member)
    }
    for l in 1..<max(layerCount, 1) {
      layers[l].step(scale: scale, decay: decay, samples: batch.count, member)
    }
  }
}

/// Which pictures a mini-batch consists of.
struct MiniBatch: BitwiseCopyable {
  let data: DatasetView
  /// The place of each sample in the data set, in the mini-batch's order; nil for its first samples in their order.
  let indices: UnsafePointer<UInt32>?
  let count: Int
  /// How many samples follow in `indices`: the next mini-batches.
  var following = 0

  /// The place of sample `s` in the data set.
  @inline(__always)
  func image(_ s: Int) -> Int { indices.map { Int($0[s]) } ?? s }
}
