import ArgumentParser
import Nabla
import NablaFormats

/// `nabla train`: loads data, trains epoch by epoch, saves the model.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network and save it.",
    discussion: """
      Prints one line an epoch: how many of the test set's digits the network reads right. Ctrl-C ends \
      the run after the mini-batch under way and saves what was learned.
      """)

  @Option(
    help: ArgumentHelp("What to learn from.", valueName: "digits[:N]|mnist|DIR|FILE.csv"),
    completion: .file())
  var data = "digits"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Neurons of every layer, input first. (default: 784,30,10)", valueName: "sizes"),
    transform: OptionValue.layers)
  var layers: [Int]?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Passes over the training set. (default: 30)", valueName: "n"),
    transform: OptionValue.wholeNumber(1...1_000_000))
  var epochs: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Samples in a mini-batch. (default: 10)", valueName: "m"),
    transform: OptionValue.wholeNumber(1...1 << 20))
  var batchSize: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Step length. (default: 3.0, or 0.5 with cross-entropy)", valueName: "eta"),
    transform: OptionValue.number(zeroAllowed: false))
  var learningRate: Float?

  @Option(help: "What training makes small. (default: quadratic)")
  var cost: Cost?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("L2 regularization: shrinks the weights. (default: 0)", valueName: "lambda"),
    transform: OptionValue.number(zeroAllowed: true))
  var l2: Float?

  @Option(
    name: .customLong("init"),
    help: "First weights: N(0, 1/sqrt(inputs)) or, as in the book's chapter 1, N(0, 1). (default: normalized)"
  )
  var initialization: Initialization?

  @Option(
    help: ArgumentHelp(
      "The settings of one of the book's experiments; options given beside it come first.", valueName: "name")
  )
  var preset: Preset?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Measure on other samples too: the last N of the training set, held out, or a folder.",
      valueName: "N|DIR"))
  var validation: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Train on the first N samples only.", valueName: "n"),
    transform: OptionValue.wholeNumber(1...Int.max))
  var limit: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads; never changes the result. (default: auto)", valueName: "n|auto"),
    transform: OptionValue.threads)
  var threads: ThreadCount?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draws the first weights and the order of samples. (default: 1)", valueName: "n"),
    transform: OptionValue.seed)
  var seed: UInt64?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the model goes.", valueName: "file"), completion: .file())
  var output = "model.safetensors"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Refuse data files whose content is larger. (default: 64 GiB)", valueName: "n"),
    transform: OptionValue.wholeNumber(1...Int.max))
  var maxBytes: Int?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print the epochs and nothing else.")
  var quiet = false

  func run() throws {
    try TrainingRun(command: self, plan: plan).run()
  }

  /// The preset's values, or the defaults, under what was typed.
  private var plan: TrainingPlan {
    var plan = preset?.plan ?? TrainingPlan()
    plan.layers = layers ?? plan.layers
    plan.epochs = epochs ?? plan.epochs
    plan.miniBatchSize = batchSize ?? plan.miniBatchSize
    plan.learningRate = learningRate ?? plan.learningRate
    plan.regularization = l2 ?? plan.regularization
    plan.cost = cost ?? plan.cost
    plan.initialization = initialization ?? plan.initialization
    plan.seed = seed ?? plan.seed
    return plan
  }
}
