import ArgumentParser
import Nabla

/// `nabla train`: loads data, trains epoch by epoch, saves the model.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network and save it.",
    discussion: """
      Prints one line an epoch: how many of the test set's samples the network reads right, or how far its \
      numbers are off. Ctrl-C ends the run after the mini-batch under way and saves what was learned.
      """)

  @OptionGroup(title: "Data") var dataOptions: TrainingDataOptions
  @OptionGroup(title: "Tables") var tableArguments: TableArguments
  @OptionGroup(title: "Network") var networkOptions: NetworkOptions
  @OptionGroup(title: "Update") var updateOptions: UpdateOptions
  @OptionGroup(title: "Regularization") var regularizationOptions: RegularizationOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  func run() throws { try TrainingRun(command: self).run() }

  /// The settings under what was typed: the preset's, or those that `data` begins with; nil as long as it is not
  /// loaded.
  ///
  /// - Throws: `CommandFailure` (64) for options that mean nothing together.
  func configuration(for data: Dataset?) throws -> TrainingConfiguration {
    var configuration =
      runOptions.preset?.experiment.configuration ?? data.map(TrainingConfiguration.standard)
      ?? TrainingConfiguration()
    try networkOptions.apply(to: &configuration)
    try updateOptions.apply(to: &configuration)
    try regularizationOptions.apply(to: &configuration)
    runOptions.apply(to: &configuration)
    if networkOptions.hiddenActivation != nil, configuration.layers?.count == 2 {
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
    if data?.encoding.isRegression == true, checked.usedCost != .quadratic {
      throw CommandFailure(
        .usage, "--cost: expected quadratic for a target of numbers, found \(checked.usedCost.rawValue)")
    }
    return configuration
  }
}
