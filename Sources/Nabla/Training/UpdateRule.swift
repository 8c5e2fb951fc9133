/// What the gradient g of a mini-batch does to a weight w. η is the learning rate of the mini-batch; L2 and L1
/// regularization are part of g.
public enum UpdateRule: Hashable, Sendable, BitwiseCopyable {
  /// w ← w - η g: gradient descent, the book's chapter 1.
  case sgd
  /// v ← μ v - η g, w ← w + v: the book's chapter 3, equations (107) and (108).
  case momentum(Float = 0.9)
  /// v ← μ v - η g, w ← w + μ v - η g: Nesterov's accelerated gradient, w standing for the point looked ahead to.
  /// Source: Sutskever, Martens, Dahl & Hinton 2013; Bengio, Boulanger-Lewandowski & Pascanu 2013.
  case nesterov(Float = 0.9)
  /// v ← β1 v + (1 - β1) g, s ← β2 s + (1 - β2) g², w ← w - η v̂ / (√ŝ + ε), with v̂ = v / (1 - β1^t) and
  /// ŝ = s / (1 - β2^t) at step t. Source: Kingma & Ba 2015, algorithm 1, in the order of section 2's end.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)
  /// Adam, with w ← (1 - η weightDecay) w before its step. Source: Loshchilov & Hutter 2019.
  case adamw(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)

  /// Numbers the rule remembers for each parameter.
  public var stateCount: Int {
    switch self {
    case .sgd: 0
    case .momentum, .nesterov: 1
    case .adam, .adamw: 2
    }
  }

  /// The word people type.
  public var name: String { kind.rawValue }

  /// The rules without their numbers.
  public enum Kind: String, CaseIterable, Sendable {
    /// Gradient descent.
    case sgd
    /// Gradient descent with momentum.
    case momentum
    /// Nesterov's accelerated gradient.
    case nesterov
    /// Adam.
    case adam
    /// Adam with decoupled weight decay.
    case adamw

    /// The rule of this kind with the given numbers; nil takes the default. Numbers it does not have are ignored.
    ///
    /// - Parameter momentum: μ of momentum and nesterov, β1 of adam and adamw.
    public func rule(
      momentum: Float? = nil, beta2: Float? = nil, epsilon: Float? = nil, weightDecay: Float? = nil
    ) -> UpdateRule {
      let (beta1, beta2, epsilon) = (momentum ?? 0.9, beta2 ?? 0.999, epsilon ?? 1e-8)
      return switch self {
      case .sgd: .sgd
      case .momentum: .momentum(beta1)
      case .nesterov: .nesterov(beta1)
      case .adam: .adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
      case .adamw:
        .adamw(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay ?? 0.01)
      }
    }
  }

  /// Which rule it is.
  public var kind: Kind {
    switch self {
    case .sgd: .sgd
    case .momentum: .momentum
    case .nesterov: .nesterov
    case .adam: .adam
    case .adamw: .adamw
    }
  }

  /// μ of momentum and nesterov, β1 of adam and adamw; nil for sgd.
  public var momentum: Float? {
    switch self {
    case .sgd: nil
    case .momentum(let mu), .nesterov(let mu): mu
    case .adam(let beta1, _, _), .adamw(let beta1, _, _, _): beta1
    }
  }

  /// β2 of adam and adamw, else nil.
  public var beta2: Float? {
    switch self {
    case .sgd, .momentum, .nesterov: nil
    case .adam(_, let beta2, _), .adamw(_, let beta2, _, _): beta2
    }
  }

  /// ε of adam and adamw, else nil.
  public var epsilon: Float? {
    switch self {
    case .sgd, .momentum, .nesterov: nil
    case .adam(_, _, let epsilon), .adamw(_, _, let epsilon, _): epsilon
    }
  }

  /// The weight decay of adamw, else nil.
  public var weightDecay: Float? {
    if case .adamw(_, _, _, let weightDecay) = self { weightDecay } else { nil }
  }
}

/// Adam's β1^t and β2^t after t steps, by repeated multiplication in double.
struct BetaPowers: Hashable, BitwiseCopyable {
  var first = 1.0
  var second = 1.0

  /// Goes on to the next step of `rule`.
  mutating func advance(_ rule: UpdateRule) {
    switch rule {
    case .sgd, .momentum, .nesterov: break
    case .adam(let beta1, let beta2, _), .adamw(let beta1, let beta2, _, _):
      first *= Double(beta1)
      second *= Double(beta2)
    }
  }
}
