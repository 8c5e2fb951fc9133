/// The cost C that training makes small, for outputs a and targets y (1 for the right digit, else 0).
public enum Cost: String, CaseIterable, Sendable {
  /// C = 1/2 |a - y|^2, the book's chapter 1. δ^L = (a - y) ⊙ σ′(z).
  case quadratic
  /// C = -Σ [y ln a + (1 - y) ln(1 - a)], chapter 3. σ′ cancels: δ^L = a - y, so a wrong neuron learns fast.
  case crossEntropy = "cross-entropy"

  /// Returns the cost of one sample, in double.
  ///
  /// Shapes: activations [outputs]; `label` is the index of the output whose target is 1.
  /// As in the book's `nan_to_num`, a sample answered with full confidence costs 0 ln 0 = 0.
  package func value(activations: UnsafeBufferPointer<Float>, label: Int) -> Double {
    switch self {
    case .quadratic:
      var sum = 0.0
      for j in activations.indices {
        let difference = Double(activations[j]) - (j == label ? 1 : 0)
        sum += difference * difference
      }
      return 0.5 * sum
    case .crossEntropy:
      // One logarithm for many factors: ln Π p = Σ ln p, taken before the product can underflow.
      var sum = 0.0
      var product = 1.0
      for j in activations.indices {
        let a = Double(activations[j])
        product *= j == label ? a : 1 - a
        if product < 0x1p-500 {
          sum -= naturalLogarithm(product)
          product = 1
        }
      }
      return sum - naturalLogarithm(product)
    }
  }
}
