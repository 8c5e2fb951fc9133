extension Dataset {
  /// Divides the samples into folds for cross-validation: each fold once to validate on, and all others to train on.
  ///
  /// - Classes are spread evenly: the numbers of a class's samples in two folds differ by at most one, and so do the
  ///   sizes of two folds. Samples with real targets are one class.
  /// - Where a table has groups, all samples of a group are in one fold instead: the largest group first, each into
  ///   the smallest fold so far.
  ///
  /// Which samples of a class, or which of equally large groups, is drawn from `seed`, by a stream that nothing else
  /// reads. All parts keep the order of this data set, and share its memory.
  ///
  /// - Throws: `NablaError.invalidSetting` for fewer than two folds, or more than samples or groups;
  ///   `NablaError.outOfMemory`.
  public func folds(
    _ count: Int, seed: UInt64
  ) throws(NablaError) -> [(training: Dataset, validation: Dataset)] {
    let folds = try foldOfEachSample(count, seed: seed)
    var parts: [(training: Dataset, validation: Dataset)] = []
    for fold in 0..<count { parts.append(try dividing(by: folds, fold: fold)) }
    return parts
  }

  /// The samples of fold `fold` to validate on, and all others to train on.
  ///
  /// - Parameter folds: the fold of each sample, as `foldOfEachSample` gives it.
  /// - Throws: `NablaError.outOfMemory`.
  package func dividing(
    by folds: [Int], fold: Int
  ) throws(NablaError) -> (training: Dataset, validation: Dataset) {
    (
      training: try selecting(folds.indices.filter { folds[$0] != fold }),
      validation: try selecting(folds.indices.filter { folds[$0] == fold })
    )
  }

  /// The fold of each sample, 0 ..< `count`, as `folds` divides them.
  ///
  /// - Throws: `NablaError.invalidSetting`.
  package func foldOfEachSample(_ count: Int, seed: UInt64) throws(NablaError) -> [Int] {
    var random = Philox(seed: seed, stream: RandomStream.folds)
    let groups = groupSizes
    let (parts, unit) = groups.isEmpty ? (self.count, "samples") : (groups.count, "groups")
    guard count >= 2, count <= parts else {
      throw .invalidSetting(
        name: "folds",
        expected: parts < 2 ? "2 or more \(unit) to divide" : "2 to \(parts), the number of \(unit)",
        found: parts < 2 ? "\(parts)" : "\(count)")
    }
    guard groups.isEmpty else { return groupedFolds(count, groups, &random) }
    var folds = [Int](repeating: 0, count: self.count)
    var next = 0
    // Class after class is dealt round the folds, each from where the one before ended.
    var starts = [Int](repeating: 0, count: classSizes.count)
    for (label, size) in classSizes.enumerated() {
      starts[label] = next
      next += size
    }
    for index in random.shuffledIndices(self.count) {
      let label = stratum(index)
      folds[index] = starts[label] % count
      starts[label] += 1
    }
    return folds
  }

  private func groupedFolds(_ count: Int, _ groups: [UInt32: Int], _ random: inout Philox) -> [Int] {
    // A dictionary's order is another in each process.
    let names = groups.keys.sorted()
    let shuffled = random.shuffledIndices(names.count).map { names[$0] }
    let order = shuffled.indices.sorted {
      (groups[shuffled[$1]] ?? 0, $0) < (groups[shuffled[$0]] ?? 0, $1)
    }
    var sizes = [Int](repeating: 0, count: count)
    var foldOfGroup: [UInt32: Int] = [:]
    for place in order {
      let smallest = sizes.indices.min { (sizes[$0], $0) < (sizes[$1], $1) } ?? 0
      foldOfGroup[shuffled[place]] = smallest
      sizes[smallest] += groups[shuffled[place]] ?? 0
    }
    return (0..<self.count).map { index in group(at: index).flatMap { foldOfGroup[$0] } ?? 0 }
  }

  /// Samples of each group; empty if the table has no groups.
  private var groupSizes: [UInt32: Int] {
    (0..<count).reduce(into: [:]) { sizes, index in
      if let group = group(at: index) { sizes[group, default: 0] += 1 }
    }
  }
}

extension Philox {
  /// Returns 0 ..< `count` in an order drawn at random.
  package mutating func shuffledIndices(_ count: Int) -> [Int] {
    var order = (0..<count).map { UInt32(truncatingIfNeeded: $0) }
    order.withUnsafeMutableBufferPointer { shuffle($0) }
    return order.map { Int($0) }
  }
}
