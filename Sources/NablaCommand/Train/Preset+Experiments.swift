import Nabla

extension Preset {
  /// Equal settings stand beside each other in the book as here: what is compared is the one that differs.
  var experiment: Experiment {
    switch self {
    case .book1a:
      Experiment(
        description: "30 hidden neurons, quadratic cost, η = 3: 95.42%",
        configuration: .quadratic(hidden: 30), published: .test(95.42, in: "The book, chapter 1"))
    case .book1b:
      Experiment(
        description: "100 hidden neurons, the same: 96.59%",
        configuration: .quadratic(hidden: 100), published: .test(96.59, in: "The book, chapter 1"))
    case .book3a:
      Experiment(
        description: "30, cross-entropy, η = 0.5, λ = 5: 96.49%",
        configuration: .crossEntropy(hidden: 30, l2: 5), published: .test(96.49))
    case .book3b:
      Experiment(
        description: "100, cross-entropy, η = 0.5, λ = 5: 97.92% of the validation set",
        configuration: .crossEntropy(hidden: 100, l2: 5), published: .validation(97.92))
    case .book3c:
      Experiment(
        description: "100, η = 0.1, λ = 5, 60 epochs: 98.04% of the validation set",
        configuration: .crossEntropy(hidden: 100, learningRate: 0.1, l2: 5, epochs: 60),
        published: .validation(98.04))
    case .book3d:
      Experiment(
        description: "30, cross-entropy, η = 0.5, not regularized: 95.49%",
        configuration: .crossEntropy(hidden: 30), published: .test(95.49))
    case .book3e:
      Experiment(
        description: "100, the same: 96.82%",
        configuration: .crossEntropy(hidden: 100), published: .test(96.82))
    case .book3f:
      Experiment(
        description: "overfitting: 1,000 training images, 400 epochs: 82.27%",
        configuration: .crossEntropy(hidden: 30, epochs: 400), limit: 1000, published: .test(82.27))
    case .book3g:
      Experiment(
        description: "the same with λ = 0.1: 87.1%",
        configuration: .crossEntropy(hidden: 30, l2: 0.1, epochs: 400), limit: 1000, published: .test(87.1))
    case .book3h, .book3i, .book3j, .book3k: firstWeights
    case .book3l, .book3m, .book3n: exercise
    case .simard2003: .simard2003
    case .ciresan2010Two: .ciresan2010Two
    case .ciresan2010Six: .ciresan2010Six
    case .fastest98: .fastest98
    case .fastest99: .fastest99
    case .best15min: .best15Minutes
    }
  }

  /// The comparison of two ways to draw the first weights: η = 0.1, λ = 5. The book shows curves.
  private var firstWeights: Experiment {
    let isWide = self == .book3j || self == .book3k
    let isNormalized = self == .book3i || self == .book3k
    let description =
      switch self {
      case .book3h: "30, η = 0.1, λ = 5, large first weights"
      case .book3i: "the same, normalized first weights"
      case .book3j: "100, η = 0.1, λ = 5, large first weights"
      default: "the same, normalized first weights"
      }
    return Experiment(
      description: description,
      configuration: .crossEntropy(
        hidden: isWide ? 100 : 30, learningRate: 0.1, l2: 5, isNormalized ? .normalized : .large))
  }

  /// Exercises and problems, of which the book gives no result: the network of book-3a, normalized first weights.
  private var exercise: Experiment {
    var configuration = TrainingConfiguration.crossEntropy(hidden: 30, l2: 5, .normalized)
    switch self {
    case .book3m:
      configuration.epochs = 1000
      configuration.patience = 10
      return Experiment(
        description: "exercise: 30, η = 0.5, λ = 5, ends when 10 epochs bring nothing",
        configuration: configuration)
    case .book3n:
      configuration.epochs = 1000
      configuration.schedule = .halving(patience: 10, times: 7)
      return Experiment(
        description: "exercise: the same, η halved instead, down to 1/128", configuration: configuration)
    default:
      configuration.outputActivation = .softmax
      configuration.cost = .logLikelihood
      return Experiment(
        description: "problem: 30, softmax outputs, log-likelihood, η = 0.5, λ = 5",
        configuration: configuration)
    }
  }
}

extension TrainingConfiguration {
  /// The networks of chapter 1.
  fileprivate static func quadratic(hidden: Int) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(layers: [784, hidden, 10], cost: .quadratic, learningRate: 3)
    configuration.initialization = .large
    return configuration
  }

  /// The networks of chapter 3.
  fileprivate static func crossEntropy(
    hidden: Int, learningRate: Float = 0.5, l2: Float = 0, epochs: Int = 30,
    _ initialization: Initialization = .large
  ) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(
      layers: [784, hidden, 10], cost: .crossEntropy, learningRate: learningRate, l2: l2, epochs: epochs)
    configuration.initialization = initialization
    return configuration
  }
}
