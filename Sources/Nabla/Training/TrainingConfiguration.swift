/// Everything that can be set about a training run, but for the data: what decides its bits, and the number of
/// threads, which does not. nil means a default that depends on the rest; `resolved(for:)` fills it in.
public struct TrainingConfiguration: Hashable, Sendable {
  /// Neurons in every layer, input first; nil: `hiddenSizes` between as many inputs and outputs as the data needs.
  public var layers: [Int]?
  /// Neurons in every hidden layer, if `layers` is nil.
  public var hiddenSizes = [30]
  /// f of the hidden layers.
  public var hiddenActivation = Activation.sigmoid
  /// f of the output layer; nil: softmax after ReLU layers or for the log-likelihood, else sigmoid.
  public var outputActivation: Activation?
  /// What training makes small; nil: log-likelihood for softmax outputs, else quadratic.
  public var cost: Cost?
  /// How the first parameters are drawn; nil: he for ReLU, else normalized.
  public var initialization: Initialization?
  /// What a mini-batch's gradient does to the parameters.
  public var rule = UpdateRule.sgd
  /// The step length η; nil: `defaultLearningRate`.
  public var learningRate: Float?
  /// λ of L2 regularization: λ/2n Σ w² is added to the cost, n = size of the training set. Not for biases.
  public var l2: Float = 0
  /// λ1 of L1 regularization: λ1/n Σ |w| is added to the cost. Not for biases.
  public var l1: Float = 0
  /// Shares of neurons dropped in training: none; or one number for all hidden layers; or one for the input and one
  /// for each hidden layer.
  public var dropout: [Float] = []
  /// How the pictures of the training set are distorted, anew for each sample and epoch.
  public var augmentation = Augmentation.none
  /// How the learning rate changes during the run.
  public var schedule = Schedule.constant
  /// Passes over the training set.
  public var epochs = 30
  /// Samples whose gradients make one step, m; the last mini-batch of an epoch may be shorter.
  public var miniBatchSize = 10
  /// Decides the first parameters, the mini-batch order, dropout's masks and how pictures are distorted.
  public var seed: UInt64 = 1
  /// The most threads to train with; nil takes every core. A thread that would not make training faster is not
  /// used. Never changes a bit of the result.
  public var threads: Int?
  /// What the classes' samples weigh in the cost.
  public var classWeight = ClassWeight.equal
  /// Ends the run when nothing has improved on the validation set for so many epochs; nil: never.
  public var patience: Int?
  /// What improves.
  public var patienceMeasure = Measure.accuracy
  /// Which epoch's parameters the network has at the end.
  public var keep = Keep.last

  /// What the samples of a class weigh.
  public enum ClassWeight: String, CaseIterable, Sendable {
    /// Every sample the same.
    case equal
    /// Every class the same: n / (classes * samples of the class).
    case balanced
  }

  /// What is measured on the validation set to compare epochs.
  public enum Measure: String, CaseIterable, Sendable {
    /// The share of samples read right: more is better.
    case accuracy
    /// The mean cost without regularization: less is better.
    case cost
  }

  /// Which epoch's parameters a run ends with.
  public enum Keep: String, CaseIterable, Sendable {
    /// Those of the epoch that was best on the validation set.
    case best
    /// Those of the last epoch.
    case last
  }

  /// Creates a configuration with the defaults, to be changed property by property.
  public init() {}

  /// Creates a configuration with the settings most often changed.
  public init(
    layers: [Int]? = nil, cost: Cost? = nil, rule: UpdateRule = .sgd, learningRate: Float? = nil,
    l2: Float = 0, epochs: Int = 30, miniBatchSize: Int = 10, seed: UInt64 = 1, threads: Int? = nil
  ) {
    (self.layers, self.cost, self.rule, self.learningRate) = (layers, cost, rule, learningRate)
    (self.l2, self.epochs, self.miniBatchSize, self.seed, self.threads) = (
      l2, epochs, miniBatchSize, seed, threads
    )
  }

  /// Throws `NablaError.invalidSetting` for the first value out of range.
  public func validate() throws(NablaError) {
    if let layers { try Options.layers.check(layers) }
    try Options.epochs.check(epochs)
    try Options.miniBatchSize.check(miniBatchSize)
    if let learningRate { try Options.learningRate.check(learningRate) }
    try Options.l2.check(l2)
    try Options.l1.check(l1)
    if let momentum = rule.momentum { try Options.momentum.check(momentum) }
    if let beta2 = rule.beta2 { try Options.beta2.check(beta2) }
    if let epsilon = rule.epsilon { try Options.epsilon.check(epsilon) }
    if let weightDecay = rule.weightDecay { try Options.weightDecay.check(weightDecay) }
    for share in dropout { try Options.dropout.check(share) }
    try augmentation.validate()
    try schedule.validate()
    if let patience { try Options.patience.check(patience) }
    if let threads { try Options.threads.check(threads) }
  }

  /// True if the run needs a validation set: to compare epochs by.
  public var needsValidation: Bool {
    if case .halving = schedule { return true }
    return patience != nil || keep == .best
  }

  /// Returns the share of each layer's inputs that is dropped, the network's input first; none if nothing is.
  ///
  /// - Throws: `NablaError.invalidSetting` for a number of shares that does not fit the network.
  public func dropoutRates(for topology: Topology) throws(NablaError) -> [Float] {
    let hiddenCount = topology.layers.count - 1
    if !dropout.contains(where: { $0 > 0 }) { return [] }
    if dropout.count == 1, hiddenCount > 0 { return [0] + [Float](repeating: dropout[0], count: hiddenCount) }
    guard dropout.count == hiddenCount + 1, hiddenCount > 0 else {
      let expected =
        hiddenCount == 0
        ? "a network with hidden layers"
        : "1 number for all hidden layers, or \(hiddenCount + 1): input and hidden layers"
      throw .invalidSetting(name: "dropout", expected: expected, found: "\(dropout.count) for \(topology)")
    }
    return dropout
  }
}
