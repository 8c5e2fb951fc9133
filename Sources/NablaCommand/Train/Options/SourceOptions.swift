import ArgumentParser
import NablaFormats

/// The options of every command that learns, about where the samples come from.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("What to learn from.", valueName: DataSource.forms),
    completion: .file())
  var data = "digits"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Refuse data files whose content is larger. (default: 64 GiB)", valueName: "n"),
    transform: OptionValue.wholeNumber(1...Int.max))
  var maxBytes: Int?

  /// The most memory one file's content may take.
  var mostBytes: Int { maxBytes ?? ReadingLimits.defaultMaxBytes }
}
