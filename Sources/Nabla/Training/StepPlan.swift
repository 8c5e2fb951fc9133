/// Makes the step of each mini-batch of an epoch: the same on every member, from numbers alone.
struct StepPlan: BitwiseCopyable {
  let rule: UpdateRule
  let schedule: Schedule
  /// The base learning rate η.
  let learningRate: Float
  /// λ and λ1 of L2 and L1 regularization.
  let l2: Float
  let l1: Float
  /// n, samples in the training set.
  let samples: Int
  let miniBatchSize: Int
  /// The epoch under way, from 0.
  let epoch: Int
  /// Epochs of the whole run.
  let epochs: Int
  let halvings: Int
  /// True for plain descent without L1.
  private var isFused = false
  /// The factor of the weights before a fused step at the base rate.
  private var constantDecay: Float = 1

  init(
    _ configuration: TrainingConfiguration, learningRate: Float, samples: Int, miniBatchSize: Int, epoch: Int,
    halvings: Int
  ) {
    (rule, schedule) = (configuration.rule, configuration.schedule)
    (l2, l1, epochs) = (configuration.l2, configuration.l1, configuration.epochs)
    (self.learningRate, self.samples, self.miniBatchSize) = (learningRate, samples, miniBatchSize)
    (self.epoch, self.halvings) = (epoch, halvings)
    isFused = rule.stateCount == 0 && l1 == 0
    constantDecay = decay(learningRate)
  }

  /// Returns the step of the mini-batch of `count` samples that begins at sample `start` of the epoch.
  ///
  /// - Parameter powers: Adam's, this step included.
  @inline(__always)
  func step(start: Int, count: Int, _ powers: BetaPowers) -> Step {
    if case .constant = schedule, isFused {
      return .fused(scale: -learningRate / Float(count), decay: constantDecay)
    }
    return scheduledStep(start: start, count: count, powers)
  }

  @inline(never)
  private func scheduledStep(start: Int, count: Int, _ powers: BetaPowers) -> Step {
    let rate = rate(start: start)
    return isFused
      ? .fused(scale: -rate / Float(count), decay: decay(rate))
      : .rule(ruleStep(rate: rate, mean: 1 / Float(count), powers))
  }

  /// The learning rate of the mini-batch that begins at sample `start` of the epoch.
  func rate(start: Int) -> Float {
    if case .constant = schedule { return learningRate }
    let stepsPerEpoch = (samples + miniBatchSize - 1) / miniBatchSize
    return schedule.rate(
      base: learningRate,
      at: Schedule.Place(
        step: epoch * stepsPerEpoch + start / miniBatchSize, stepsPerEpoch: stepsPerEpoch, epochs: epochs,
        halvings: halvings))
  }

  /// 1 - ηλ/n, the factor every weight shrinks by before a fused step.
  private func decay(_ rate: Float) -> Float { Float(1 - Double(rate) * Double(l2) / Double(samples)) }

  private func ruleStep(rate: Float, mean: Float, _ powers: BetaPowers) -> RuleStep {
    let l2 = Float(Double(l2) / Double(samples))
    let l1 = Float(Double(l1) / Double(samples))
    switch rule {
    case .sgd: return RuleStep(.sgd, rate: rate, mean: mean, l2: l2, l1: l1)
    case .momentum(let mu): return RuleStep(.momentum, rate: rate, mean: mean, keep: (mu, 0), l2: l2, l1: l1)
    case .nesterov(let mu): return RuleStep(.nesterov, rate: rate, mean: mean, keep: (mu, 0), l2: l2, l1: l1)
    case .adam(let beta1, let beta2, let epsilon), .adamw(let beta1, let beta2, let epsilon, _):
      let correction = (1 - powers.second).squareRoot()
      let decay = rule.weightDecay.map { 1 - Double(rate) * Double($0) } ?? 1
      return RuleStep(
        .adam, rate: Float(Double(rate) * correction / (1 - powers.first)), mean: mean, keep: (beta1, beta2),
        take: (Float(1 - Double(beta1)), Float(1 - Double(beta2))),
        epsilon: Float(Double(epsilon) * correction),
        l2: l2, l1: l1, decay: Float(decay))
    }
  }
}
