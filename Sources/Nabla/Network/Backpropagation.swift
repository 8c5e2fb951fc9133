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
/// The members of a team call every step together; each step ends with all of them having finished it.
///
/// Source: Nielsen, "Neural Networks and Deep Learning", chapter 2.
struct Backpropagation: BitwiseCopyable {
  /// The layers with parameters, first to last.
  let layers: UnsafePointer<DenseLayer>
  let layerCount: Int
  let cost: Cost
  /// a^1 [m, inputStride], pixels as 0 ... 1.
  let input: UnsafeMutablePointer<Float>
  let inputSize: Int
  let inputStride: Int
  /// y [m, padded outputs]: 1 for the right class, else 0.
  let target: UnsafeMutablePointer<Float>

  private var output: DenseLayer { layers[layerCount - 1] }

  /// Step 1: the pictures `indices` of `data` become a^1 and y.
  func setInput(_ data: DatasetView, indices: UnsafePointer<UInt32>, samples m: Int, _ member: TeamMember?) {
    let classes = output.paddedOutputs
    for s in member?.share(of: m) ?? 0..<m {
      let index = Int(indices[s])
      Kernels.pixels(data.images + index * inputSize, count: inputSize, into: input + s * inputStride)
      (target + s * classes).update(repeating: 0, count: classes)
      target[s * classes + Int(data.labels[index])] = 1
    }
    member?.barrier()
  }

  /// Step 2: every layer's activations, first to last.
  func feedforward(samples m: Int, _ member: TeamMember?) {
    for l in 0..<layerCount {
      layers[l].feedforward(samples: m, member)
      member?.barrier()
    }
  }

  /// Step 3, BP1: the error of the output layer.
  func outputError(samples m: Int, _ member: TeamMember?) {
    output.outputError(cost, target: target, samples: m, member)
    member?.barrier()
  }

  /// Step 4, BP2: the error of every layer before, last to first.
  func backpropagateError(samples m: Int, _ member: TeamMember?) {
    for l in stride(from: layerCount - 1, to: 0, by: -1) {
      layers[l].backpropagateError(to: layers[l - 1], samples: m, member)
      member?.barrier()
    }
  }

  /// Step 5, BP3 and BP4: Σ over the samples of ∂C/∂w and ∂C/∂b, laid out like the network's arena.
  func gradient(
    into arena: UnsafeMutablePointer<Float>, topology: Topology, samples m: Int, _ member: TeamMember?
  ) {
    for (l, shape) in topology.layers.enumerated() {
      layers[l].gradient(
        samples: m, weights: arena + shape.weightsOffset, biases: arena + shape.biasesOffset, member)
    }
    member?.barrier()
  }

  /// Step 5 and the step of gradient descent in one: w ← decay w - η/m Σ ∂C/∂w, b ← b - η/m Σ ∂C/∂b.
  ///
  /// The sum is never stored: each sample's term goes straight to the parameter, in the mini-batch's order.
  func descend(scale: Float, decay: Float, samples m: Int, _ member: TeamMember?) {
    for l in 0..<layerCount { layers[l].step(scale: scale, decay: decay, samples: m, member) }
    member?.barrier()
  }
}
