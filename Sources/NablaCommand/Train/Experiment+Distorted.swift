import Nabla

/// Networks that learn from pictures distorted anew in every epoch, as their papers describe them, and ours. The papers
/// train with plain gradient descent for days; here all train with Nesterov's momentum, a cosine of the learning rate,
/// ReLU and softmax.
extension Experiment {
  /// "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis": the fully connected network
  /// with 800 hidden neurons, cross-entropy and elastic distortions, 0.7% of errors.
  static var simard2003: Experiment {
    var configuration = TrainingConfiguration.distorted([800], learningRate: 0.1, epochs: 100)
    configuration.augmentation = .elastic(sigma: 4, alpha: 34)
    return Experiment(
      description: "800, elastic distortions, 100 epochs: 99.3%", configuration: configuration,
      testTime: .end,
      published: .test(99.3, in: "Simard, Steinkraus & Platt 2003"))
  }

  /// "Deep, Big, Simple Neural Nets for Handwritten Digit Recognition": the smallest of the five, 0.49% of errors.
  static var ciresan2010Two: Experiment {
    var configuration = TrainingConfiguration.distorted([1000, 500], learningRate: 0.1, epochs: 200)
    configuration.augmentation = .ciresan2010
    return Experiment(
      description: "1000,500, affine and elastic distortions, 200 epochs: 99.51%",
      configuration: configuration, testTime: .end, published: .test(99.51, in: ciresan))
  }

  /// The largest of the five, 0.35% of errors.
  static var ciresan2010Six: Experiment {
    var configuration = TrainingConfiguration.distorted(
      [2500, 2000, 1500, 1000, 500], learningRate: 0.05, epochs: 500)
    configuration.augmentation = .ciresan2010
    return Experiment(
      description: "six layers, the same, 500 epochs (hours): 99.65%",
      configuration: configuration, testTime: .end, published: .test(99.65, in: ciresan))
  }

  private static let ciresan = "Ciresan, Meier, Gambardella & Schmidhuber 2010"

  /// The shortest way we know to 98%.
  static var fastest98: Experiment {
    var configuration = TrainingConfiguration.distorted([256], learningRate: 0.15, epochs: 4)
    configuration.miniBatchSize = 64
    configuration.schedule = .oneCycle()
    return Experiment(
      description: "the shortest way to 98%: 256, 4 epochs", configuration: configuration, testTime: .end)
  }

  /// The shortest way we know to 99%: pictures distorted less, as they are seen a few times only.
  static var fastest99: Experiment {
    var configuration = TrainingConfiguration.distorted([800], learningRate: 0.1, epochs: 18)
    configuration.augmentation = .elastic(sigma: 6, alpha: 30)
    configuration.augmentation.shift = 1
    configuration.augmentation.rotation = 6
    configuration.augmentation.scale = 8
    return Experiment(
      description: "the shortest way to 99%: 800, distorted, 18 epochs", configuration: configuration,
      testTime: .end)
  }

  /// The best that two cores reach in a quarter of an hour, also on a machine a third as fast as ours.
  static var best15Minutes: Experiment {
    var configuration = TrainingConfiguration.distorted([1000, 500], learningRate: 0.1, epochs: 160)
    configuration.augmentation = .elastic(sigma: 5.5, alpha: 36)
    configuration.augmentation.shift = 1
    configuration.augmentation.rotation = 9
    configuration.augmentation.scale = 12
    configuration.augmentation.shear = 6
    return Experiment(
      description: "the most in 15 minutes of two cores: 1000,500, distorted, 160 epochs",
      configuration: configuration, testTime: .end)
  }
}

extension TrainingConfiguration {
  /// What the experiments have in common.
  fileprivate static func distorted(
    _ hidden: [Int], learningRate: Float, epochs: Int
  ) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.layers = [784] + hidden + [10]
    configuration.hiddenActivation = .relu
    configuration.rule = .nesterov()
    configuration.learningRate = learningRate
    configuration.schedule = .cosine()
    configuration.miniBatchSize = 100
    configuration.epochs = epochs
    configuration.keep = .best
    return configuration
  }
}

extension Augmentation {
  /// Simard's field alone.
  fileprivate static func elastic(sigma: Float, alpha: Float) -> Augmentation {
    var augmentation = Augmentation()
    augmentation.elastic = Elastic(sigma: sigma, alpha: alpha)
    return augmentation
  }

  /// The middle of the paper's ranges: σ 5 to 6, α 36 to 38, scaled by up to 15 to 20%, turned by up to 15 degrees. The
  /// paper slants some pictures instead of turning them, and turns 1 and 7 half as far.
  fileprivate static var ciresan2010: Augmentation {
    var augmentation = elastic(sigma: 5.5, alpha: 37)
    (augmentation.rotation, augmentation.scale) = (15, 17.5)
    return augmentation
  }
}
