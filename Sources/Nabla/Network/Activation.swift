/// The function f of a layer: a = f(z). The raw value is the word people type.
public enum Activation: String, CaseIterable, Sendable, BitwiseCopyable {
  /// a = 1 / (1 + e^-z), the book's σ: from 0 to 1.
  case sigmoid
  /// a = tanh z: from -1 to 1.
  case tanh
  /// a = max(z, 0), the rectified linear unit.
  case relu
  /// a_j = e^(z_j) / Σ e^(z_i): the outputs are a probability distribution. For the output layer only.
  case softmax
  /// a = z. For the output layer only.
  case identity

  /// Those a hidden layer can have.
  public static let hidden: [Activation] = [.sigmoid, .tanh, .relu]
  /// Those an output layer can have.
  public static let output: [Activation] = [.sigmoid, .softmax, .tanh, .identity]

  /// Why a hidden layer cannot have it; nil if it can.
  var reasonAgainstHidden: String? {
    switch self {
    case .sigmoid, .tanh, .relu: nil
    case .softmax: "softmax makes the neurons of a layer compete for a sum of 1, which is for outputs"
    case .identity: "layers without a nonlinearity between them are one layer"
    }
  }

  /// Why an output layer cannot have it; nil if it can.
  var reasonAgainstOutput: String? {
    self == .relu ? "a ReLU output that is 0 has no gradient, so a wrong answer may never be corrected" : nil
  }

  /// f′(z) as a function of a = f(z), in the neuron's own z; for softmax ∂a_j/∂z_j = a (1 - a).
  func derivative(activation a: Float) -> Float {
    switch self {
    case .sigmoid, .softmax: a * (1 - a)
    case .tanh: 1 - a * a
    case .relu: a > 0 ? 1 : 0
    case .identity: 1
    }
  }
}
