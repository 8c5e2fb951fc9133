extension Dataset {
  /// Rows whose cells the median is taken of, at most: the first ones.
  private static let medianRows = 1 << 17

  /// Learns how to scale and fill this table, from its own samples alone: the training part's encoding is what the
  /// test part is read by.
  ///
  /// - A missing number becomes the median of its column (of the first 131,072 samples), a missing word the most
  ///   frequent one. A column of which every cell is missing becomes 0.
  /// - Real targets get mean 0 and standard deviation 1; deviations are of the population, as scikit-learn's
  ///   `StandardScaler` takes them.
  ///
  /// Pictures are divided by 255 whatever `scaling` says, and have nothing to learn.
  ///
  /// - Throws: `NablaError.mismatch`, `NablaError.notFinite` where a column's numbers are too large to scale.
  public func learnedEncoding(scaling: FeatureEncoding.Scaling = .standard) throws(NablaError) -> DataEncoding
  {
    var learned = encoding
    if case .values(let values) = encoding.target {
      learned.target = .values(learnedTargets(values))
    }
    guard let features = encoding.features else { return learned }
    var numbers: [FeatureEncoding.Numbers] = []
    let moments = columnMoments
    for (index, column) in features.columns.enumerated() {
      var own = FeatureEncoding.Numbers()
      switch column.kind {
      case .category(let words): own.fill = Float(mostFrequentWord(column: index, of: words.count))
      case .number:
        own.fill = median(column: index)
        (own.offset, own.factor) = moments[index].scale(by: scaling)
      }
      numbers.append(own)
    }
    learned.features = try FeatureEncoding(columns: features.columns, scaling: scaling, numbers: numbers)
    return learned
  }

  /// What the scaling of one column is made from.
  private struct Moments {
    var count = 0.0
    var mean = 0.0
    var squares = 0.0
    var least = Float.infinity
    var largest = -Float.infinity

    /// What to subtract, and what to multiply with then; a constant column becomes 0.
    func scale(by scaling: FeatureEncoding.Scaling) -> (offset: Float, factor: Float) {
      guard count > 0 else { return (0, scaling == .none ? 1 : 0) }
      switch scaling {
      case .none: return (0, 1)
      case .pixels: return (0, 1 / 255)
      case .minmax:
        let range = Double(largest) - Double(least)
        return (least, range > 0 ? Float(1 / range) : 0)
      case .standard:
        let deviation = (squares / count).squareRoot()
        return (Float(mean), least < largest && deviation > 0 ? Float(1 / deviation) : 0)
      }
    }
  }

  /// Means first, then squares around them: two passes over the rows, in double.
  private var columnMoments: [Moments] {
    let columnCount = encoding.features?.columns.count ?? 0
    var moments = [Moments](repeating: Moments(), count: columnCount)
    moments.withUnsafeMutableBufferPointer { moments in
      forEachRow { cells in
        for c in 0..<columnCount where !cells[c].isNaN {
          moments[c].count += 1
          moments[c].mean += Double(cells[c])
          moments[c].least = min(moments[c].least, cells[c])
          moments[c].largest = max(moments[c].largest, cells[c])
        }
      }
      for c in 0..<columnCount where moments[c].count > 0 { moments[c].mean /= moments[c].count }
      forEachRow { cells in
        for c in 0..<columnCount where !cells[c].isNaN {
          let difference = Double(cells[c]) - moments[c].mean
          moments[c].squares += difference * difference
        }
      }
    }
    return moments
  }

  private func forEachRow(_ body: (UnsafePointer<Float>) -> Void) {
    withView { view in
      guard case .table(let rows) = view.samples else { return }
      for index in 0..<count {
        let row = view.rows.map { Int($0[index]) } ?? index
        body(rows.features + row * rows.columnCount)
      }
    }
  }

  /// The middle of the sorted numbers, the mean of the middle two where their number is even; 0 where there are none.
  private func median(column: Int) -> Float {
    var numbers = (0..<min(count, Self.medianRows)).compactMap { index in
      let cell = cell(index, column)
      return cell.isNaN ? nil : cell
    }
    guard !numbers.isEmpty else { return 0 }
    numbers.sort()
    let middle = numbers.count / 2
    guard numbers.count.isMultiple(of: 2) else { return numbers[middle] }
    return Float((Double(numbers[middle - 1]) + Double(numbers[middle])) / 2)
  }

  /// The first of equally frequent words.
  private func mostFrequentWord(column: Int, of words: Int) -> Int {
    var counts = [Int](repeating: 0, count: words)
    for index in 0..<count {
      let cell = cell(index, column)
      if !cell.isNaN { counts[Int(cell)] += 1 }
    }
    return counts.indices.max { (counts[$0], $1) < (counts[$1], $0) } ?? 0
  }

  private func learnedTargets(_ values: [DataEncoding.Value]) -> [DataEncoding.Value] {
    values.enumerated().map { j, value in
      var value = value
      let y = (0..<count).map { Double(self.values(at: $0)[j]) }
      let mean = y.reduce(0, +) / Double(count)
      let deviation = (y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
      value.offset = Float(mean)
      value.factor = deviation > 0 ? Float(1 / deviation) : 1
      return value
    }
  }

  /// Cells that are missing, column by column.
  package var missingCounts: [Int] {
    var counts = [Int](repeating: 0, count: encoding.features?.columns.count ?? 0)
    forEachRow { cells in for c in counts.indices where cells[c].isNaN { counts[c] += 1 } }
    return counts
  }
}
