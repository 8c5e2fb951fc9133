/// How well outputs tell classes apart: the numbers of scikit-learn's `sklearn.metrics`, from outputs and labels.
///
/// The prediction is the largest output, the first one where several are equal. Where a definition takes
/// probabilities, they are a sample's outputs divided by their sum (of outputs that are all 0, each 1 / classes), which
/// leaves those of a softmax as they are. Outputs below 0, as tanh and identity give them, are no probabilities; then
/// what needs them is nil. Sums are in double and in the order of the samples, so that equal inputs give equal bits.
public struct ClassificationMetrics: Hashable, Sendable {
  /// Precision, recall and F1 of a class, or their mean over classes. What would be divided by 0 is 0, as with
  /// scikit-learn's `zero_division=0`.
  public struct Scores: Hashable, Sendable {
    /// Of the samples predicted as the class, the share that are of it.
    public let precision: Double
    /// Of the samples of the class, the share that are predicted as it.
    public let recall: Double
    /// The harmonic mean of precision and recall, 2 true positives / (predicted + support).
    public let f1: Double

    /// Creates scores.
    public init(precision: Double, recall: Double, f1: Double) {
      self.precision = precision
      self.recall = recall
      self.f1 = f1
    }
  }

  /// The share of samples whose label is among the k largest outputs.
  ///
  /// Of equal outputs the lower class comes first, as in the prediction; `top_k_accuracy_score` takes the higher one.
  public struct TopK: Hashable, Sendable {
    /// How many of the largest outputs count.
    public let k: Int
    /// Samples whose label is among them / samples.
    public let accuracy: Double
  }

  /// Classes up to which the confusion matrix is kept: it has their square of numbers.
  public static let largestConfusion = 1000

  /// Samples.
  public let count: Int
  /// Samples whose prediction is their label.
  public let correct: Int
  /// Mean of -ln p of the right class, p clipped to [ε, 1 - ε] with the ε of Double, 2^-52, as `log_loss` clips it.
  public let logLoss: Double?
  /// The scores of each class; zeros for a class without samples or predictions.
  public let classes: [Scores]
  /// Samples of each class.
  public let support: [Int]
  /// Predictions of each class.
  public let predicted: [Int]
  /// The mean of the scores over the classes that occur among labels or predictions, as scikit-learn's "macro".
  public let macro: Scores
  /// The mean of the scores over the samples' classes, as scikit-learn's "weighted".
  public let weighted: Scores
  /// For k = 1, 2, 3, 5 as long as there are more classes than k.
  public let topK: [TopK]
  /// With two classes the area under the curve of true against false positives, `roc_auc_score` of class 1: the
  /// share of pairs of a sample of class 1 and one of class 0 that its score (its probability, or its output minus the
  /// other where outputs are no probabilities) puts in order, equal ones counting half. Nil with other numbers of
  /// classes, or when all samples are of one class.
  public let rocAUC: Double?
  /// Confidence against accuracy, in 15 bins; empty where outputs are no probabilities.
  public let calibrationBins: [CalibrationBin]
  /// The expected calibration error: the mean over all samples of |accuracy - mean confidence| of their bin.
  /// Guo et al. 2017, equation 3, with 15 bins.
  public let calibrationError: Double?
  /// confusion[actual][predicted] samples; empty above `largestConfusion` classes.
  public let confusion: [[Int]]

  /// correct / count, 0 ... 1.
  public var accuracy: Double { Double(correct) / Double(count) }

