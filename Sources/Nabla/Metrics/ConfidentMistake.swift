/// A sample whose prediction is not its label.
package struct ConfidentMistake: Hashable, Sendable {
  /// Its place among the samples.
  package let index: Int
  package let actual, predicted: Int
  /// The share of each class, together 1: the outputs divided by their sum, those below 0 counting as 0.
  package let confidences: [Double]

  /// Returns the wrong predictions with the highest confidence, the highest first and of equal ones the first.
  ///
  /// Shapes: `outputs` [n, classCount], `labels` [n].
  ///
  /// - Precondition: whole rows; labels below `classCount`.
  /// - Complexity: O(n classCount), and O(m log m) for m mistakes.
  package static func surest(
    _ most: Int, outputs: [Float], labels: [UInt16], classCount: Int
  ) -> [ConfidentMistake] {
    precondition(outputs.count == labels.count * classCount, "outputs of other samples")
    var wrong: [(index: Int, predicted: Int, confidence: Double)] = []
    outputs.withUnsafeBufferPointer { outputs in
      for index in labels.indices {
        let own = UnsafeBufferPointer(rebasing: outputs[index * classCount..<(index + 1) * classCount])
        let predicted = indexOfLargest(own)
        guard predicted != Int(labels[index]) else { continue }
        let sum = own.reduce(0.0) { $0 + Double(max($1, 0)) }
        wrong.append((index, predicted, sum > 0 ? Double(max(own[predicted], 0)) / sum : 0))
      }
    }
    wrong.sort { ($1.confidence, $0.index) < ($0.confidence, $1.index) }
    return wrong.prefix(most).map { mistake in
      let start = mistake.index * classCount
      let own = outputs[start..<start + classCount].map { Double(max($0, 0)) }
      let sum = own.reduce(0, +)
      return ConfidentMistake(
        index: mistake.index, actual: Int(labels[mistake.index]), predicted: mistake.predicted,
        confidences: own.map { sum > 0 ? $0 / sum : 0 })
    }
  }
}
