import ArgumentParser
import Nabla

/// The options of `nabla train` against overfitting.
struct RegularizationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "λ of L2 regularization: shrinks the weights. (default: \(Setting.l2.standard))", valueName: "lambda"),
    transform: OptionValue.number(Setting.l2))
  var l2: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "λ of L1 regularization: makes weights zero. (default: \(Setting.l1.standard))", valueName: "lambda"),
    transform: OptionValue.number(Setting.l1))
  var l1: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The weight decay of adamw. (default: \(Setting.weightDecay.standard))", valueName: "decay"),
    transform: OptionValue.number(Setting.weightDecay))
  var weightDecay: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Share of neurons left out at random: one number for all hidden layers, or one for the input and one for \
      each hidden layer. (default: \(Setting.dropout.standard))
      """, valueName: "p[,p...]"),
    transform: OptionValue.shares)
  var dropout: [Float]?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Distort the pictures at random, anew for each sample and epoch, by at most: shift:P pixels, rotate:D degrees, \
      scale:S% of width and height, shear:D degrees of slant, elastic:SIGMA:ALPHA, noise smoothed over SIGMA pixels \
      times ALPHA; with commas between, such as shift:2,rotate:12,scale:15%,shear:10,elastic:4:34. (default: none)
      """, valueName: "parts"),
    transform: OptionValue.augmentation)
  var augment: Augmentation?

  @Option(
    help: ArgumentHelp(
      "What the samples of a class weigh: all the same, or all classes the same in sum. (default: equal)",
      valueName: TrainingConfiguration.ClassWeight.allCases.words),
    completion: .list(TrainingConfiguration.ClassWeight.allCases.map(\.rawValue)),
    transform: OptionValue.choice(TrainingConfiguration.ClassWeight.allCases))
  var classWeight: TrainingConfiguration.ClassWeight?

  /// Sets what was typed; the update rule is there already.
  ///
  /// - Throws: `CommandFailure` (64) for a weight decay that the update rule does not have.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.l2 = l2 ?? configuration.l2
    configuration.l1 = l1 ?? configuration.l1
    configuration.dropout = dropout ?? configuration.dropout
    configuration.augmentation = augment ?? configuration.augmentation
    configuration.classWeight = classWeight ?? configuration.classWeight
    guard let weightDecay else { return }
    let rule = configuration.rule
    try refuse("--weight-decay", rule.weightDecay == nil, of: rule.kind) { $0.weightDecay != nil }
    configuration.rule = rule.kind.rule(
      momentum: rule.momentum, beta2: rule.beta2, epsilon: rule.epsilon, weightDecay: weightDecay)
  }
}
