/// How the learning rate changes during a run: the rate of a mini-batch is the base rate times a factor that depends
/// on the mini-batch's number alone, and, for `halving`, on how often validation has not improved.
public enum Schedule: Hashable, Sendable, BitwiseCopyable {
  /// The base rate, always.
  case constant
  /// Times `factor` after every `every` epochs.
  case step(every: Int = 10, factor: Float = 0.5)
  /// Times `factor` after every epoch.
  case exponential(factor: Float = 0.95)
  /// Half a cosine over all mini-batches of the run, from 1 down to `floor`.
  /// Source: Loshchilov & Hutter 2017, without restarts.
  case cosine(floor: Float = 0)
  /// Linearly from 1/startDivisor up to 1 over the first `warmUp` (a share) of the run's mini-batches, then half a
  /// cosine down to 1/finalDivisor. Source: Smith & Topin 2018, "one cycle".
  case oneCycle(warmUp: Float = 0.3, startDivisor: Float = 25, finalDivisor: Float = 10_000)
  /// Halved when nothing has improved on the validation set for `patience` epochs; the run ends with the halving
  /// number `times`. The book's exercise in chapter 3 ends at 1/128: 7 times.
  case halving(patience: Int = 10, times: Int = 7)

  /// Where in a run a mini-batch stands.
  struct Place: BitwiseCopyable {
    /// Mini-batches before it in the run.
    var step: Int
    var stepsPerEpoch: Int
    /// Epochs of the whole run.
    var epochs: Int
    /// How often `halving` has halved.
    var halvings: Int
  }

  /// True if the rate of a mini-batch depends on the number of epochs of the whole run.
  public var dependsOnEpochs: Bool {
    switch self {
    case .constant, .step, .exponential, .halving: false
    case .cosine, .oneCycle: true
    }
  }

  /// Returns the learning rate of the mini-batch at `place`: computed in double, rounded to Float once.
  func rate(base: Float, at place: Place) -> Float {
    switch self {
    case .constant: return base
    default: return Float(Double(base) * factor(at: place))
    }
  }

  /// As `rate(base:at:)`, for tests.
  package func rate(base: Float, step: Int, stepsPerEpoch: Int, epochs: Int, halvings: Int) -> Float {
    rate(base: base, at: Place(step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs, halvings: halvings))
  }

  private func factor(at place: Place) -> Double {
    let epoch = place.step / place.stepsPerEpoch
    let steps = Double(place.stepsPerEpoch) * Double(place.epochs)
    // A run may go on past its last epoch; the rate stays then.
    let done = min(Double(place.step) / steps, 1)
    switch self {
    case .constant: return 1
    case .step(let every, let factor): return power(Double(factor), epoch / every)
    case .exponential(let factor): return power(Double(factor), epoch)
    case .cosine(let floor): return cosineDown(from: 1, to: Double(floor), done)
    case .oneCycle(let warmUp, let startDivisor, let finalDivisor):
      let warmUp = Double(warmUp)
      if done < warmUp {
        let start = 1 / Double(startDivisor)
        return start + (1 - start) * (done / warmUp)
      }
      return cosineDown(
        from: 1, to: 1 / Double(finalDivisor), warmUp < 1 ? (done - warmUp) / (1 - warmUp) : 1)
    case .halving: return power(0.5, place.halvings)
    }
  }

  private func cosineDown(from start: Double, to end: Double, _ done: Double) -> Double {
    end + (start - end) * 0.5 * (1 + cosineOfPi(times: done))
  }

  /// base^exponent by squaring: no library's rounding.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }

  /// Throws `NablaError.invalidSetting` for numbers out of range.
  func validate() throws(NablaError) {
    func check(_ isAllowed: Bool, _ expected: String, _ found: some Any) throws(NablaError) {
      guard isAllowed else { throw .invalidSetting(name: "schedule", expected: expected, found: "\(found)") }
    }
    switch self {
    case .constant: break
    case .step(let every, let factor):
      try check(every >= 1, "at least 1 epoch a step", every)
      try check(factor > 0 && factor <= 1, "a factor above 0, up to 1", factor)
    case .exponential(let factor): try check(factor > 0 && factor <= 1, "a factor above 0, up to 1", factor)
    case .cosine(let floor): try check(floor >= 0 && floor <= 1, "a floor of 0 to 1", floor)
    case .oneCycle(let warmUp, let startDivisor, let finalDivisor):
      try check(warmUp >= 0 && warmUp <= 1, "a warm-up of 0 to 1", warmUp)
      try check(startDivisor >= 1 && startDivisor.isFinite, "a divisor from 1 up", startDivisor)
      try check(finalDivisor >= 1 && finalDivisor.isFinite, "a divisor from 1 up", finalDivisor)
    case .halving(let patience, let times):
      try check(patience >= 1, "a patience of at least 1 epoch", patience)
      try check(times >= 1, "at least 1 halving", times)
    }
  }
}

extension Schedule: LosslessStringConvertible {
  /// The words people type: "constant", "step", "exponential", "cosine", "one-cycle", "halving".
  public static let names = ["constant", "step", "exponential", "cosine", "one-cycle", "halving"]

  /// The name and the numbers, colons between: "step:10:0.5", "one-cycle:0.3:25.0:10000.0".
  public var description: String {
    switch self {
    case .constant: "constant"
    case .step(let every, let factor): "step:\(every):\(factor)"
    case .exponential(let factor): "exponential:\(factor)"
    case .cosine(let floor): "cosine:\(floor)"
    case .oneCycle(let warmUp, let startDivisor, let finalDivisor):
      "one-cycle:\(warmUp):\(startDivisor):\(finalDivisor)"
    case .halving(let patience, let times): "halving:\(patience):\(times)"
    }
  }

  /// Reads what `description` writes; numbers left out at the end take their defaults. nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let isKnown = parts.dropFirst().allSatisfy { Float($0) != nil }
    guard isKnown, let name = parts.first else { return nil }
    func float(_ index: Int, _ standard: Float) -> Float? {
      parts.count > index ? Float(parts[index]) : standard
    }
    func int(_ index: Int, _ standard: Int) -> Int? { parts.count > index ? Int(parts[index]) : standard }
    switch (name, parts.count) {
    case ("constant", 1): self = .constant
    case ("step", ...3):
      guard let every = int(1, 10), let factor = float(2, 0.5) else { return nil }
      self = .step(every: every, factor: factor)
    case ("exponential", ...2):
      guard let factor = float(1, 0.95) else { return nil }
      self = .exponential(factor: factor)
    case ("cosine", ...2):
      guard let floor = float(1, 0) else { return nil }
      self = .cosine(floor: floor)
    case ("one-cycle", ...4):
      guard let warmUp = float(1, 0.3), let start = float(2, 25), let final = float(3, 10_000) else {
        return nil
      }
      self = .oneCycle(warmUp: warmUp, startDivisor: start, finalDivisor: final)
    case ("halving", ...3):
      guard let patience = int(1, 10), let times = int(2, 7) else { return nil }
      self = .halving(patience: patience, times: times)
    default: return nil
    }
  }
}
