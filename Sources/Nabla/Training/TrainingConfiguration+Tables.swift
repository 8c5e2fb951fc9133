extension TrainingConfiguration {
  /// Returns the configuration to begin with for `data`: the book's for pictures; for tables one that learns most of
  /// them without a setting, 100 ReLU neurons and Adam.
  public static func standard(for data: Dataset) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    guard data.isTable else { return configuration }
    configuration.hiddenSizes = [100]
    configuration.hiddenActivation = .relu
    if data.encoding.isRegression {
      configuration.outputActivation = .identity
      configuration.cost = .quadratic
    }
    configuration.rule = UpdateRule.Kind.adam.rule()
    configuration.miniBatchSize = 32
    configuration.epochs = min(100, max(10, samplesLearned / data.count))
    return configuration
  }

  /// Samples after which a table is learned, the same ones again included: 100 epochs of a small table, 10 of a large.
  private static let samplesLearned = 3_000_000
}
