import Nabla

/// Networks that learn from pictures distorted anew in every epoch, as their papers describe them, and ours. The papers
/// train with plain gradient descent for days; here all train with Nesterov's momentum, a cosine of the learning rate,
/// ReLU and softmax.
extension Experiment {
  /// "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis": the fully connected network
  /// with 800 hidden neurons, cross-entropy and elastic distortions, 0.7% of errors.
  static var simard2003: Experiment {
    Experiment(
      description: "800, elastic distortions, 100 epochs: 99.3%",
      configuration: .distorted([800], by: "elastic:4:34", epochs: 100), testTime: .end,
      published: .test(99.3, in: "Simard, Steinkraus & Platt 2003"))
  }

  /// "Deep, Big, Simple Neural Nets for Handwritten Digit Recognition": the smallest of the five, 0.49% of errors.
  static var ciresan2010Two: Experiment {
    Experiment(
      description: "1000,500, affine and elastic distortions, 200 epochs: 99.51%",
      configuration: .distorted([1000, 500], by: ciresanDistortions, epochs: 200), testTime: .end,
      published: .test(99.51, in: ciresan))
  }

  /// The largest of the five, 0.35% of errors.
  static var ciresan2010Six: Experiment {
    Experiment(
      description: "six layers, the same, 500 epochs (hours): 99.65%",
      configuration: .distorted(
        [2500, 2000, 1500, 1000, 500], by: ciresanDistortions, learningRate: 0.05, epochs: 500),
      testTime: .end, published: .test(99.65, in: ciresan))
  }

  private static let ciresan = "Ciresan, Meier, Gambardella & Schmidhuber 2010"

  /// The middle of the paper's ranges: σ 5 to 6, α 36 to 38, scaled by up to 15 to 20%, turned by up to 15 degrees. The
  /// paper slants some pictures instead of turning them, and turns 1 and 7 half as far.
  private static let ciresanDistortions = "rotate:15,scale:17.5%,elastic:5.5:37"

  /// The shortest way we know to 98%.
  static var fastest98: Experiment {
    var configuration = TrainingConfiguration.distorted([256], by: "none", learningRate: 0.15, epochs: 4)
    configuration.miniBatchSize = 64
    configuration.schedule = .oneCycle()
    return Experiment(
      description: "the shortest way to 98%: 256, 4 epochs", configuration: configuration, testTime: .end)
  }

  /// The shortest way we know to 99%: pictures distorted less, as they are seen a few times only.
  static var fastest99: Experiment {
    Experiment(
      description: "the shortest way to 99%: 800, distorted, 18 epochs",
      configuration: .distorted([800], by: "shift:1,rotate:6,scale:8%,elastic:6:30", epochs: 18),
      testTime: .end)
  }

  /// The best that two cores reach in a quarter of an hour. Pictures are distorted more than would pay in fewer epochs.
  ///
  /// Everything was chosen by runs that held out the last 10,000 training samples. Nothing is left to choose: so it
  /// trains on all, and keeps the network that the cosine ends with.
  static var best15Minutes: Experiment {
    var configuration = TrainingConfiguration.distorted(
      [1000, 500], by: "shift:1.5,rotate:12,scale:15%,shear:8,elastic:5.5:40", epochs: 400)
    configuration.keep = .last
    return Experiment(
      description: "the most in 15 minutes of two cores: 1000,500, distorted, 400 epochs",
      configuration: configuration, holdsOut: false, testTime: .end)
  }
}

extension TrainingConfiguration {
  /// What the experiments have in common.
  ///
  /// - Parameter distortions: as `--augment` takes them.
  fileprivate static func distorted(
    _ hidden: [Int], by distortions: String, learningRate: Float = 0.1, epochs: Int
  ) -> TrainingConfiguration {
    guard let augmentation = Augmentation(distortions) else {
      preconditionFailure("a preset's distortions: \(distortions)")
    }
    var configuration = TrainingConfiguration()
    configuration.augmentation = augmentation
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
