/// How well a network reads a data set.
public struct Evaluation: Hashable, Sendable {
  /// Samples whose most confident output is their label (the first one where several are equal); 0 for real targets.
  public let correct: Int
  /// Samples in the data set.
  public let total: Int
  /// Mean cost C over the samples, without regularization.
  public let cost: Double
  /// confusion[actual][predicted] samples; as many rows and columns as the network has outputs, or none for more than
  /// 1,000 and for real targets.
  public let confusion: [[Int]]
  /// How far the outputs are from real targets; nil for classes.
  public let errors: Errors?

  /// Errors of a regression in the target's units; of several outputs the mean, as scikit-learn takes it.
  public struct Errors: Hashable, Sendable {
    /// The root of the mean squared error.
    public let rmse: Double
    /// The mean absolute error.
    public let mae: Double
    /// R², the share of the targets' variance that is explained: 1 - Σ (a - y)² / Σ (y - mean y)², the mean over the
    /// outputs. For a constant target 1 without an error, else 0; nil for one sample, which has no variance.
    public let r2: Double?

    package init(rmse: Double, mae: Double, r2: Double?) { (self.rmse, self.mae, self.r2) = (rmse, mae, r2) }
  }

  package init(correct: Int, total: Int, cost: Double, confusion: [[Int]], errors: Errors?) {
    (self.correct, self.total, self.cost, self.confusion) = (correct, total, cost, confusion)
    self.errors = errors
  }

  /// correct / total, 0 ... 1.
  public var accuracy: Double { Double(correct) / Double(total) }
}

extension Network {
  /// Returns how well this network reads `data`.
  ///
  /// - Parameter threads: nil takes one for each core.
  /// - Throws: `NablaError.mismatch` if the data does not fit the network, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  public func evaluate(_ data: Dataset, threads: Int? = nil) throws(NablaError) -> Evaluation {
    try Evaluator(network: self, data: data, threads: threads).evaluate()
  }
}

/// Measures a network on one data set again and again, in memory that is allocated once.
public final class Evaluator {
  private let network: Network
  private let data: Dataset
  private let workspaces: [Workspace]
  private let chunks: Int
  /// Whether there is a confusion matrix.
  private let hasConfusion: Bool
  /// For each member right answers, then a matrix [actual][predicted].
  private let counts: AlignedBuffer<Int>
  /// For each chunk the cost, then for each real target the sums of squared and absolute errors.
  private let sums: AlignedBuffer<Double>
  /// For each real target Σ (y - mean y)².
  private let variations: [Double]
  /// The ranks that divide the chunks; nil where this process measures alone.
  private let communicator: (any Communicator)?

