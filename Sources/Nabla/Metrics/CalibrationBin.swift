/// The samples whose confidence lies in one of 15 equal parts of 0 ... 1: of those that are predicted with 80%
/// confidence, 80% should be right.
///
/// The confidence is the probability of the predicted class. Bin i of M takes confidences in (i / M, (i + 1) / M], as
/// Guo et al. 2017, "On Calibration of Modern Neural Networks", draw their diagrams.
public struct CalibrationBin: Hashable, Sendable {
  /// The number of bins, M.
  public static let binCount = 15

  /// Samples in the bin.
  public let count: Int
  /// The mean of their confidences; 0 in an empty bin.
  public let meanConfidence: Double
  /// The share of them that is predicted right; 0 in an empty bin.
  public let accuracy: Double
}

/// The sums behind the bins.
struct CalibrationTally {
  private var counts = [Int](repeating: 0, count: CalibrationBin.binCount)
  private var right = [Int](repeating: 0, count: CalibrationBin.binCount)
  private var confidences = [Double](repeating: 0, count: CalibrationBin.binCount)

  mutating func add(confidence: Double, isRight: Bool) {
    let last = CalibrationBin.binCount - 1
    let bin = min(max(Int((confidence * Double(last + 1)).rounded(.up)) - 1, 0), last)
    counts[bin] += 1
    confidences[bin] += confidence
    if isRight { right[bin] += 1 }
  }

  var bins: [CalibrationBin] {
    counts.indices.map { bin in
      let count = Double(max(counts[bin], 1))
      return CalibrationBin(
        count: counts[bin], meanConfidence: confidences[bin] / count, accuracy: Double(right[bin]) / count)
    }
  }

  /// Σ |accuracy - mean confidence| count / n over the bins. Guo et al. 2017, equation 3.
  var error: Double {
    let total = Double(max(counts.reduce(0, +), 1))
    return bins.reduce(0) { $0 + abs($1.accuracy - $1.meanConfidence) * Double($1.count) } / total
  }
}
