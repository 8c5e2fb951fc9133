/// The cost C that training makes small, for outputs a and targets y (1 for the right class, else 0).
public enum Cost: String, CaseIterable, Sendable, BitwiseCopyable {
  /// C = 1/2 |a - y|^2, the book's chapter 1. δ^L = (a - y) ⊙ f′(z). Goes with every output activation.
  case quadratic
  /// C = -Σ [y ln a + (1 - y) ln(1 - a)], chapter 3, with sigmoid outputs. f′ cancels: δ^L = a - y, so a wrong
  /// neuron learns fast.
  case crossEntropy = "cross-entropy"
  /// C = -Σ y ln a = -ln a of the right class, chapter 3, with softmax outputs. f′ cancels: δ^L = a - y.
  case logLikelihood = "log-likelihood"

  /// Returns whether the output activation `activation` goes with this cost.
  public func fits(_ activation: Activation) -> Bool { reasonAgainst(activation) == nil }

  /// Why this cost does not go with an output activation; nil if it does.
  func reasonAgainst(_ activation: Activation) -> String? {
    switch (self, activation) {
    case (.quadratic, _), (.crossEntropy, .sigmoid), (.logLikelihood, .softmax): nil
    case (.crossEntropy, .softmax): "with softmax outputs the cross-entropy is called log-likelihood here"
    case (.crossEntropy, _): "cross-entropy takes each output as a probability, which sigmoid outputs are"
    case (.logLikelihood, _):
      "log-likelihood takes the outputs as one probability distribution, which softmax outputs are"
    }
  }

  /// Throws `NablaError.invalidSetting`, with the reason, if `activation` does not go with this cost.
  func check(outputActivation activation: Activation) throws(NablaError) {
    guard let reason = reasonAgainst(activation) else { return }
    let fitting = Cost.allCases.filter { $0.fits(activation) }.map(\.rawValue).joined(separator: " or ")
    throw .invalidSetting(
      name: "cost", expected: "\(fitting) for \(activation.rawValue) outputs", found: "\(rawValue): \(reason)"
    )
  }
}

/// A sum of costs over samples, in double and in the order they are added.
struct CostSum: BitwiseCopyable {
  private let cost: Cost
  /// The sum of what is not in `product`.
  private(set) var sum: Double
  /// e^-C of the latest terms: ln p + ln q = ln pq, one logarithm for many factors.
  private(set) var product: Double

  /// Starts a sum, or continues the one that had this `sum` and `product`.
  init(_ cost: Cost, sum: Double = 0, product: Double = 1) {
    self.cost = cost
    self.sum = sum
    self.product = product
  }

  /// The sum so far.
  var total: Double { sum - naturalLogarithm(product) }

  /// Adds the cost of one sample. Shapes: `activations` [count]; the target of output `label` is 1.
  mutating func add(_ activations: UnsafePointer<Float>, count: Int, label: Int) {
    switch cost {
    case .quadratic:
      var squares = 0.0
      for j in 0..<count {
        let difference = Double(activations[j]) - (j == label ? 1 : 0)
        squares += difference * difference
      }
      sum += 0.5 * squares
    case .crossEntropy:
      for j in 0..<count {
        let a = Double(activations[j])
        multiply(by: j == label ? a : 1 - a)
      }
    case .logLikelihood: multiply(by: Double(activations[label]))
    }
  }

  /// Adds the cost of one sample of class `label`, times `weight`.
  mutating func add(_ activations: UnsafePointer<Float>, count: Int, label: Int, weight: Float) {
    var own = CostSum(cost)
    own.add(activations, count: count, label: label)
    sum += Double(weight) * own.total
  }

  /// Adds the quadratic cost of one sample with real targets, times `weight`. Shapes: `activations` and `target`
  /// [count].
  mutating func add(
    _ activations: UnsafePointer<Float>, target: UnsafePointer<Float>, count: Int, weight: Float = 1
  ) {
    var squares = 0.0
    for j in 0..<count {
      let difference = Double(activations[j]) - Double(target[j])
      squares += difference * difference
    }
    sum += Double(weight) * 0.5 * squares
  }

  /// Adds -ln p. The logarithm is taken before the product can underflow. An answer that is wrong with full
  /// confidence counts as the smallest float instead of ln 0, so that C stays a number.
  private mutating func multiply(by p: Double) {
    product *= max(p, 0x1p-149)
    if product < 0x1p-800 {
      sum -= naturalLogarithm(product)
      product = 1
    }
  }
}
