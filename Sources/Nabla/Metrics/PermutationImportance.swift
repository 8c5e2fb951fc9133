/// How much worse a network does when the cells of one column are shuffled among the samples: what it takes from that
/// column and has from nowhere else. Breiman 2001, "Random Forests", section 10; scikit-learn's
/// `permutation_importance`.
package struct PermutationImportance: Sendable {
  /// What gets worse.
  package enum Measure: Sendable {
    /// The share of samples read right; the importance is what it loses.
    case accuracy
    /// The root of the mean squared error in the target's units, the mean over the outputs; the importance is what it
    /// gains.
    case rootMeanSquaredError
  }

  /// One column.
  package struct Column: Sendable {
    package let name: String
    /// One for each shuffling; negative where the shuffled column happened to do better.
    package let losses: [Double]

    package var mean: Double { losses.reduce(0, +) / Double(max(losses.count, 1)) }
    package var spread: ClosedRange<Double> { (losses.min() ?? 0)...(losses.max() ?? 0) }
  }

  package let measure: Measure
  /// In the order of the table.
  package let columns: [Column]
  /// The samples that were measured: all, or evenly taken ones.
  package let sampleCount: Int
}

extension Network {
  /// The most samples that importances are measured with.
  package static let mostImportanceSamples = 2000
  /// Multiplications that measuring may take, about: seconds on one core.
  private static let mostImportanceWork = 2e10

  /// Shuffles one column after the other, several times, and measures what is lost. The orders are drawn from `seed` by
  /// streams that nothing else reads: the same numbers every time, on every machine.
  ///
  /// - Parameters:
  ///   - data: rows of a table in the encoding that this network reads.
  ///   - repeats: shufflings of each column.
  ///   - threads: nil takes one for each core.
  /// - Returns: nil for pictures, and where so many columns and parameters would take long.
  /// - Throws: `NablaError.mismatch` if the data does not fit, `NablaError.outOfMemory`.
  package func permutationImportance(
    of data: Dataset, repeats: Int = 5, seed: UInt64 = 1, threads: Int? = nil
  ) throws(NablaError) -> PermutationImportance? {
    guard let features = data.encoding.features else { return nil }
    let columnCount = features.columns.count
    let work = Double(topology.parameterCount) * Double(columnCount * repeats)
    let count = min(data.count, Self.mostImportanceSamples, Int(min(1e9, Self.mostImportanceWork / work)))
    guard count >= min(data.count, 50) else { return nil }
    // Evenly taken: a table may be sorted by its target.
    let chosen = try data.selecting((0..<count).map { $0 * data.count / count })
    var rows: [Float] = []
    rows.reserveCapacity(count * columnCount)
    for index in 0..<count { for column in 0..<columnCount { rows.append(chosen.cell(index, column)) } }
    let predictor = try Predictor(self, encoding: features, threads: threads)
    let measure: PermutationImportance.Measure =
      data.encoding.isRegression ? .rootMeanSquaredError : .accuracy
    var outputs = [Float](repeating: 0, count: count * topology.outputSize)
    func loss() throws(NablaError) -> Double {
      var span = outputs.mutableSpan
      try predictor.predict(rows: rows.span, into: &span)
      return chosen.loss(of: outputs, measure, outputCount: topology.outputSize)
    }
    let unshuffled = try loss()
    var columns: [PermutationImportance.Column] = []
    for (column, feature) in features.columns.enumerated() {
      let cells = (0..<count).map { rows[$0 * columnCount + column] }
      var losses: [Double] = []
      for number in 0..<repeats {
        var order = (0..<UInt32(count)).map(\.self)
        var random = Philox(seed: seed, stream: RandomStream.importance(column: column, repeat: number))
        order.withUnsafeMutableBufferPointer { random.shuffle($0) }
        for index in 0..<count { rows[index * columnCount + column] = cells[Int(order[index])] }
        losses.append(try loss() - unshuffled)
      }
      for index in 0..<count { rows[index * columnCount + column] = cells[index] }
      columns.append(PermutationImportance.Column(name: feature.name, losses: losses))
    }
    return PermutationImportance(measure: measure, columns: columns, sampleCount: count)
  }
}

extension Dataset {
  /// What the outputs [count, outputCount] lack: the share of wrong answers, or the error.
  fileprivate func loss(
    of outputs: [Float], _ measure: PermutationImportance.Measure, outputCount: Int
  ) -> Double {
    switch measure {
    case .accuracy:
      let wrong = (0..<count).count { index in
        let own = Array(outputs[index * outputCount..<(index + 1) * outputCount])
        return indexOfLargest(own) != label(at: index)
      }
      return Double(wrong) / Double(count)
    case .rootMeanSquaredError:
      let predictions = encoding.decoded(outputs)
      var squares = [Double](repeating: 0, count: outputCount)
      for index in 0..<count {
        let targets = values(at: index)
        for output in 0..<outputCount {
          let error = Double(predictions[index * outputCount + output]) - Double(targets[output])
          squares[output] += error * error
        }
      }
      return squares.reduce(0) { $0 + ($1 / Double(count)).squareRoot() } / Double(outputCount)
    }
  }
}
