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
    let workspace = try Workspace(network: self, capacity: 1, errors: false)
    data.withView { view in
      withUnsafePointer(to: 0 as UInt32) {
        workspace.feedforward(MiniBatch(data: view, sparse: nil, indices: $0, count: 1))
      }
    }
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
      workspaces.append(try Workspace(network: self, capacity: chunkSize, errors: false))
    }
    let order = try AlignedBuffer<UInt32>(count: data.count)
    for index in 0..<data.count { order.pointer[index] = UInt32(truncatingIfNeeded: index) }
    let predictions = try AlignedBuffer<Int32>(count: data.count)
    let costs = try AlignedBuffer<Double>(count: chunks)
    data.withView { view in
      nonisolated(unsafe) let view = view
      nonisolated(unsafe) let workspaces = workspaces
      nonisolated(unsafe) let (order, predictions, costs) = (
        order.pointer, predictions.pointer, costs.pointer
      )
      let (count, outputs, cost) = (data.count, topology.outputSize, cost)
      Team.run(members: members) { member in
        let workspace = workspaces[member.index]
        for chunk in stride(from: member.index, to: chunks, by: member.count) {
          let start = chunk * chunkSize
          let samples = min(chunkSize, count - start)
          workspace.feedforward(MiniBatch(data: view, sparse: nil, indices: order + start, count: samples))
          var sum = CostSum(cost)
          for s in 0..<samples {
            let a = workspace.output + s * workspace.outputStride
            predictions[start + s] = Int32(indexOfLargest(UnsafeBufferPointer(start: a, count: outputs)))
            sum.add(a, count: outputs, label: Int(view.labels[start + s]))
          }
          costs[chunk] = sum.total
        }
      }
    }
    withExtendedLifetime(order) {}
    return summarize(data, predictions: predictions.elements, costs: costs.elements)
  }

  private func summarize(
    _ data: Dataset, predictions: UnsafeMutableBufferPointer<Int32>, costs: UnsafeMutableBufferPointer<Double>
  ) -> Evaluation {
    var confusion = [[Int]](
      repeating: [Int](repeating: 0, count: topology.outputSize), count: topology.outputSize)
    var correct = 0
    for (label, prediction) in zip(data.labels, predictions) {
      confusion[Int(label)][Int(prediction)] += 1
      if label == prediction { correct += 1 }
    }
    return Evaluation(
      correct: correct, total: data.count, cost: costs.reduce(0, +) / Double(data.count), confusion: confusion
    )
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
