/// Everything that decides the next bit of a training run, at the boundary of two mini-batches.
///
/// A trainer that starts from a state, with the same data and configuration, goes on as the one it was taken from:
/// the run ends with the same bits, whatever number of threads and instruction set either had.
public struct TrainingState: Hashable, Sendable {
  /// All parameters, as the kernels store them: `ParameterLayout`.
  public internal(set) var parameters: [Float]
  /// The update rule's states, each laid out like the parameters.
  public internal(set) var ruleStates: [[Float]]
  /// Adam's β1^t and β2^t after the t steps so far; 1 and 1 for other rules.
  public internal(set) var betaPowers: (first: Double, second: Double) {
    get { (powers.first, powers.second) }
    set { powers = BetaPowers(first: newValue.first, second: newValue.second) }
  }
  var powers = BetaPowers()
  /// Epochs finished. The order of the next one follows from this number and the seed alone.
  public internal(set) var epoch = 0
  /// Samples of the epoch under way that were trained on; 0 between two epochs.
  public internal(set) var samplesDone = 0
  /// The cost of these samples, but for the latest terms.
  public internal(set) var costSum = 0.0
  /// e^-C of the latest terms of the cost: one logarithm for many factors.
  public internal(set) var costProduct = 1.0
  /// What was measured between epochs, and what follows from it.
  public internal(set) var selection = Selection()

  /// What evaluation between epochs has decided so far.
  public struct Selection: Hashable, Sendable {
    /// How often the schedule `halving` has halved the learning rate.
    public var halvings = 0
    /// The best measure on the validation set: the share of correct samples, or the cost; nil before the first.
    public var bestMeasure: Double?
    /// The epoch it belongs to.
    public var bestEpoch: Int?
    /// The parameters after that epoch, as the kernels store them; nil if they are not kept.
    public var bestParameters: [Float]?
    /// Epochs since anything improved.
    public var epochsSinceBest = 0
    /// Epochs since anything improved or the rate was halved.
    public var epochsSinceHalving = 0

    /// Nothing measured yet.
    public init() {}
  }

  /// Creates the state of a run from its parts, as a checkpoint keeps them.
  ///
  /// A trainer that is given it checks that it fits the network, the rule and the data.
  public init(
    parameters: [Float], ruleStates: [[Float]] = [], betaPowers: (first: Double, second: Double) = (1, 1),
    epoch: Int = 0, samplesDone: Int = 0, costSum: Double = 0, costProduct: Double = 1,
    selection: Selection = Selection()
  ) {
    (self.parameters, self.ruleStates) = (parameters, ruleStates)
    powers = BetaPowers(first: betaPowers.first, second: betaPowers.second)
    (self.epoch, self.samplesDone) = (epoch, samplesDone)
    (self.costSum, self.costProduct) = (costSum, costProduct)
    self.selection = selection
  }

  /// Goes back to the beginning of the epoch under way, with the parameters as they are.
  package mutating func restartEpoch() { (samplesDone, costSum, costProduct) = (0, 0, 1) }

  /// Throws `NablaError.mismatch` if it is not the state of such a run.
  func check(
    layout: ParameterLayout, rule: UpdateRule, samples: Int, miniBatchSize: Int
  ) throws(NablaError) {
    func check(_ isFitting: Bool, _ what: String, _ expected: String, _ found: Any) throws(NablaError) {
      guard isFitting else { throw .mismatch("training state: expected \(what) \(expected), found \(found)") }
    }
    let count = layout.count
    try check(parameters.count == count, "parameters:", "\(count) floats", parameters.count)
    try check(
      ruleStates.map(\.count) == [Int](repeating: count, count: rule.stateCount), "states of \(rule.name):",
      "\(rule.stateCount) of \(count) floats", ruleStates.map(\.count))
    try check(epoch >= 0, "epochs:", "a number from 0 up", epoch)
    try check(
      samplesDone >= 0 && samplesDone < samples && samplesDone % miniBatchSize == 0, "samples of the epoch:",
      "whole mini-batches of \(miniBatchSize), fewer than \(samples) samples", samplesDone)
    if let best = selection.bestParameters {
      try check(best.count == count, "best parameters:", "\(count) floats", best.count)
    }
  }
}
