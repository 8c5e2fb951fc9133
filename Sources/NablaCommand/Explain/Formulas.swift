import Nabla

extension Activation {
  /// f and its range, with the book's equation number where it has one.
  var formula: String {
    switch self {
    case .sigmoid: "σ(z) = 1 / (1 + e^-z)   (3), from 0 to 1"
    case .tanh: "f(z) = tanh z = (e^z - e^-z) / (e^z + e^-z)   (110), from -1 to 1"
    case .relu: "f(z) = max(z, 0)   (112), from 0 up"
    case .softmax: "f(z_j) = e^(z_j) / Σ e^(z_i)   (78), from 0 to 1, together 1"
    case .identity: "f(z) = z"
    }
  }

  /// f′ by a = f(z), as the fourth step uses it.
  var slopeFormula: String {
    switch self {
    case .sigmoid: "σ′(z) = a (1 - a)"
    case .tanh: "f′(z) = 1 - a^2"
    case .relu: "f′(z) = 1 where z > 0, else 0"
    case .softmax: "∂a_j/∂z_j = a_j (1 - a_j)"
    case .identity: "f′(z) = 1"
    }
  }

  /// What f is called in an equation.
  var symbol: String { self == .sigmoid ? "σ" : "f" }
}

/// What the third step says of a cost and an output activation.
struct OutputErrorFormula {
  /// C for one picture.
  let cost: String
  /// δ^L.
  let error: String
  /// f′ as a function of a where it is a factor of δ^L, to be shown beside it; nil where it is none.
  let slope: ((Float) -> Float)?

  init(_ cost: Cost, _ activation: Activation) {
    switch cost {
    case .quadratic: self.cost = "C = 1/2 |y - a^L|^2   (27)"
    case .crossEntropy: self.cost = "C = -Σ [y ln a^L + (1 - y) ln(1 - a^L)]   (63, for one picture)"
    case .logLikelihood: self.cost = "C = -ln a^L_y   (80)"
    }
    switch (cost, activation) {
    case (.crossEntropy, _):
      (error, slope) = ("δ^L = ∇aC ⊙ σ′(z^L) = a^L - y: σ′ cancels   (BP1, 66)", nil)
    case (.logLikelihood, _):
      (error, slope) = ("δ^L = a^L - y: the derivative of softmax cancels   (BP1, 84)", nil)
    case (.quadratic, .sigmoid):
      error = "δ^L = ∇aC ⊙ σ′(z^L) = (a^L - y) ⊙ σ′(z^L)   (BP1, 30)"
      slope = { $0 * (1 - $0) }
    case (.quadratic, .tanh):
      error = "δ^L = ∇aC ⊙ f′(z^L) = (a^L - y) ⊙ (1 - a^L ⊙ a^L)   (BP1)"
      slope = { 1 - $0 * $0 }
    case (.quadratic, .softmax):
      (error, slope) = ("δ^L_j = a_j (d_j - Σ a_i d_i), d = a^L - y   (BP1)", nil)
    case (.quadratic, _):
      (error, slope) = ("δ^L = ∇aC ⊙ f′(z^L) = a^L - y, because f′ = 1   (BP1)", nil)
    }
  }
}

/// What the fifth step says of the update rule that a model was trained by.
struct UpdateFormula {
  private let configuration: TrainingConfiguration
  /// Samples in the training set; nil where the model does not tell.
  private let samples: Int?

  /// - Parameter metadata: the model's; what it does not tell has its default.
  init(_ metadata: [String: String]) {
    configuration = (try? TrainingConfiguration(metadata: metadata)) ?? TrainingConfiguration()
    samples = metadata["training_samples"].flatMap { Int($0) }
  }

  var rule: UpdateRule { configuration.rule }
  var miniBatchSize: Int { configuration.miniBatchSize }
  var learningRate: Float? { configuration.learningRate }

  /// At most 80 characters each.
  ///
  /// - Parameter samples: what several samples are called: "pictures".
  func lines(of samples: String) -> [String] {
    if rule == .sgd, configuration.l1 == 0 {
      return ["Gradient descent averages this over m \(samples) and steps against it:"] + plainSteps + values
        + dropout
    }
    return ["g = 1/m Σ ∂C/∂w, the average over m \(samples), and so for b:"] + regularization + steps + values
      + dropout
  }

  /// What training does and these steps do not.
  private var dropout: [String] {
    guard configuration.dropout.contains(where: { $0 > 0 }) else { return [] }
    let shares = configuration.dropout.map { "\($0)" }.joined(separator: ", ")
    return [
      "Dropout \(shares): in training that share p of neurons is left out at random, and",
      "the others' a is multiplied by 1/(1 - p). Here, as in use, all answer.",
    ]
  }

  private var plainSteps: [String] {
    configuration.l2 > 0
      ? ["w^l → (1 - ηλ/n) w^l - η/m Σ ∂C/∂w^l   (93),  b^l → b^l - η/m Σ ∂C/∂b^l   (94)"]
      : ["w^l → w^l - η/m Σ ∂C/∂w^l   (20),  b^l → b^l - η/m Σ ∂C/∂b^l   (21)"]
  }

  /// What λ and λ1 add to g.
  private var regularization: [String] {
    var terms: [String] = []
    if configuration.l2 > 0 { terms.append("λ/n w   (88)") }
    if configuration.l1 > 0 { terms.append("λ1/n sgn(w)   (96)") }
    return terms.isEmpty
      ? [] : ["g → g + " + terms.joined(separator: " + ") + "  for weights, not for biases"]
  }

  private var steps: [String] {
    switch rule {
    case .sgd: ["w → w - η g   (91)"]
    case .momentum: ["v → μ v - η g   (107),  w → w + v   (108)"]
    case .nesterov: ["v → μ v - η g,  w → w + μ v - η g   (Nesterov)"]
    case .adam: adamSteps
    case .adamw: ["w → (1 - η decay) w for weights, then"] + adamSteps
    }
  }

  private var adamSteps: [String] {
    [
      "v → β1 v + (1 - β1) g,  s → β2 s + (1 - β2) g^2",
      "w → w - η v̂ / (√ŝ + ε),  v̂ = v / (1 - β1^t),  ŝ = s / (1 - β2^t) at step t",
    ]
  }

  /// The numbers behind the symbols, as far as the model tells.
  private var values: [String] {
    guard let rate = configuration.learningRate else { return [] }
    var values = ["η = \(rate)", "m = \(configuration.miniBatchSize)"]
    if configuration.l2 > 0 || configuration.l1 > 0, let samples { values.append("n = \(samples)") }
    if configuration.l2 > 0 { values.append("λ = \(configuration.l2)") }
    if configuration.l1 > 0 { values.append("λ1 = \(configuration.l1)") }
    if let momentum = rule.momentum { values.append("\(rule.beta2 == nil ? "μ" : "β1") = \(momentum)") }
    if let beta2 = rule.beta2 { values.append("β2 = \(beta2)") }
    if let epsilon = rule.epsilon { values.append("ε = \(epsilon)") }
    if let decay = rule.weightDecay { values.append("decay = \(decay)") }
    var lines = values.listed(after: "here")
    if configuration.schedule != .constant {
      lines.append("η follows the schedule \(configuration.schedule)")
    }
    return lines
  }
}
