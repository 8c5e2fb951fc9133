/// The settings of a training run that decide its bits, and the number of threads, which does not.
public struct TrainingSettings: Hashable, Sendable {
  /// Samples whose gradients make one step, m; the last mini-batch of an epoch may be shorter.
  public var miniBatchSize: Int
  /// The step length η: w ← w - η/m Σ ∂C/∂w.
  public var learningRate: Float
  /// λ of L2 regularization: before each step, w ← (1 - ηλ/n) w, n = size of the training set. Biases are kept.
  public var regularization: Float
  /// Decides the mini-batch order. (A new network's parameters have their own seed.)
  public var seed: UInt64
  /// The most threads to train with; nil takes every core. A thread that would not make training faster is not
  /// used. Never changes a bit of the result.
  public var threads: Int?

  /// Creates settings; the defaults are those of the book's first experiment.
  public init(
    miniBatchSize: Int = 10, learningRate: Float = 3, regularization: Float = 0, seed: UInt64 = 1,
    threads: Int? = nil
  ) {
    self.miniBatchSize = miniBatchSize
    self.learningRate = learningRate
    self.regularization = regularization
    self.seed = seed
    self.threads = threads
  }

  /// Throws `NablaError.invalidSetting` for the first value out of range.
  package func validate() throws(NablaError) {
    guard miniBatchSize >= 1, miniBatchSize <= 1 << 20 else {
      throw .invalidSetting(name: "mini-batch size", expected: "1 to \(1 << 20)", found: "\(miniBatchSize)")
    }
    guard learningRate > 0, learningRate.isFinite else {
      throw .invalidSetting(name: "learning rate", expected: "a number above 0", found: "\(learningRate)")
    }
    guard regularization >= 0, regularization.isFinite else {
      throw .invalidSetting(
        name: "regularization", expected: "a number from 0 up", found: "\(regularization)")
    }
    if let threads { try Team.validate(members: threads) }
  }
}
