import CKernels

/// One layer of a mini-batch under way: the network's parameters and the layer's place in a workspace.
///
/// Shapes, for m samples: x = a^(l-1) [m, inputs], z and a = a^l [m, outputs], delta = δ^l [m, outputs]; rows of
/// a and delta are padded with zeros to whole panels. w^l is [outputs, inputs] in panels, b^l [outputs].
/// Every function does the member's share of the work and returns; a barrier must come before the result is read.
struct DenseLayer: BitwiseCopyable {
  let inputs: Int
  private(set) var outputs: Int
  let paddedOutputs: Int
  /// f, but for softmax, whose layer pass ends with z: softmax is of a whole row and follows as a stage of its own.
  let activation: nabla_activation
  private(set) var panels: UnsafeMutablePointer<Float>
  private(set) var biases: UnsafeMutablePointer<Float>
  /// Parameters and rule state as an update rule takes them.
  private(set) var updated: UnsafePointer<UpdatedLayer>
  /// What the layer reads, unless it is the first one.
  private(set) var x: UnsafeMutablePointer<Float>
  let xStride: Int
  private(set) var a: UnsafeMutablePointer<Float>
  private(set) var delta: UnsafeMutablePointer<Float>

  init(
    shape: ParameterLayout.Layer, activation: Activation, panels: UnsafeMutablePointer<Float>,
    biases: UnsafeMutablePointer<Float>, updated: UnsafePointer<UpdatedLayer>,
    x: UnsafeMutablePointer<Float>, xStride: Int, a: UnsafeMutablePointer<Float>,
    delta: UnsafeMutablePointer<Float>
  ) {
    (inputs, outputs, paddedOutputs) = (shape.inputs, shape.outputs, shape.paddedOutputs)
    self.activation = activation.layerKernelValue
    (self.panels, self.biases, self.updated) = (panels, biases, updated)
    (self.x, self.xStride, self.a, self.delta) = (x, xStride, a, delta)
  }

  /// What a layer after the first one reads.
  var input: Input { .dense(x, stride: xStride) }

  /// This layer as samples from `row` on see it.
  @inline(__always)
  func from(row: Int) -> DenseLayer {
    var layer = self
    layer.x += row * xStride
    layer.a += row * paddedOutputs
    layer.delta += row * paddedOutputs
    return layer
  }

  /// The panels `own` of this layer as a layer of their own, for its forward pass and update; it writes and reads
  /// their columns of a and δ.
  ///
  /// - Parameters:
  ///   - outputs: neurons in these panels.
  ///   - updated: the place of these panels.
  func taking(_ own: Range<Int>, outputs: Int, updated: UnsafePointer<UpdatedLayer>) -> DenseLayer {
    var layer = self
    let first = own.lowerBound * panelWidth
    (layer.outputs, layer.updated) = (outputs, updated)
    layer.panels += first * inputs
    layer.biases += first
    layer.a += first
    layer.delta += first
    return layer
  }

  /// a = f(x wᵀ + b).
  @inline(__always)
  func feedforward(_ input: Input, samples m: Int, _ member: TeamMember?) {
    switch input {
    case .dense(let x, let stride):
      Kernels.check(
        nabla_dense_forward_f32(
          activation, m, outputs, inputs, x, stride, panels, biases, a, paddedOutputs, member?.pointer))
    case .sparse(let batch):
      withUnsafePointer(to: batch.value) {
        Kernels.check(
          nabla_sparse_forward_f32(
            activation, $0, outputs, inputs, panels, biases, a, paddedOutputs, member?.pointer))
      }
    }
  }

  /// a = softmax(a), row by row.
  @inline(__always)
  func softmax(samples m: Int, _ member: TeamMember?) {
    Kernels.check(nabla_softmax_f32(m, outputs, a, paddedOutputs, a, paddedOutputs, member?.pointer))
  }

  /// z = x wᵀ + b, written to `z` [m, paddedOutputs].
  func weightedInput(samples m: Int, into z: UnsafeMutablePointer<Float>) {
    Kernels.check(
      nabla_dense_forward_f32(
        NABLA_IDENTITY, m, outputs, inputs, x, xStride, panels, biases, z, paddedOutputs, nil))
  }

