import CKernels

/// What one mini-batch does to all parameters, as the kernels take it.
enum Step: BitwiseCopyable {
  /// w ← decay w + scale Σ ∂C/∂w, b ← b + scale Σ ∂C/∂b, without a sum being stored: each sample's term goes
  /// straight to the parameter.
  case fused(scale: Float, decay: Float)
  /// The gradient of each parameter is summed from +0 in registers, and the rule applied to it at once.
  case rule(RuleStep)
}

/// One step of an update rule, every factor rounded to Float.
struct RuleStep: BitwiseCopyable {
  /// Which equations: those of `nabla_rule_kind`.
  enum Kind: BitwiseCopyable {
    case sgd, momentum, nesterov, adam
  }

  fileprivate(set) var value: nabla_rule

  /// - Parameters:
  ///   - rate: the step length; for Adam with the corrections of the bias in it.
  ///   - mean: 1/m: the sum over the samples times this is the gradient.
  ///   - keep: what remains of state 1 and state 2 (μ or β1, and β2).
  ///   - take: Adam's 1 - β1 and 1 - β2.
  ///   - epsilon: Adam's ε, corrected as the rate is.
  ///   - l2: λ/n, added to the gradient times w; not for biases.
  ///   - l1: λ1/n, added to the gradient with the sign of w; not for biases.
  ///   - decay: the factor of w before the step; not for biases.
  init(
    _ kind: Kind, rate: Float, mean: Float, keep: (Float, Float) = (0, 0), take: (Float, Float) = (0, 0),
    epsilon: Float = 0, l2: Float, l1: Float, decay: Float = 1
  ) {
    value = nabla_rule(
      kind: kind.kernelValue, rate: rate, mean: mean, keep1: keep.0, take1: take.0, keep2: keep.1,
      take2: take.1, epsilon: epsilon, l2: l2, l1: l1, decay: decay)
  }
}

extension RuleStep.Kind {
  fileprivate var kernelValue: nabla_rule_kind {
    switch self {
    case .sgd: NABLA_RULE_SGD
    case .momentum: NABLA_RULE_MOMENTUM
    case .nesterov: NABLA_RULE_NESTEROV
    case .adam: NABLA_RULE_ADAM
    }
  }
}
