import ArgumentParser
import Nabla

/// `nabla sweep`: which settings learn best.
struct SweepCommand: ClusterCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Search for the settings that learn best.",
    discussion: """
      Trains a network a trial, with options drawn from what --try gives and all others as typed, and prints one \
      line a trial. The validation set decides, 15% of the training samples if nothing is typed; the test set is \
      measured once, for the winner. Ctrl-C ends the search; with --results the same command goes on where it was.

      Examples:
        nabla sweep --try 'learning-rate=log:0.01..3' --try 'batch-size=10|32|100'
        nabla sweep --data table.csv --try 'hidden=50|100|100,50' --halving
      """)

  @OptionGroup(title: "Search") var searchOptions: SweepOptions
  @OptionGroup(title: "Data") var dataOptions: TrainingDataOptions
  @OptionGroup(title: "Tables") var tableArguments: TableArguments
  @OptionGroup(title: "Network") var networkOptions: NetworkOptions
  @OptionGroup(title: "Update") var updateOptions: UpdateOptions
  @OptionGroup(title: "Regularization") var regularizationOptions: RegularizationOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var concurrencyOptions: ConcurrencyOptions
  @OptionGroup(title: "Output") var outputOptions: SweepOutputOptions

  func run() throws {
    let words = CommandLine.arguments.dropFirst().drop { $0 != Self.configuration.commandName }.dropFirst()
    try Sweep(command: self, fixed: FixedWords.of(Array(words))).run()
  }
}

/// The options of `nabla sweep` about what is tried.
struct SweepOptions: ParsableArguments {
  @Option(
    name: .customLong("try"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Values to try of an option of nabla train: a list A|B|C, a range A..B, or log:A..B, whose values are spread \
      evenly over their orders of magnitude. May be repeated.
      """, valueName: "option=values"))
  var tries: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How often values are drawn, by the seed. (default: 20)", valueName: "n"),
    transform: OptionValue.wholeNumber(1...1_000_000))
  var trials = 20

  @Flag(help: "Try all combinations of the lists, as many as they are.")
  var grid = false

  @Flag(
    help: """
      Train all trials for an eighth of their epochs, the better half of them up to a quarter, the better half of \
      these up to half, and the better half of these to the end.
      """)
  var halving = false
}

/// The options of `nabla sweep` about what it writes.
struct SweepOutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write a line of JSON a trial; a search that was interrupted goes on from it.", valueName: "file"),
    completion: .file())
  var results: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the winner's model goes.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print the trials and the winner, and nothing else.")
  var quiet = false
}

/// The words of a command line that are options of `nabla train`, the same in every trial.
enum FixedWords {
  /// Options of `nabla sweep` alone, and whether a value stands behind them.
  private static let own: [String: Bool] = [
    "--try": true, "--trials": true, "--runs": true, "--results": true, "--output": true, "--grid": false,
    "--halving": false, "--json": false, "--quiet": false,
  ]

  /// - Parameter words: what stands behind `nabla sweep`, understood already.
  static func of(_ words: [String]) -> [String] {
    var fixed: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      if word.hasPrefix("-"), !word.hasPrefix("--"), word.dropFirst().allSatisfy({ "oq".contains($0) }) {
        // -o, -q, or both in one word.
        if word.contains("o") { rest = rest.dropFirst() }
        continue
      }
      let name = String(word.prefix { $0 != "=" })
      guard let hasValue = own[name] else {
        fixed.append(word)
        // The value of an option of nabla train may look like one of these.
        if name == word, word.hasPrefix("--"), let value = rest.popFirst() { fixed.append(value) }
        continue
      }
      if hasValue, name == word { rest = rest.dropFirst() }
    }
    return fixed
  }
}