  /// δ = ∇aC ⊙ f′(z), for the output layer; `target` is y [m, paddedOutputs].
  @inline(__always)
  func outputError(
    _ cost: Cost, _ activation: Activation, target: UnsafePointer<Float>, samples m: Int,
    _ member: TeamMember?
  ) {
    Kernels.check(
      nabla_output_error_f32(
        cost.kernelValue, activation.kernelValue, m, outputs, a, paddedOutputs, target,
        paddedOutputs, delta, paddedOutputs, member?.pointer))
  }

  /// δ of the layer `before` from δ of this one: (δ w) ⊙ f′(z^(l-1)).
  @inline(__always)
  func backpropagateError(to before: DenseLayer, samples m: Int, _ member: TeamMember?) {
    Kernels.check(
      nabla_dense_backward_f32(
        before.activation, m, outputs, inputs, delta, paddedOutputs, panels, before.a, before.paddedOutputs,
        before.delta, before.paddedOutputs, member?.pointer))
  }

  /// Changes this layer's parameters by one step.
  @inline(__always)
  func descend(_ step: Step, _ input: Input, samples m: Int, _ member: TeamMember?) {
    switch step {
    case .fused(let scale, let decay):
      accumulate(input, samples: m, scale: scale, decay: decay, weights: panels, biases: biases, member)
    case .rule(let rule): apply(rule, input, samples: m, member)
    }
  }

  /// w = decay w + scale δᵀ x and b = b + scale Σ δ, in place; decay 0 starts both from +0.
  ///
  /// With decay 0 and scale 1 that is the gradient Σ ∂C/∂w, Σ ∂C/∂b, for memory laid out like the parameters.
  @inline(__always)
  func accumulate(
    _ input: Input, samples m: Int, scale: Float, decay: Float, weights: UnsafeMutablePointer<Float>,
    biases: UnsafeMutablePointer<Float>, _ member: TeamMember?
  ) {
    switch input {
    case .dense(let x, let stride):
      Kernels.check(
        nabla_dense_update_f32(
          m, outputs, inputs, scale, delta, paddedOutputs, x, stride, decay, weights, biases,
          member?.pointer))
    case .sparse(let batch):
      withUnsafePointer(to: batch.value) {
        Kernels.check(
          nabla_sparse_update_f32(
            $0, outputs, inputs, scale, delta, paddedOutputs, decay, weights, biases, member?.pointer))
      }
    }
  }

  private func apply(_ rule: RuleStep, _ input: Input, samples m: Int, _ member: TeamMember?) {
    let layer = UnsafeRawPointer(updated).assumingMemoryBound(to: nabla_rule_layer.self)
    withUnsafePointer(to: rule.value) { rule in
      switch input {
      case .dense(let x, let stride):
        Kernels.check(
          nabla_dense_rule_f32(
            rule, m, outputs, inputs, delta, paddedOutputs, x, stride, layer, member?.pointer))
      case .sparse(let batch):
        withUnsafePointer(to: batch.value) {
          Kernels.check(
            nabla_sparse_rule_f32(
              rule, $0, outputs, inputs, delta, paddedOutputs, layer, member?.pointer))
        }
      }
    }
  }
}

/// What an update rule changes: a layer's parameters, and the rule's states laid out alike.
struct UpdatedLayer: BitwiseCopyable {
  private let value: nabla_rule_layer

  /// The place of `layer` in each of one to three `arenas`: parameters, state 1, state 2.
  init(_ layer: ParameterLayout.Layer, of arenas: [UnsafeMutablePointer<Float>]) {
    func places(_ offset: Int) -> (
      UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) {
      (
        arenas[0] + offset, arenas.count > 1 ? arenas[1] + offset : nil,
        arenas.count > 2 ? arenas[2] + offset : nil
      )
    }
    value = nabla_rule_layer(panels: places(layer.weightsOffset), bias: places(layer.biasesOffset))
  }
}

extension Activation {
  fileprivate var kernelValue: nabla_activation {
    switch self {
    case .sigmoid: NABLA_SIGMOID
    case .tanh: NABLA_TANH
    case .relu: NABLA_RELU
    case .softmax: NABLA_SOFTMAX
    case .identity: NABLA_IDENTITY
    }
  }

  /// What a layer pass applies of it.
  fileprivate var layerKernelValue: nabla_activation { self == .softmax ? NABLA_IDENTITY : kernelValue }
}

extension Cost {
  fileprivate var kernelValue: nabla_cost {
    switch self {
    case .quadratic: NABLA_QUADRATIC
    case .crossEntropy: NABLA_CROSS_ENTROPY
    case .logLikelihood: NABLA_LOG_LIKELIHOOD
    }
  }
}
