import ArgumentParser
import Nabla

/// `nabla train`: loads data, trains epoch by epoch, saves the model.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network and save it.",
    discussion: """
      Prints one line an epoch: how many of the test set's digits the network reads right. Ctrl-C ends \
      the run after the mini-batch under way and saves what was learned.
      """)

  @OptionGroup(title: "Data") var dataOptions: TrainingDataOptions
  @OptionGroup(title: "Network") var networkOptions: NetworkOptions
  @OptionGroup(title: "Update") var updateOptions: UpdateOptions
  @OptionGroup(title: "Regularization") var regularizationOptions: RegularizationOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  func run() throws {
    try TrainingRun(command: self, configuration: configuration()).run()
  }

  /// The preset's settings, or the defaults, under what was typed.
  ///
  /// - Throws: `CommandFailure` (64) for options that mean nothing together.
  private func configuration() throws -> TrainingConfiguration {
    var configuration = runOptions.preset?.experiment.configuration ?? TrainingConfiguration()
    networkOptions.apply(to: &configuration)
    try updateOptions.apply(to: &configuration)
    try regularizationOptions.apply(to: &configuration)
    runOptions.apply(to: &configuration)
    if networkOptions.hiddenActivation != nil, configuration.layers?.count == 2 {
      throw CommandFailure(.usage, "--activation: expected with hidden layers, found none in --layers")
    }
    let checked = configuration
    try OptionName.inErrors { () throws(NablaError) in
      try checked.validate()
      let topology = try checked.topology(inputs: SyntheticDigits.pixelsPerImage, outputs: 10)
      _ = try checked.dropoutRates(for: topology)
      // The cost goes with the output's activation, whatever the sizes.
      _ = try Network(zero: Topology([1, 1], output: topology.outputActivation), cost: checked.usedCost)
    }
    return configuration
  }
}
