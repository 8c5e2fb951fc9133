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
      learned.target = .values(try learnedTargets(values))
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
        (own.offset, own.factor) = try moments[index].scale(by: scaling, of: column.name)
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

    /// The first pass: adds a number to the sum in `mean`.
    mutating func count(_ number: Float) {
      count += 1
      mean += Double(number)
      least = min(least, number)
      largest = max(largest, number)
    }

    /// The second pass, with the mean.
    mutating func measure(_ number: Float) {
      let difference = Double(number) - mean
      squares += difference * difference
    }

    /// What to subtract, and what to multiply with then; a constant column becomes 0.
    ///
    /// - Throws: `NablaError.notFinite` naming the column if a Float cannot hold its scaled numbers.
    func scale(
      by scaling: FeatureEncoding.Scaling, of name: String
    ) throws(NablaError) -> (offset: Float, factor: Float) {
      guard count > 0 else { return (0, scaling == .none ? 1 : 0) }
      var (offset, factor): (Float, Float) = (0, 1)
      switch scaling {
      case .none: break
      case .pixels: factor = 1 / 255
      case .minmax:
        let range = Double(largest) - Double(least)
        (offset, factor) = (least, range > 0 ? Float(1 / range) : 0)
      case .standard:
        let deviation = (squares / count).squareRoot()
        (offset, factor) = (Float(mean), least < largest && deviation > 0 ? Float(1 / deviation) : 0)
      }
      guard factor.isFinite, ((least - offset) * factor).isFinite, ((largest - offset) * factor).isFinite
      else {
        throw .notFinite(
          "column \(name): expected numbers that can be scaled, found \(least) to \(largest)")
      }
      return (offset, factor)
    }
  }

  /// Means first, then squares around them: two passes over the rows, in double.
  private var columnMoments: [Moments] {
    let columnCount = encoding.features?.columns.count ?? 0
    var moments = [Moments](repeating: Moments(), count: columnCount)
    moments.withUnsafeMutableBufferPointer { moments in
      forEachRow { cells in
        for c in 0..<columnCount where !cells[c].isNaN {
          moments[c].count(cells[c])
        }
      }
      for c in 0..<columnCount where moments[c].count > 0 { moments[c].mean /= moments[c].count }
      forEachRow { cells in
        for c in 0..<columnCount where !cells[c].isNaN {
          moments[c].measure(cells[c])
        }
      }
    }
    return moments
  }

  private func forEachRow(_ body: (UnsafePointer<Float>) -> Void) {
    withView { view in
      guard case .table(let rows) = view.samples else { return }
      for index in 0..<count {
        body(rows.features + view.row(of: index) * rows.columnCount)
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

  /// Calls `body` with the real targets of each sample [targetCount], in their order.
  func forEachTarget(_ body: (UnsafePointer<Float>) -> Void) {
    withView { view in
      guard case .values(let values, _, let targets) = view.target else { return }
      for index in 0..<count {
        body(values + view.row(of: index) * targets)
      }
    }
  }

  private func learnedTargets(
    _ values: [DataEncoding.Value]
  ) throws(NablaError) -> [DataEncoding.Value] {
    var moments = [Moments](repeating: Moments(), count: values.count)
    forEachTarget { y in for j in moments.indices { moments[j].count(y[j]) } }
    for j in moments.indices { moments[j].mean /= moments[j].count }
    forEachTarget { y in for j in moments.indices { moments[j].measure(y[j]) } }
    return try values.indices.map { (j) throws(NablaError) in
      var value = values[j]
      let (offset, factor) = try moments[j].scale(by: .standard, of: value.name)
      // A constant target is learned as a distance from itself.
      (value.offset, value.factor) = (offset, factor == 0 ? 1 : factor)
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
