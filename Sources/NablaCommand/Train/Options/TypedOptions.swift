import Nabla
import NablaFormats

/// What was typed about a network and its training: the options that `nabla train`, `cross-validate` and `sweep` share.
struct TypedOptions {
  let network: NetworkOptions
  let update: UpdateOptions
  let regularization: RegularizationOptions
  let run: RunOptions

  /// The settings as far as they are known before `source` is read, whose content may turn out to be pictures or a table:
  /// what neither could be trained with is refused.
  ///
  /// - Throws: `CommandFailure` (64).
  func earlyConfiguration(source: String) throws -> TrainingConfiguration {
    do {
      return try configuration(for: nil)
    } catch let error as CommandFailure {
      // Only what was typed speaks for a table: memory that is not there says nothing of the data.
      guard run.preset == nil, let source = try? DataSource(parsing: source), source.mayBeTable,
        let configuration = try? configuration(under: .table(samples: 1), for: nil)
      else { throw error }
      return configuration
    }
  }

  /// The settings under what was typed: the preset's, or those that `data` begins with; nil as long as it is not
  /// loaded.
  ///
  /// - Throws: `CommandFailure` (64) for options that mean nothing together.
  func configuration(for data: Dataset?) throws -> TrainingConfiguration {
    if data?.isTable == true {
      try run.refusePreset()
      if let augment = regularization.augment, !augment.isNone {
        throw CommandFailure(.usage, "--augment: expected with pictures, found a table")
      }
    }
    return try configuration(
      under: run.preset?.experiment.configuration ?? data.map(TrainingConfiguration.standard)
        ?? TrainingConfiguration(),
      for: data)
  }

  private func configuration(
    under settings: TrainingConfiguration, for data: Dataset?
  ) throws -> TrainingConfiguration {
    var configuration = settings
    try network.apply(to: &configuration)
    try update.apply(to: &configuration)
    try regularization.apply(to: &configuration)
    run.apply(to: &configuration)
    if network.hiddenActivation != nil, configuration.layers?.count == 2 {
      throw CommandFailure(.usage, "--activation: expected with hidden layers, found none in --layers")
    }
    let checked = configuration
    try OptionName.inErrors { () throws(NablaError) in
      try checked.validate()
      let topology = try checked.topology(
        inputs: data?.inputSize ?? SyntheticDigits.pixelsPerImage, outputs: data?.outputSize ?? 10)
      _ = try checked.dropoutRates(for: topology)
      // The cost goes with the output's activation, whatever the sizes.
      _ = try Network(zero: Topology([1, 1], output: topology.outputActivation), cost: checked.usedCost)
    }
    if data?.encoding.isRegression == true { try checkRegression(checked) }
    return configuration
  }

  /// Throws `CommandFailure` (64) naming the option that asks for classes, where the target is numbers.
  private func checkRegression(_ configuration: TrainingConfiguration) throws {
    let output = configuration.usedOutputActivation
    let problems: [(option: String, expected: String, found: String, isThere: Bool)] = [
      ("--output-activation", "identity", output.rawValue, output != .identity),
      ("--cost", "quadratic", configuration.usedCost.rawValue, configuration.usedCost != .quadratic),
      ("--best-by", "cost", "accuracy", run.bestBy == .accuracy),
      ("--class-weight", "equal", "balanced", configuration.classWeight == .balanced),
    ]
    guard let first = problems.first(where: \.isThere) else { return }
    throw CommandFailure(
      .usage, "\(first.option): expected \(first.expected) for a target of numbers, found \(first.found)")
  }
}
