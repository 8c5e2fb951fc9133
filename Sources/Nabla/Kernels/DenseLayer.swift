import CKernels

/// The activation of every layer. A second one becomes a property of `Topology.Layer` and of `DenseLayer`.
let layerActivation = NABLA_SIGMOID

extension Cost {
  fileprivate var kernelValue: nabla_cost {
    switch self {
    case .quadratic: NABLA_QUADRATIC
    case .crossEntropy: NABLA_CROSS_ENTROPY
    }
  }
}

/// One layer of a mini-batch under way: the network's parameters and the layer's place in a workspace.
///
/// Shapes, for m samples: x = a^(l-1) [m, inputs], z and a = a^l [m, outputs], delta = δ^l [m, outputs]; rows of
/// a and delta are padded with zeros to whole panels. w^l is [outputs, inputs] in panels, b^l [outputs].
/// Every function does the member's share of the work and returns; whoever reads the result waits at a barrier.
struct DenseLayer: BitwiseCopyable {
  let inputs: Int
  let outputs: Int
  let paddedOutputs: Int
  let panels: UnsafeMutablePointer<Float>
  let biases: UnsafeMutablePointer<Float>
  let x: UnsafeMutablePointer<Float>
  let xStride: Int
  let a: UnsafeMutablePointer<Float>
  let delta: UnsafeMutablePointer<Float>

  /// This layer as samples from `row` on see it.
  @inline(__always)
  func from(row: Int) -> DenseLayer {
    DenseLayer(
      inputs: inputs, outputs: outputs, paddedOutputs: paddedOutputs, panels: panels, biases: biases,
      x: x + row * xStride, xStride: xStride, a: a + row * paddedOutputs, delta: delta + row * paddedOutputs)
  }

  /// a = σ(x wᵀ + b).
  @inline(__always)
  func feedforward(samples m: Int, _ member: TeamMember?) {
    Kernels.check(
      nabla_dense_forward_f32(
        layerActivation, m, outputs, inputs, x, xStride, panels, biases, a, paddedOutputs, member?.pointer))
  }

  /// z = x wᵀ + b, written to `z` [m, paddedOutputs].
  func weightedInput(samples m: Int, into z: UnsafeMutablePointer<Float>) {
    Kernels.check(
      nabla_dense_forward_f32(
        NABLA_IDENTITY, m, outputs, inputs, x, xStride, panels, biases, z, paddedOutputs, nil))
  }

  /// δ = ∇aC ⊙ σ′(z), for the output layer; `target` is y [m, paddedOutputs].
  @inline(__always)
  func outputError(_ cost: Cost, target: UnsafePointer<Float>, samples m: Int, _ member: TeamMember?) {
    Kernels.check(
      nabla_output_error_f32(
        cost.kernelValue, m, outputs, a, paddedOutputs, target,
        paddedOutputs, delta, paddedOutputs, member?.pointer))
  }

  /// δ of the layer `before` from δ of this one: (δ w) ⊙ σ′(z^(l-1)).
  @inline(__always)
  func backpropagateError(to before: DenseLayer, samples m: Int, _ member: TeamMember?) {
    Kernels.check(
      nabla_dense_backward_f32(
        layerActivation, m, outputs, inputs, delta, paddedOutputs, panels, before.a, before.paddedOutputs,
        before.delta, before.paddedOutputs, member?.pointer))
  }

  /// w = decay w + scale δᵀ x and b = b + scale Σ δ, in place.
  @inline(__always)
  func step(scale: Float, decay: Float, samples m: Int, _ member: TeamMember?) {
    Kernels.check(
      nabla_dense_update_f32(
        m, outputs, inputs, scale, delta, paddedOutputs, x, xStride, decay, panels, biases, member?.pointer))
  }

  /// Σ ∂C/∂w = δᵀ x and Σ ∂C/∂b = Σ δ over the samples, into memory laid out like this layer's parameters.
  func gradient(
    samples m: Int, weights: UnsafeMutablePointer<Float>, biases: UnsafeMutablePointer<Float>
  ) {
    Kernels.check(
      nabla_dense_update_f32(
        m, outputs, inputs, 1, delta, paddedOutputs, x, xStride, 0, weights, biases, nil))
  }
}
