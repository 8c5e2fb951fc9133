/// How well a network reads a data set.
public struct Evaluation: Hashable, Sendable {
  /// Samples whose most confident output is their label (the first one where several are equal).
  public let correct: Int
  /// Samples in the data set.
  public let total: Int
  /// Mean cost C over the samples, without regularization.
  public let cost: Double
  /// confusion[actual][predicted] samples; as many rows and columns as the network has outputs.
  public let confusion: [[Int]]

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
  /// A matrix [actual][predicted] for each member.
  private let confusions: AlignedBuffer<Int>
  private let costs: AlignedBuffer<Double>

  /// Allocates what evaluations of `network` on `data` need.
  ///
  /// - Parameter threads: nil takes one for each core.
  /// - Throws: `NablaError.mismatch` if the data does not fit the network, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  public init(network: Network, data: Dataset, threads: Int? = nil) throws(NablaError) {
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
    confusions = try AlignedBuffer(count: members * Self.labelCount(outputs) * outputs)
    costs = try AlignedBuffer(count: chunks)
  }

  /// Rows of a member's matrix: a label has eight bits.
  private static func labelCount(_ outputs: Int) -> Int { min(outputs, 256) }

  /// Returns how well the network, as it is now, reads the data.
  public func evaluate() -> Evaluation {
    let (outputs, cost, count, chunks) = (network.topology.outputSize, network.cost, data.count, chunks)
    let labelCount = Self.labelCount(outputs)
    confusions.elements.update(repeating: 0)
    data.withView { view in
      nonisolated(unsafe) let (view, workspaces) = (view, workspaces)
      nonisolated(unsafe) let (confusions, costs) = (confusions.pointer, costs.pointer)
      Team.run(members: workspaces.count) { member in
        let workspace = workspaces[member.index]
        let confusion = confusions + member.index * labelCount * outputs
        for chunk in stride(from: member.index, to: chunks, by: member.count) {
          let start = chunk * workspace.capacity
          let batch = MiniBatch(
            data: view.from(start), indices: nil, count: min(workspace.capacity, count - start))
          workspace.feedforward(batch)
          var sum = CostSum(cost)
          for s in 0..<batch.count {
            let a = workspace.output + s * workspace.outputStride
            let label = batch.data.labels.map { Int($0[s]) } ?? 0
            confusion[label * outputs + indexOfLargest(UnsafeBufferPointer(start: a, count: outputs))] += 1
            sum.add(a, count: outputs, label: label)
          }
          costs[chunk] = sum.total
        }
      }
    }
    return summarize(labelCount: labelCount, cost: costs.elements.reduce(0, +) / Double(count))
  }

  /// Adds up the confusion matrices [labelCount, outputs] of all members.
  private func summarize(labelCount: Int, cost: Double) -> Evaluation {
    let outputs = network.topology.outputSize
    let counts = confusions.elements
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: outputs), count: outputs)
    for (index, samples) in counts.enumerated() {
      confusion[index / outputs % labelCount][index % outputs] += samples
    }
    return Evaluation(
      correct: (0..<labelCount).reduce(0) { $0 + confusion[$1][$1] }, total: counts.reduce(0, +), cost: cost,
      confusion: confusion)
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
