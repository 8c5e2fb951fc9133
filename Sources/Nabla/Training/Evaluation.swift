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
  /// Returns the confidences of the outputs for one picture.
  ///
  /// Shapes: `image` [inputs], 0 ... 255; returns a^L [outputs], 0 ... 1.
  ///
  /// - Throws: `NablaError.mismatch` for another number of pixels, `NablaError.outOfMemory`.
  public func feedforward(_ image: [UInt8]) throws(NablaError) -> [Float] {
    let data = try fitting(
      Dataset(images: image, labels: [0], imageShape: .init(rows: 1, columns: max(image.count, 1))))
    let workspace = try Workspace(network: self, capacity: 1, denseInput: !data.isPacked, errors: false)
    data.withView { workspace.feedforward(MiniBatch(data: $0, indices: nil, count: 1)) }
    return withExtendedLifetime(workspace) {
      Array(UnsafeBufferPointer(start: workspace.output, count: topology.outputSize))
    }
  }

  /// Returns how well this network reads `data`.
  ///
  /// - Parameter threads: nil takes one for each core.
  /// - Throws: `NablaError.mismatch` when the data does not fit the network, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  public func evaluate(_ data: Dataset, threads: Int? = nil) throws(NablaError) -> Evaluation {
    let data = try fitting(data)
    let chunkSize = min(evaluationChunk, data.count)
    let chunks = (data.count + chunkSize - 1) / chunkSize
    if let threads { try Team.validate(members: threads) }
    let members = min(threads ?? Team.coreCount, chunks)
    var workspaces: [Workspace] = []
    for _ in 0..<members {
      workspaces.append(
        try Workspace(network: self, capacity: chunkSize, denseInput: !data.isPacked, errors: false))
    }
    // A matrix [actual][predicted] for each member; a label has eight bits.
    let (outputs, cost) = (topology.outputSize, cost)
    let labelCount = min(outputs, 256)
    let confusions = try AlignedBuffer<Int>(count: members * labelCount * outputs)
    let costs = try AlignedBuffer<Double>(count: chunks)
    data.withView { view in
      nonisolated(unsafe) let (view, workspaces) = (view, workspaces)
      nonisolated(unsafe) let (confusions, costs) = (confusions.pointer, costs.pointer)
      let count = data.count
      Team.run(members: members) { member in
        let workspace = workspaces[member.index]
        let confusion = confusions + member.index * labelCount * outputs
        for chunk in stride(from: member.index, to: chunks, by: member.count) {
          let start = chunk * chunkSize
          let batch = MiniBatch(data: view.from(start), indices: nil, count: min(chunkSize, count - start))
          workspace.feedforward(batch)
          var sum = CostSum(cost)
          for s in 0..<batch.count {
            let a = workspace.output + s * workspace.outputStride
            let label = Int(batch.data.labels[s])
            confusion[label * outputs + indexOfLargest(UnsafeBufferPointer(start: a, count: outputs))] += 1
            sum.add(a, count: outputs, label: label)
          }
          costs[chunk] = sum.total
        }
      }
    }
    return summarize(
      confusions.elements, labelCount: labelCount, cost: costs.elements.reduce(0, +) / Double(data.count))
  }

  /// Adds up the confusion matrices [labelCount, outputs] of all members.
  private func summarize(
    _ counts: UnsafeMutableBufferPointer<Int>, labelCount: Int, cost: Double
  ) -> Evaluation {
    let outputs = topology.outputSize
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: outputs), count: outputs)
    for (index, samples) in counts.enumerated() {
      confusion[index / outputs % labelCount][index % outputs] += samples
    }
    return Evaluation(
      correct: (0..<labelCount).reduce(0) { $0 + confusion[$1][$1] }, total: counts.reduce(0, +), cost: cost,
      confusion: confusion)
  }
}

/// Samples evaluated at once: their activations stay in the cache, and a wide layer's weights are read rarely.
private let evaluationChunk = 128

/// Returns the index of the largest of `values`, the first one where several are equal; 0 where there are none.
package func indexOfLargest(_ values: UnsafeBufferPointer<Float>) -> Int {
  var best = 0
  for index in values.indices where values[index] > values[best] { best = index }
  return best
}

/// Returns the index of the largest of `values`, as the function on a buffer does.
package func indexOfLargest(_ values: [Float]) -> Int { values.withUnsafeBufferPointer(indexOfLargest) }
