extension Dataset {
  /// What samples are held out for.
  public enum SplitPurpose: Sendable {
    /// To compare epochs by.
    case validation
    /// To measure the trained network.
    case test
  }

  /// Divides the samples in two: `count` of them held out, and the rest.
  ///
  /// Stratified: each class gives its share, rounded by the largest remainder (of equal ones the lower class first);
  /// samples with real targets are one class. Which samples of a class are held out is drawn from `seed`, by a stream
  /// that nothing else reads. Both parts keep the order of this data set, and share its memory. Where samples have groups,
  /// whole groups are held out, in an order drawn from `seed`, as long as `count` is not passed: at least one.
  ///
  /// - Parameter purpose: test and validation sets are drawn independently of each other.
  /// - Precondition: 0 < `count` < the number of samples.
  /// - Throws: `NablaError.outOfMemory`.
  public func holdingOut(
    _ count: Int, as purpose: SplitPurpose = .validation, seed: UInt64
  ) throws(NablaError) -> (rest: Dataset, heldOut: Dataset) {
    precondition(count > 0 && count < self.count, "both parts need a sample")
    if group(at: 0) != nil { return try holdingOutGroups(count, as: purpose, seed: seed) }
    var wanted = Self.shares(of: count, among: classSizes)
    var order = (0..<self.count).map { UInt32(truncatingIfNeeded: $0) }
    var random = Philox(
      seed: seed, stream: purpose == .test ? RandomStream.testSplit : RandomStream.validationSplit)
    order.withUnsafeMutableBufferPointer { random.shuffle($0) }
    var isHeldOut = [Bool](repeating: false, count: self.count)
    for index in order {
      let label = stratum(Int(index))
      if wanted[label] > 0 {
        wanted[label] -= 1
        isHeldOut[Int(index)] = true
      }
    }
    return (
      rest: try selecting((0..<self.count).filter { !isHeldOut[$0] }),
      heldOut: try selecting((0..<self.count).filter { isHeldOut[$0] })
    )
  }

  private func holdingOutGroups(
    _ count: Int, as purpose: SplitPurpose, seed: UInt64
  ) throws(NablaError) -> (rest: Dataset, heldOut: Dataset) {
    var members: [UInt32: [Int]] = [:]
    for index in 0..<self.count { members[group(at: index) ?? 0, default: []].append(index) }
    guard members.count > 1 else {
      throw .mismatch("expected two groups or more to hold one out, found \(members.count)")
    }
    var groups = members.keys.sorted()
    var random = Philox(
      seed: seed, stream: purpose == .test ? RandomStream.testSplit : RandomStream.validationSplit)
    groups.withUnsafeMutableBufferPointer { random.shuffle($0) }
    var heldOut: [Int] = []
    for group in groups {
      let own = members[group] ?? []
      let leavesSome = heldOut.count + own.count < self.count
      if leavesSome, heldOut.isEmpty || heldOut.count + own.count <= count { heldOut += own }
    }
    heldOut.sort()
    let isHeldOut = Set(heldOut)
    return (
      rest: try selecting((0..<self.count).filter { !isHeldOut.contains($0) }),
      heldOut: try selecting(heldOut)
    )
  }

  /// The class that sample `index` is counted in.
  func stratum(_ index: Int) -> Int { classCount > 0 ? label(at: index) : 0 }

  /// Samples of each class.
  var classSizes: [Int] {
    (0..<count).reduce(into: [Int](repeating: 0, count: max(classCount, 1))) { $0[stratum($1)] += 1 }
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
}