  /// Allocates what evaluations of `network` on `data` need.
  ///
  /// - Parameter threads: nil takes one for each core.
  /// - Throws: `NablaError.mismatch` if the data does not fit the network, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  public convenience init(network: Network, data: Dataset, threads: Int? = nil) throws(NablaError) {
    try self.init(network: network, data: data, threads: threads, communicator: nil)
  }

  /// As `init(network:data:threads:)`; all ranks of `communicator` evaluate together, each the same network and data.
  package init(
    network: Network, data: Dataset, threads: Int? = nil, communicator: (any Communicator)?
  ) throws(NablaError) {
    self.communicator = communicator
    if let threads { try Team.validate(members: threads) }
    self.network = network
    self.data = try network.fitting(data)
    let chunk = min(predictionChunk, data.count)
    chunks = (data.count + chunk - 1) / chunk
    let members = min(threads ?? Team.coreCount, chunks)
    var workspaces: [Workspace] = []
    for _ in 0..<members {
      workspaces.append(
        try Workspace(network: network, capacity: chunk, .feedforward(isSparse: data.isSparse)))
    }
    self.workspaces = workspaces
    let outputs = network.topology.outputSize
    hasConfusion = !data.encoding.isRegression && outputs <= ClassificationMetrics.largestConfusion
    counts = try AlignedBuffer(count: members * (1 + (hasConfusion ? outputs * outputs : 0)))
    sums = try AlignedBuffer(count: chunks * (1 + 2 * data.targetCount))
    variations = self.data.targetVariations
  }

  /// Returns how well the network, as it is now, reads the data.
  public func evaluate() -> Evaluation {
    let (chunks, members) = (chunks, workspaces.count)
    let (countStride, sumStride) = (countStride, sums.count / chunks)
    counts.elements.update(repeating: 0)
    let own = communicator?.part(of: chunks) ?? 0..<chunks
    data.withView { view in
      nonisolated(unsafe) let (view, workspaces, evaluator) = (view, workspaces, self)
      nonisolated(unsafe) let (counts, sums) = (counts.pointer, sums.pointer)
      Team.run(members: members) { member in
        let workspace = workspaces[member.index]
        for chunk in stride(from: own.lowerBound + member.index, to: own.upperBound, by: member.count) {
          let start = chunk * workspace.capacity
          let batch = view.batch(from: start, count: min(workspace.capacity, evaluator.data.count - start))
          workspace.feedforward(batch)
          evaluator.measure(
            batch, workspace, counts: counts + member.index * countStride, sums: sums + chunk * sumStride)
        }
      }
    }
    if let communicator { gather(communicator) }
    return summarize()
  }

  /// Gives every rank what all have found: sums of counts, whose order means nothing, and each chunk's sums.
  private func gather(_ communicator: any Communicator) {
    let own = UnsafeRawBufferPointer(UnsafeBufferPointer(counts.elements))
    let all = communicator.allGather(Array(own))
    counts.elements.update(repeating: 0)
    for bytes in all {
      // Another rank may have had another number of members: its counts are those of the first ones.
      bytes.withUnsafeBytes { found in
        for index in 0..<found.count / MemoryLayout<Int>.size {
          counts.pointer[index % countStride] += found.loadUnaligned(
            fromByteOffset: index * MemoryLayout<Int>.size, as: Int.self)
        }
      }
    }
    let unit = sums.count / chunks * MemoryLayout<Double>.size
    let places = (0...communicator.size).map { $0 * chunks / communicator.size * unit }
    communicator.allGather(UnsafeMutableRawPointer(sums.pointer), places: places)
  }

  /// Counts of one member.
  private var countStride: Int { counts.count / workspaces.count }

  private func measure(
    _ batch: MiniBatch, _ workspace: Workspace, counts: UnsafeMutablePointer<Int>,
    sums: UnsafeMutablePointer<Double>
  ) {
    let outputs = network.topology.outputSize
    var cost = CostSum(network.cost)
    switch batch.data.target {
    case .none: break
    case .classes(let labels):
      for s in 0..<batch.count {
        let a = workspace.output + s * workspace.outputStride
        let label = Int(labels[batch.row(s)])
        let predicted = indexOfLargest(UnsafeBufferPointer(start: a, count: outputs))
        if predicted == label { counts[0] += 1 }
        if hasConfusion { counts[1 + label * outputs + predicted] += 1 }
        cost.add(a, count: outputs, label: label)
      }
    case .values(let values, let scales, let count):
      (sums + 1).update(repeating: 0, count: 2 * count)
      var squares = 0.0
      for s in 0..<batch.count {
        let a = workspace.output + s * workspace.outputStride
        let y = values + batch.row(s) * count
        for j in 0..<count {
          let scale = scales[j]
          let scaled = Double(a[j]) - Double((y[j] - scale.offset) * scale.factor)
          squares += scaled * scaled
          let error = Double(a[j]) / Double(scale.factor) + Double(scale.offset) - Double(y[j])
          sums[1 + j] += error * error
          sums[1 + count + j] += error.magnitude
        }
      }
      sums[0] = 0.5 * squares
      return
    }
    sums[0] = cost.total
  }

  /// Adds up what all members and chunks found.
  private func summarize() -> Evaluation {
    let outputs = network.topology.outputSize
    var correct = 0
    var confusion: [[Int]] = []
    if hasConfusion {
      confusion = [[Int]](repeating: [Int](repeating: 0, count: outputs), count: outputs)
    }
    for member in workspaces.indices {
      let own = counts.pointer + member * countStride
      correct += own[0]
      for index in 0..<countStride - 1 { confusion[index / outputs][index % outputs] += own[1 + index] }
    }
    return Evaluation(
      correct: correct, total: data.count, cost: sum(0) / Double(data.count), confusion: confusion,
      errors: errors)
  }

  /// The sum of number `index` over all chunks, in their order.
  private func sum(_ index: Int) -> Double {
    let stride = sums.count / chunks
    return (0..<chunks).reduce(0) { $0 + sums.pointer[$1 * stride + index] }
  }

  private var errors: Evaluation.Errors? {
    let targets = variations.count
    guard targets > 0 else { return nil }
    let (count, outputs) = (Double(data.count), Double(targets))
    let squares = (0..<targets).map { sum(1 + $0) }
    let explained = zip(squares, variations).map { squares, variation in
      variation > 0 ? 1 - squares / variation : squares == 0 ? 1 : 0
    }
    return Evaluation.Errors(
      rmse: squares.reduce(0) { $0 + ($1 / count).squareRoot() } / outputs,
      mae: (0..<targets).reduce(0) { $0 + sum(1 + targets + $1) } / (count * outputs),
      r2: data.count > 1 ? explained.reduce(0, +) / outputs : nil)
  }
}

extension Dataset {
  /// Σ (y - mean y)² of each real target, in its units; exactly 0 for a constant one.
  fileprivate var targetVariations: [Double] {
    var means = [Double](repeating: 0, count: targetCount)
    var sums = [Double](repeating: 0, count: targetCount)
    var isConstant = [Bool](repeating: true, count: targetCount)
    guard targetCount > 0 else { return [] }
    let first = values(at: 0)
    forEachTarget { y in
      for j in means.indices {
        means[j] += Double(y[j])
        isConstant[j] = isConstant[j] && y[j] == first[j]
      }
    }
    for j in means.indices { means[j] /= Double(count) }
    forEachTarget { y in
      for j in means.indices { sums[j] += (Double(y[j]) - means[j]) * (Double(y[j]) - means[j]) }
    }
    return sums.indices.map { isConstant[$0] ? 0 : sums[$0] }
  }
}

/// Returns the index of the largest of `values`, the first one where several are equal; 0 where there are none.
package func indexOfLargest(_ values: UnsafeBufferPointer<Float>) -> Int {
  var best = 0
  for index in values.indices where values[index] > values[best] { best = index }
  return best
}

/// Returns the index of the largest of `values`, as the function on a buffer does.
package func indexOfLargest(_ values: [Float]) -> Int { values.withUnsafeBufferPointer(indexOfLargest) }
