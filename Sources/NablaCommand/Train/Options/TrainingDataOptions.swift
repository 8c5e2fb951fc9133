import ArgumentParser
import NablaFormats

/// The options of `nabla train` about the samples.
struct TrainingDataOptions: ParsableArguments {
  @OptionGroup var source: SourceOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      What is measured after each epoch: N samples or a share held out, each class in its share, drawn by the seed; \
      or those of a file or folder. (default: the data's own; else a fifth of a table, the last sixth of pictures)
      """, valueName: "N|P%|FILE"),
    completion: .file())
  var test: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Hold out N samples or a share of the training set, each class in its share, drawn by the seed; or take \
      the samples of a file or folder. (default: none; a preset on MNIST holds out the last 10,000, as the book does)
      """, valueName: "N|P%|FILE"),
    completion: .file())
  var validation: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Train on the first N samples only.", valueName: "n"),
    transform: OptionValue.wholeNumber(1...Int.max))
  var limit: Int?

  /// What to learn from.
  var data: String { source.data }
  /// Everything that may be a data source, what to learn from first.
  var sources: [String] { namedSources.compactMap(\.path) }
  /// The same, with the options that name them.
  var namedSources: [(name: String, path: String?)] {
    [("--data", data), ("--test", test), ("--validation", validation)]
  }
}
