import ArgumentParser
import Nabla

/// The options of `nabla train` that make up the network and its cost.
struct NetworkOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Neurons of every layer, input first. (default: \(Setting.layers.standard))", valueName: "sizes"),
    transform: OptionValue.layers)
  var layers: [Int]?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Neurons of the hidden layers alone; inputs and outputs follow from the data. (default: 30; 100 for tables)",
      valueName: "sizes"),
    transform: OptionValue.hiddenSizes)
  var hidden: [Int]?

  @Option(
    name: .customLong("activation"),
    help: ArgumentHelp(
      "What the neurons of hidden layers compute. (default: sigmoid)", valueName: Activation.hidden.words),
    completion: .list(Activation.hidden.map(\.rawValue)),
    transform: OptionValue.choice(Activation.hidden, among: Activation.allCases))
  var hiddenActivation: Activation?

  @Option(
    help: ArgumentHelp(
      "What the neurons of the output layer compute. (default: sigmoid; softmax after relu or for log-likelihood)",
      valueName: Activation.output.words), completion: .list(Activation.output.map(\.rawValue)),
    transform: OptionValue.choice(Activation.output, among: Activation.allCases))
  var outputActivation: Activation?

  @Option(
    help: ArgumentHelp(
      "What training makes small. (default: quadratic; log-likelihood with softmax)",
      valueName: Cost.allCases.words), completion: .list(Cost.allCases.map(\.rawValue)),
    transform: OptionValue.choice(Cost.allCases))
  var cost: Cost?

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      """
      The first weights: N(0, 1/sqrt(inputs)); N(0, 1), as in the book's chapter 1; or N(0, sqrt(2/inputs)) \
      and biases 0. (default: normalized; he with relu)
      """, valueName: Initialization.allCases.words),
    completion: .list(Initialization.allCases.map(\.rawValue)),
    transform: OptionValue.choice(Initialization.allCases))
  var initialization: Initialization?

  /// Sets what was typed.
  ///
  /// - Throws: `CommandFailure` (64) for both `--layers` and `--hidden`.
  func apply(to configuration: inout TrainingConfiguration) throws {
    if layers != nil, hidden != nil {
      throw CommandFailure(.usage, "--hidden: expected without --layers, which has all sizes")
    }
    configuration.layers = layers ?? configuration.layers
    if let hidden {
      configuration.layers = nil
      configuration.hiddenSizes = hidden
    }
    configuration.hiddenActivation = hiddenActivation ?? configuration.hiddenActivation
    configuration.outputActivation = outputActivation ?? configuration.outputActivation
    configuration.cost = cost ?? configuration.cost
    configuration.initialization = initialization ?? configuration.initialization
  }
}
