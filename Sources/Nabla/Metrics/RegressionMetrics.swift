/// How close predictions come to real targets, in the targets' units; definitions as in scikit-learn's
/// `sklearn.metrics`. Sums are in double and in the order of the samples.
public struct RegressionMetrics: Hashable, Sendable {
  /// The numbers of one output, or their mean over all.
  public struct Errors: Hashable, Sendable {
    /// The mean squared error.
    public let meanSquared: Double
    /// The root of the mean squared error; over several outputs, the mean of their roots.
    public let rootMeanSquared: Double
    /// The mean absolute error.
    public let meanAbsolute: Double
    /// The median absolute error, between the two middle ones of an even number.
    public let medianAbsolute: Double
    /// The largest absolute error; over several outputs, the largest of all.
    public let largest: Double
    /// R², the share of the target's variance that the predictions explain: 1 - Σ (y - p)² / Σ (y - mean y)². Of a
    /// target that never varies 1 if every prediction is exact, else 0. Nil with a single sample.
    public let rSquared: Double?
  }

  /// Samples.
  public let count: Int
  /// The errors of each output.
  public let outputs: [Errors]
  /// Their mean over the outputs, each counting alike (scikit-learn's "uniform_average").
  public let mean: Errors

  /// Measures predictions.
  ///
  /// Shapes: `predictions` and `targets` [n, outputCount], both in the target's units.
  ///
  /// - Throws: `NablaError.mismatch` for other shapes or no sample; `NablaError.notFinite` naming the sample.
  /// - Complexity: O(n log n) for each output.
  public init(predictions: Span<Float>, targets: Span<Float>, outputCount: Int) throws(NablaError) {
    guard !targets.isEmpty, outputCount > 0, targets.count % outputCount == 0 else {
      throw .mismatch("expected targets of \(outputCount) outputs, found \(targets.count) numbers")
    }
    guard predictions.count == targets.count else {
      throw .mismatch("expected \(targets.count) predictions, found \(predictions.count)")
    }
    for index in 0..<targets.count {
      let (sample, output) = index.quotientAndRemainder(dividingBy: outputCount)
      guard predictions[index].isFinite else {
        throw .notFinite("prediction \(output) of sample \(sample) is \(predictions[index])")
      }
      guard targets[index].isFinite else {
        throw .notFinite("target \(output) of sample \(sample) is \(targets[index])")
      }
    }
    count = targets.count / outputCount
    var outputs: [Errors] = []
    for output in 0..<outputCount {
      outputs.append(
        Errors(predictions: predictions, targets: targets, output: output, outputCount: outputCount))
    }
    self.outputs = outputs
    mean = Errors(meanOf: outputs)
  }
}

extension RegressionMetrics.Errors {
  fileprivate init(predictions: Span<Float>, targets: Span<Float>, output: Int, outputCount: Int) {
    let n = targets.count / outputCount
    var (squares, targetSum) = (0.0, 0.0)
    var errors: [Double] = []
    errors.reserveCapacity(n)
    for index in stride(from: output, to: targets.count, by: outputCount) {
      let error = abs(Double(predictions[index]) - Double(targets[index]))
      errors.append(error)
      squares += error * error
      targetSum += Double(targets[index])
    }
    // Of equal floats the sum in double is exact, and so is this mean: a constant target has no variance at all.
    let targetMean = targetSum / Double(n)
    var variance = 0.0
    for index in stride(from: output, to: targets.count, by: outputCount) {
      let difference = Double(targets[index]) - targetMean
      variance += difference * difference
    }
    meanSquared = squares / Double(n)
    rootMeanSquared = meanSquared.squareRoot()
    meanAbsolute = errors.reduce(0, +) / Double(n)
    errors.sort()
    medianAbsolute = (errors[(n - 1) / 2] + errors[n / 2]) / 2
    largest = errors[n - 1]
    rSquared = n < 2 ? nil : variance > 0 ? 1 - squares / variance : squares == 0 ? 1 : 0
  }

  fileprivate init(meanOf outputs: [Self]) {
    func mean(_ number: (Self) -> Double) -> Double {
      outputs.reduce(0) { $0 + number($1) } / Double(outputs.count)
    }
    meanSquared = mean(\.meanSquared)
    rootMeanSquared = mean(\.rootMeanSquared)
    meanAbsolute = mean(\.meanAbsolute)
    medianAbsolute = mean(\.medianAbsolute)
    largest = outputs.map(\.largest).max() ?? 0
    let shares = outputs.compactMap(\.rSquared)
    rSquared = shares.count == outputs.count ? shares.reduce(0, +) / Double(shares.count) : nil
  }
}