  /// Measures outputs.
  ///
  /// Shapes: `outputs` [n, classCount] as a network gives them; `labels` [n], each below `classCount`.
  ///
  /// - Throws: `NablaError.mismatch` for other shapes, no sample, or naming the first label that is no class;
  ///   `NablaError.notFinite` naming the sample.
  /// - Complexity: O(n classCount), with two classes O(n log n).
  public init(outputs: Span<Float>, labels: Span<UInt16>, classCount: Int) throws(NablaError) {
    guard !labels.isEmpty, classCount > 0 else {
      throw .mismatch("expected samples and classes to measure, found \(labels.count) and \(classCount)")
    }
    guard outputs.count / classCount == labels.count, outputs.count % classCount == 0 else {
      throw .mismatch(
        "expected \(labels.count) x \(classCount) outputs, found \(outputs.count)")
    }
    for sample in 0..<labels.count where labels[sample] >= classCount {
      throw .mismatch("label \(sample): expected a class of 0 ... \(classCount - 1), found \(labels[sample])")
    }
    var areProbabilities = true
    for index in 0..<outputs.count {
      guard outputs[index].isFinite else {
        throw .notFinite(
          "output \(index % classCount) of sample \(index / classCount) is \(outputs[index])")
      }
      if outputs[index] < 0 { areProbabilities = false }
    }
    self.init(
      ClassificationTally(
        outputs: outputs, labels: labels, classCount: classCount, areProbabilities: areProbabilities))
  }

  private init(_ tally: ClassificationTally) {
    let (n, classCount) = (tally.count, tally.support.count)
    count = n
    correct = tally.correct.reduce(0, +)
    support = tally.support
    predicted = tally.predicted
    classes = (0..<classCount).map {
      let (right, support, predicted) = (tally.correct[$0], tally.support[$0], tally.predicted[$0])
      return Scores(
        precision: ratio(right, predicted), recall: ratio(right, support),
        f1: ratio(2 * right, support + predicted))
    }
    let occurs = (0..<classCount).map { tally.support[$0] + tally.predicted[$0] > 0 ? 1 : 0 }
    macro = Scores(meanOf: classes, weights: occurs)
    weighted = Scores(meanOf: classes, weights: tally.support)
    topK = ClassificationTally.topKs.filter { $0 < classCount }.map {
      TopK(k: $0, accuracy: ratio(tally.amongLargest($0), n))
    }
    rocAUC = areaUnderROC(positives: tally.positiveScores, negatives: tally.negativeScores)
    logLoss = tally.areProbabilities ? tally.logLoss / Double(n) : nil
    calibrationBins = tally.areProbabilities ? tally.calibration.bins : []
    calibrationError = tally.areProbabilities ? tally.calibration.error : nil
    let matrix = tally.confusion
    confusion =
      matrix.isEmpty ? [] : (0..<classCount).map { Array(matrix[$0 * classCount..<($0 + 1) * classCount]) }
  }
}

extension ClassificationMetrics {
  /// Matthews' correlation of labels and predictions, -1 ... 1, for any number of classes; 0 where one of them never
  /// varies. `matthews_corrcoef`.
  public var matthewsCorrelation: Double {
    let (n, expected) = (Double(count), chanceProduct)
    let variance = (n * n - squares(predicted)) * (n * n - squares(support))
    return variance > 0 ? (Double(correct) * n - expected) / variance.squareRoot() : 0
  }

  /// Cohen's kappa: the agreement of labels and predictions beyond what chance gives, at most 1. Nil where both are
  /// always the same one class. `cohen_kappa_score`.
  public var cohenKappa: Double? {
    let (n, expected) = (Double(count), chanceProduct)
    return n * n > expected ? (Double(correct) * n - expected) / (n * n - expected) : nil
  }

  /// Σ support predicted, over the classes.
  private var chanceProduct: Double {
    zip(support, predicted).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  private func squares(_ counts: [Int]) -> Double { counts.reduce(0) { $0 + Double($1) * Double($1) } }
}

extension ClassificationMetrics.Scores {
  /// The weighted mean; zeros if all weights are 0.
  fileprivate init(meanOf scores: [Self], weights: [Int]) {
    let total = Double(weights.reduce(0, +))
    func mean(_ score: (Self) -> Double) -> Double {
      total > 0 ? zip(scores, weights).reduce(0) { $0 + score($1.0) * Double($1.1) } / total : 0
    }
    self.init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
  }
}

/// part / whole; 0 of nothing is 0.
private func ratio(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
