import ArgumentParser
import Nabla

/// The options of `nabla train` that say what a mini-batch's gradient does to the weights.
struct UpdateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The update rule. (default: sgd)", valueName: UpdateRule.Kind.allCases.words),
    completion: .list(UpdateRule.Kind.allCases.map(\.rawValue)),
    transform: OptionValue.choice(UpdateRule.Kind.allCases))
  var update: UpdateRule.Kind?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Step length η. (default: \(Setting.learningRate.standard))", valueName: "eta"),
    transform: OptionValue.number(Setting.learningRate))
  var learningRate: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Samples in a mini-batch. (default: \(Setting.miniBatchSize.standard))", valueName: "m"),
    transform: OptionValue.wholeNumber(Setting.miniBatchSize))
  var batchSize: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "μ of momentum and nesterov, β1 of adam and adamw. (default: \(Setting.momentum.standard))",
      valueName: "mu"),
    transform: OptionValue.number(Setting.momentum))
  var momentum: Float?

  @Option(
    name: .customLong("beta2"), parsing: .unconditional,
    help: ArgumentHelp("β2 of adam and adamw. (default: \(Setting.beta2.standard))", valueName: "beta2"),
    transform: OptionValue.number(Setting.beta2))
  var beta2: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("ε of adam and adamw. (default: \(Setting.epsilon.standard))", valueName: "epsilon"),
    transform: OptionValue.number(Setting.epsilon))
  var epsilon: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      How the learning rate changes: constant; step:E:F, times F every E epochs; exponential:F, times F every \
      epoch; cosine[:FLOOR], half a cosine down to FLOOR times the rate; one-cycle[:WARMUP], up during this \
      share of the run, then down; halving:N[:TIMES], halved when validation has not improved for N epochs, \
      the run ends with the last of TIMES halvings. (default: constant)
      """, valueName: "schedule"),
    transform: OptionValue.schedule)
  var schedule: Schedule?

  /// Sets what was typed.
  ///
  /// - Throws: `CommandFailure` (64) for a number that the update rule does not have.
  func apply(to configuration: inout TrainingConfiguration) throws {
    let former = configuration.rule
    let kind = update ?? former.kind
    // Numbers of a preset go with its rule alone.
    let inherited = kind == former.kind ? former : kind.rule()
    let rule = kind.rule(
      momentum: momentum ?? inherited.momentum, beta2: beta2 ?? inherited.beta2,
      epsilon: epsilon ?? inherited.epsilon, weightDecay: inherited.weightDecay)
    try refuse("--momentum", momentum != nil && rule.momentum == nil, of: kind) { $0.momentum != nil }
    try refuse("--beta2", beta2 != nil && rule.beta2 == nil, of: kind) { $0.beta2 != nil }
    try refuse("--epsilon", epsilon != nil && rule.epsilon == nil, of: kind) { $0.epsilon != nil }
    configuration.rule = rule
    configuration.learningRate = learningRate ?? configuration.learningRate
    configuration.miniBatchSize = batchSize ?? configuration.miniBatchSize
    configuration.schedule = schedule ?? configuration.schedule
  }
}

/// Throws if `option` was typed beside an update rule without it, naming the rules that have it.
func refuse(
  _ option: String, _ isVain: Bool, of kind: UpdateRule.Kind, unless has: (UpdateRule) -> Bool
) throws {
  guard isVain else { return }
  let rules = UpdateRule.Kind.allCases.filter { has($0.rule()) }.map(\.rawValue)
  throw CommandFailure(
    .usage, "\(option): expected with --update \(rules.inWords), found with \(kind.rawValue)")
}
