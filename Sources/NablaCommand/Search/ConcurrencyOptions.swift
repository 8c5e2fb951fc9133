import ArgumentParser
import Nabla

/// The options of `nabla cross-validate` and `nabla sweep` about their many runs.
struct ConcurrencyOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Runs at once, each on one thread; never changes the result. (default: auto, one a core)",
      valueName: "n|auto"),
    transform: OptionValue.threads)
  var runs: ThreadCount?
}
