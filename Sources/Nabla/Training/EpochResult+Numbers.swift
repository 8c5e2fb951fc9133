/// An epoch as a row of numbers, for a checkpoint: all but the confusion matrices. A whole number is exact up to 2^53.
extension EpochResult {
  /// What stands where in a row.
  package static let numberNames: [String] =
    ["epoch", "training_cost", "samples", "samples_before", "seconds", "learning_rate", "is_best"]
    + ["validation", "test"].flatMap { set in
      ["correct", "total", "cost", "has_errors", "rmse", "mae", "r2"].map { "\(set)_\($0)" }
    }

  /// The row; zeros for a set that was not measured.
  package var numbers: [Double] {
    [
      Double(report.epoch), report.trainingCost, Double(report.samples), Double(report.samplesBefore),
      report.seconds, Double(learningRate), isBest ? 1 : 0,
    ] + Self.numbers(of: validation) + Self.numbers(of: test)
  }

  private static func numbers(of evaluation: Evaluation?) -> [Double] {
    guard let evaluation else { return [Double](repeating: 0, count: 7) }
    let errors = evaluation.errors
    return [
      Double(evaluation.correct), Double(evaluation.total), evaluation.cost, errors == nil ? 0 : 1,
      errors?.rmse ?? 0, errors?.mae ?? 0, errors?.r2 ?? 0,
    ]
  }

  /// Reads a row; nil if it is none.
  package init?(numbers: some RandomAccessCollection<Double>) {
    let numbers = Array(numbers)
    guard numbers.count == Self.numberNames.count, let epoch = Int(exactly: numbers[0]),
      let samples = Int(exactly: numbers[2]), let before = Int(exactly: numbers[3])
    else { return nil }
    report = EpochReport(
      epoch: epoch, trainingCost: numbers[1], samples: samples, samplesBefore: before, seconds: numbers[4],
      wasStopped: false)
    learningRate = Float(numbers[5])
    isBest = numbers[6] != 0
    validation = Self.evaluation(numbers[7..<14])
    test = Self.evaluation(numbers[14..<21])
  }

  private static func evaluation(_ numbers: ArraySlice<Double>) -> Evaluation? {
    let numbers = Array(numbers)
    guard let correct = Int(exactly: numbers[0]), let total = Int(exactly: numbers[1]), total > 0 else {
      return nil
    }
    return Evaluation(
      correct: correct, total: total, cost: numbers[2], confusion: [],
      errors: numbers[3] == 0 ? nil : .init(rmse: numbers[4], mae: numbers[5], r2: numbers[6]))
  }
}
