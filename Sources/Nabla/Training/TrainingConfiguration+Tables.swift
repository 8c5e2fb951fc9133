extension TrainingConfiguration {
  /// Returns the configuration to begin with for `data`: the book's for pictures; for tables one that learns most of
  /// them without a setting, 100 ReLU neurons and Adam.
  public static func standard(for data: Dataset) -> TrainingConfiguration {
    data.isTable
      ? table(samples: data.count, isRegression: data.encoding.isRegression) : TrainingConfiguration()
  }

  /// Returns the configuration to begin with for a table of so many training samples.
  public static func table(samples: Int, isRegression: Bool = false) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.hiddenSizes = [100]
    configuration.hiddenActivation = .relu
    if isRegression {
      configuration.outputActivation = .identity
      configuration.cost = .quadratic
    }
    configuration.rule = UpdateRule.Kind.adam.rule()
    configuration.miniBatchSize = 32
    configuration.epochs = min(100, max(10, samplesLearned / samples))
    return configuration
  }

  /// Samples after which a table is learned, the same ones again included: 100 epochs of a small table, 10 of a large.
  private static let samplesLearned = 3_000_000
}
