import ArgumentParser
import Nabla

/// `nabla cross-validate`: how well networks with some settings do on samples that they were not trained on.
struct CrossValidateCommand: ClusterCommand {
  static let configuration = CommandConfiguration(
    commandName: "cross-validate",
    abstract: "Train and measure on folds of the data.",
    discussion: """
      Divides the samples into folds, each class in its share, drawn by the seed. For each fold a network is \
      trained on all others and measured on it. Prints one line a fold, then the mean and the standard deviation of \
      each measure. Data with a test set of their own are divided without it.
      """)

  @OptionGroup(title: "Data") var source: SourceOptions
  @OptionGroup(title: "Data") var foldOptions: FoldOptions
  @OptionGroup(title: "Tables") var tableArguments: TableArguments
  @OptionGroup(title: "Network") var networkOptions: NetworkOptions
  @OptionGroup(title: "Update") var updateOptions: UpdateOptions
  @OptionGroup(title: "Regularization") var regularizationOptions: RegularizationOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var concurrencyOptions: ConcurrencyOptions
  @OptionGroup(title: "Output") var outputOptions: FoldOutputOptions

  func run() throws { try CrossValidation(command: self).run() }

  /// Everything that was typed about a network and its training; each runs on one thread.
  func configuration(for data: Dataset?) throws -> TrainingConfiguration {
    let typed = TypedOptions(
      network: networkOptions, update: updateOptions, regularization: regularizationOptions, run: runOptions)
    var configuration =
      try data.map { try typed.configuration(for: $0) } ?? typed.earlyConfiguration(source: source.data)
    configuration.threads = 1
    return configuration
  }
}

/// The options of `nabla cross-validate` about the division of the samples.
struct FoldOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Parts that the samples are divided into. (default: 10)", valueName: "k"),
    transform: OptionValue.wholeNumber(2...Int.max))
  var folds = 10

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A table's column that says which samples belong together: they are never in two folds.",
      valueName: "column"))
  var group: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Hold out N samples or a share of what each network is trained on, to compare its epochs by \
      (--keep best, --patience, --schedule halving). (default: none)
      """, valueName: "N|P%"))
  var validation: String?
}

/// The options of `nabla cross-validate` about what it writes.
struct FoldOutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write what each sample was taken for by the network that was not trained on it, as CSV.",
      valueName: "file"),
    completion: .file())
  var predictions: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print the folds and nothing else.")
  var quiet = false
}
