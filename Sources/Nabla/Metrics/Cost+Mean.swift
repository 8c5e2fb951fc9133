extension Cost {
  /// Returns the mean cost of outputs, with the same bits as `Evaluation.cost` of a network that gives them.
  ///
  /// Shapes: `outputs` [n, outputs], `labels` [n], each below the number of outputs.
  ///
  /// - Precondition: n > 0; whole rows.
  package func mean(of outputs: Span<Float>, labels: Span<UInt16>) -> Double {
    precondition(!labels.isEmpty && outputs.count % labels.count == 0, "expected whole rows of outputs")
    let width = outputs.count / labels.count
    var total = 0.0
    // An evaluation adds up the samples of a chunk, then the chunks.
    for start in stride(from: 0, to: labels.count, by: predictionChunk) {
      var sum = CostSum(self)
      for sample in start..<min(start + predictionChunk, labels.count) {
        outputs.extracting(sample * width..<(sample + 1) * width).withUnsafeBufferPointer {
          precondition(labels[sample] < $0.count, "a label is no class")
          if let row = $0.baseAddress { sum.add(row, count: width, label: Int(labels[sample])) }
        }
      }
      total += sum.total
    }
    return total / Double(labels.count)
  }
}
