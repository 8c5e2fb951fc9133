extension Dataset {
  /// Returns the weight of each sample's cost in training, 1 on average; none if all weigh 1.
  ///
  /// A sample's weight is its own, from the table's column of weights, times, if `balanced`, that of its class:
  /// n / (classes * samples of the class), which makes all classes weigh the same.
  ///
  /// - Throws: `NablaError.mismatch` if the weights sum to 0; `NablaError.outOfMemory`.
  func trainingWeights(balanced: Bool) throws(NablaError) -> AlignedBuffer<Float> {
    let balances = balanced && classCount > 0
    guard balances || weight(at: 0) != nil else { return try AlignedBuffer(count: 0) }
    let sizes = balances ? classSizes : []
    let weights = try AlignedBuffer<Float>(count: count)
    var sum = 0.0
    func weigh(_ index: Int) -> Double {
      let own = Double(weight(at: index) ?? 1)
      return balances ? own / Double(sizes[label(at: index)]) : own
    }
    for index in 0..<count { sum += weigh(index) }
    guard sum > 0 else { throw .mismatch("expected weights above 0, found a sum of 0") }
    let scale = Double(count) / sum
    for index in 0..<count { weights.pointer[index] = Float(weigh(index) * scale) }
    return weights
  }
}
