extension Dataset {
  /// Divides the samples in two: `count` of them held out, and the rest.
  ///
  /// Stratified: each class gives its share, rounded by the largest remainder (of equal ones the lower class first).
  /// Which samples of a class are held out is drawn from `seed`, by a stream that nothing else reads. Both parts
  /// keep the order of this data set.
  ///
  /// - Precondition: 0 < `count` < the number of samples.
  /// - Complexity: the pixels are copied; while both exist, they take their memory twice.
  /// - Throws: `NablaError.outOfMemory`.
  public func holdingOut(_ count: Int, seed: UInt64) throws(NablaError) -> (rest: Dataset, heldOut: Dataset) {
    precondition(count > 0 && count < self.count, "both parts need a sample")
    var wanted = Self.shares(of: count, among: classSizes)
    var order = (0..<self.count).map { UInt32(truncatingIfNeeded: $0) }
    var random = Philox(seed: seed, stream: RandomStream.validationSplit)
    order.withUnsafeMutableBufferPointer { random.shuffle($0) }
    var isHeldOut = [Bool](repeating: false, count: self.count)
    for index in order {
      let label = Int(labels[Int(index)])
      if wanted[label] > 0 {
        wanted[label] -= 1
        isHeldOut[Int(index)] = true
      }
    }
    return (
      rest: try gathering((0..<self.count).filter { !isHeldOut[$0] }),
      heldOut: try gathering((0..<self.count).filter { isHeldOut[$0] })
    )
  }

  /// Samples of each class.
  private var classSizes: [Int] {
    labels.reduce(into: [Int](repeating: 0, count: 256)) { $0[Int($1)] += 1 }
  }

  /// Divides `count` in proportion to `sizes`, by the largest remainder.
  private static func shares(of count: Int, among sizes: [Int]) -> [Int] {
    let total = sizes.reduce(0, +)
    // Both factors are numbers of samples in memory: their product fits 128 bits.
    let divided = sizes.map { total.dividingFullWidth($0.multipliedFullWidth(by: count)) }
    var shares = divided.map(\.quotient)
    let missing = count - shares.reduce(0, +)
    let byRemainder = sizes.indices.sorted {
      (divided[$0].remainder, $1) > (divided[$1].remainder, $0)
    }
    for label in byRemainder.prefix(missing) { shares[label] += 1 }
    return shares
  }

  /// Returns the samples at `indices`, in that order, in memory of their own.
  private func gathering(_ indices: [Int]) throws(NablaError) -> Dataset {
    let storage = try PixelStorage(count: indices.count, inputSize: inputSize)
    for (position, index) in indices.enumerated() { storage.labels[position] = labels[index] }
    while let block = try storage.nextBlock() {
      guard let pixels = block.pixels.baseAddress else { continue }
      withView { view in
        for (row, position) in block.images.enumerated() {
          view.copyImage(indices[position], to: pixels + row * inputSize)
        }
      }
    }
    return try Dataset(storage: storage, imageShape: imageShape, classCount: classCount)
  }
}
