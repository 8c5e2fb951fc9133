/// What is counted and summed sample by sample, in their order, for `ClassificationMetrics`.
struct ClassificationTally {
  /// The k of "among the k largest outputs".
  static let topKs = [1, 2, 3, 5]

  /// Samples.
  let count: Int
  /// Whether outputs divided by their sum are taken as probabilities.
  let areProbabilities: Bool
  /// Of each class its right predictions, its samples and its predictions.
  private(set) var correct, support, predicted: [Int]
  /// Row-major [actual, predicted]; empty where there are too many classes.
  private(set) var confusion: [Int]
  /// Samples by how many outputs come before the label's: the larger ones, and equal ones of lower classes. The last
  /// has those of all higher numbers.
  private var ranks = [Int](repeating: 0, count: (topKs.max() ?? 0) + 1)
  /// Σ -ln p of the right class, but for the latest, whose product is `likelihood`: one logarithm for many factors.
  private var lossSum = 0.0
  private var likelihood = 1.0
  private(set) var calibration = CalibrationTally()
  /// With two classes, the scores of the samples of class 1 and of those of class 0.
  private(set) var positiveScores: [Double] = []
  private(set) var negativeScores: [Double] = []

  /// - Precondition: `outputs` [count, classCount] are finite, and each label is a class.
  init(outputs: Span<Float>, labels: Span<UInt16>, classCount: Int, areProbabilities: Bool) {
    count = labels.count
    self.areProbabilities = areProbabilities
    let zeros = [Int](repeating: 0, count: classCount)
    (correct, support, predicted) = (zeros, zeros, zeros)
    let hasConfusion = classCount <= ClassificationMetrics.largestConfusion
    confusion = [Int](repeating: 0, count: hasConfusion ? classCount * classCount : 0)
    for sample in 0..<count {
      let first = sample * classCount
      add(outputs.extracting(first..<first + classCount), label: Int(labels[sample]))
    }
  }

  private mutating func add(_ outputs: Span<Float>, label: Int) {
    let own = outputs[label]
    var rank = 0
    var prediction = 0
    var sum = 0.0
    for j in 0..<outputs.count {
      let output = outputs[j]
      if output > own || (output == own && j < label) { rank += 1 }
      if output > outputs[prediction] { prediction = j }
      sum += Double(output)
    }
    let isRight = prediction == label
    if isRight { correct[label] += 1 }
    support[label] += 1
    predicted[prediction] += 1
    if !confusion.isEmpty { confusion[label * outputs.count + prediction] += 1 }
    ranks[min(rank, ranks.count - 1)] += 1
    if areProbabilities {
      likelihood *= min(max(Self.share(own, of: sum, outputs.count), .ulpOfOne), 1 - .ulpOfOne)
      if likelihood < 0x1p-900 {
        lossSum -= naturalLogarithm(likelihood)
        likelihood = 1
      }
      calibration.add(confidence: Self.share(outputs[prediction], of: sum, outputs.count), isRight: isRight)
    }
    if outputs.count == 2 {
      let score =
        areProbabilities ? Self.share(outputs[1], of: sum, 2) : Double(outputs[1]) - Double(outputs[0])
      if label == 1 { positiveScores.append(score) } else { negativeScores.append(score) }
    }
  }

  /// Σ -ln p of the right class.
  var logLoss: Double { lossSum - naturalLogarithm(likelihood) }

  /// Samples whose label is among the k largest outputs.
  func amongLargest(_ k: Int) -> Int { ranks.prefix(k).reduce(0, +) }

  /// The probability that an output stands for.
  private static func share(_ output: Float, of sum: Double, _ classCount: Int) -> Double {
    sum > 0 ? Double(output) / sum : 1 / Double(classCount)
  }
}
