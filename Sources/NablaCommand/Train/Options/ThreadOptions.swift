import ArgumentParser
import Nabla

/// The option of `nabla train` about what the run may use of the machine.
struct ThreadOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads; never changes the result. (default: \(Setting.threads.standard))", valueName: "n|auto"),
    transform: OptionValue.threads)
  var threads: ThreadCount?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Ranks of an mpirun that train together; never changes the result. (default: auto, as few as are fastest)",
      valueName: "n|all|auto"),
    transform: OptionValue.ranks)
  var ranks: RankCount?
}
