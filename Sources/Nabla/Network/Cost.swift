/// The cost C that training makes small, for outputs a and targets y (1 for the right digit, else 0).
public enum Cost: String, CaseIterable, Sendable, BitwiseCopyable {
  /// C = 1/2 |a - y|^2, the book's chapter 1. δ^L = (a - y) ⊙ σ′(z).
  case quadratic
  /// C = -Σ [y ln a + (1 - y) ln(1 - a)], chapter 3. σ′ cancels: δ^L = a - y, so a wrong neuron learns fast.
  case crossEntropy = "cross-entropy"
}

/// A sum of costs over samples, in double and in the order they are added.
struct CostSum {
  private let cost: Cost
  private var sum = 0.0
  private var product = 1.0

  init(_ cost: Cost) { self.cost = cost }

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
      // ln p + ln q = ln pq: one logarithm for many factors, taken before their product can underflow. An answer
      // that is wrong with full confidence counts as the smallest float instead of ln 0, so C stays a number.
      for j in 0..<count {
        let a = Double(activations[j])
        product *= max(j == label ? a : 1 - a, 0x1p-149)
        if product < 0x1p-800 {
          sum -= naturalLogarithm(product)
          product = 1
        }
      }
    }
  }
}
