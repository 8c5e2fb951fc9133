import ArgumentParser
import Nabla

/// `nabla train`: loads data, trains epoch by epoch, saves the model.
struct TrainCommand: ClusterCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network and save it.",
    discussion: """
      Prints one line an epoch: how many of the test set's samples the network reads right, or how far its \
      numbers are off. Ctrl-C ends the run after the mini-batch under way and saves what was learned; the same command with \
      --resume auto goes on, to the same bits as if nothing had happened.
      """)

  @OptionGroup(title: "Data") var dataOptions: TrainingDataOptions
  @OptionGroup(title: "Tables") var tableArguments: TableArguments
  @OptionGroup(title: "Network") var networkOptions: NetworkOptions
  @OptionGroup(title: "Update") var updateOptions: UpdateOptions
  @OptionGroup(title: "Regularization") var regularizationOptions: RegularizationOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var testOptions: TestOptions
  @OptionGroup(title: "Run") var threadOptions: ThreadOptions
  @OptionGroup(title: "Checkpoints") var checkpointOptions: CheckpointOptions
  @OptionGroup(title: "Output") var outputOptions: OutputOptions
  @OptionGroup(title: "Output") var logOptions: LogOptions
  @Flag(help: "Show the run on a page for browsers while it trains, and until Ctrl-C.")
  var serve = false
  @OptionGroup(title: "Page") var serverOptions: ServerOptions

  func run() throws { try TrainingRun(command: self).run() }

  /// When the test set is measured.
  var testTime: TestTime { testOptions.testAt ?? runOptions.preset?.experiment.testTime ?? .epoch }

  /// The settings under what was typed, as `TypedOptions` has them.
  func configuration(for data: Dataset?) throws -> TrainingConfiguration {
    let typed = TypedOptions(
      network: networkOptions, update: updateOptions, regularization: regularizationOptions, run: runOptions)
    var configuration =
      try data.map { try typed.configuration(for: $0) } ?? typed.earlyConfiguration(source: dataOptions.data)
    configuration.threads = threadOptions.threads?.number
    return configuration
  }
}
