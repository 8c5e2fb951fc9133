/// Feeds pictures forward, in memory that is allocated once.
///
/// ```swift
/// let predictor = try Predictor(network)
/// let confidences = try predictor.predict(pictures)  // [n, outputs]
/// ```
///
/// A predictor is not safe to use from several threads at once; it works on several itself.
public final class Predictor {
  /// The network whose parameters are used, as they are at each call.
  public let network: Network
  private let workspaces: [Workspace]

  /// Allocates what predictions need.
  ///
  /// - Parameter threads: the most threads of a call; nil takes one for each core.
  /// - Throws: `NablaError.invalidSetting`, `NablaError.outOfMemory`.
  public convenience init(_ network: Network, threads: Int? = nil) throws(NablaError) {
    try self.init(network, threads: threads, capacity: predictionChunk)
  }

  init(_ network: Network, threads: Int?, capacity: Int) throws(NablaError) {
    if let threads { try Team.validate(members: threads) }
    self.network = network
    var workspaces: [Workspace] = []
    for _ in 0..<min(threads ?? Team.coreCount, Team.coreCount) {
      workspaces.append(try Workspace(network: network, capacity: capacity, .feedforward(isSparse: false)))
    }
    self.workspaces = workspaces
  }

  /// Writes the outputs of n pictures.
  ///
  /// Shapes: `images` [n, inputs], 0 ... 255; `outputs` [n, network outputs] gets a^L.
  ///
  /// - Throws: `NablaError.mismatch` if the sizes are not those of whole pictures, or of as many outputs.
  public func predict(_ images: Span<UInt8>, into outputs: inout MutableSpan<Float>) throws(NablaError) {
    let (inputSize, outputSize) = (network.topology.inputSize, network.topology.outputSize)
    let count = images.count / inputSize
    guard count * inputSize == images.count else {
      throw .mismatch(
        "expected pictures of \(inputSize) pixels for the network \(network.topology), "
          + "found \(images.count) pixels")
    }
    guard outputs.count == count * outputSize else {
      throw .mismatch(
        "expected room for \(count) x \(outputSize) outputs, found room for \(outputs.count)")
    }
    guard count > 0 else { return }
    images.withUnsafeBufferPointer { images in
      outputs.withUnsafeMutableBufferPointer { outputs in
        predict(images.baseAddress!, count: count, into: outputs.baseAddress!)
      }
    }
  }

  /// Returns the outputs of n pictures: `images` [n, inputs], 0 ... 255; returns a^L [n, network outputs].
  ///
  /// - Throws: `NablaError.mismatch` if the number of pixels is not that of whole pictures.
  public func predict(_ images: [UInt8]) throws(NablaError) -> [Float] {
    let (count, outputSize) = (images.count / network.topology.inputSize, network.topology.outputSize)
    var outputs = [Float](repeating: 0, count: count * outputSize)
    var span = outputs.mutableSpan
    try predict(images.span, into: &span)
    return outputs
  }

  private func predict(
    _ images: UnsafePointer<UInt8>, count: Int, into outputs: UnsafeMutablePointer<Float>
  ) {
    let chunk = workspaces[0].capacity
    let chunks = (count + chunk - 1) / chunk
    let outputSize = network.topology.outputSize
    nonisolated(unsafe) let (workspaces, outputs) = (workspaces, outputs)
    nonisolated(unsafe) let view = DatasetView(
      inputSize: network.topology.inputSize, pixels: .dense(images), labels: nil)
    Team.run(members: min(workspaces.count, chunks)) { member in
      let workspace = workspaces[member.index]
      for index in stride(from: member.index, to: chunks, by: member.count) {
        let start = index * chunk
        let samples = min(chunk, count - start)
        workspace.feedforward(MiniBatch(data: view.from(start), indices: nil, count: samples))
        for s in 0..<samples {
          (outputs + (start + s) * outputSize).update(
            from: workspace.output + s * workspace.outputStride, count: outputSize)
        }
      }
    }
  }
}

/// Pictures fed forward at once: their activations stay in the cache, and a wide layer's weights are read rarely.
let predictionChunk = 128

extension Network {
  /// Returns the outputs for n pictures; `Predictor` does so again and again without allocating.
  ///
  /// Shapes: `images` [n, inputs], 0 ... 255; returns a^L [n, outputs].
  ///
  /// - Parameter threads: nil takes one for each core.
  /// - Throws: `NablaError.mismatch` for another number of pixels, `NablaError.outOfMemory`.
  public func predict(_ images: [UInt8], threads: Int? = nil) throws(NablaError) -> [Float] {
    try Predictor(self, threads: threads).predict(images)
  }

  /// Returns the outputs for one picture.
  ///
  /// Shapes: `image` [inputs], 0 ... 255; returns a^L [outputs].
  ///
  /// - Throws: `NablaError.mismatch` for another number of pixels, `NablaError.outOfMemory`.
  public func feedforward(_ image: [UInt8]) throws(NablaError) -> [Float] {
    guard image.count == topology.inputSize else {
      throw .mismatch(
        "expected a picture of \(topology.inputSize) pixels for the network \(topology), found \(image.count)"
      )
    }
    return try Predictor(self, threads: 1, capacity: 1).predict(image)
  }
}

extension Network {
  /// Returns a^L of every sample of `data`, [count, outputs].
  ///
  /// - Parameter threads: nil takes one for each core.
  /// - Throws: `NablaError.mismatch` if the data does not fit the network, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  package func outputs(of data: Dataset, threads: Int? = nil) throws(NablaError) -> [Float] {
    if let threads { try Team.validate(members: threads) }
    let data = try fitting(data)
    let (count, outputSize) = (data.count, topology.outputSize)
    let chunk = min(predictionChunk, count)
    let chunks = (count + chunk - 1) / chunk
    var workspaces: [Workspace] = []
    for _ in 0..<min(threads ?? Team.coreCount, chunks) {
      workspaces.append(
        try Workspace(network: self, capacity: chunk, .feedforward(isSparse: data.isSparse)))
    }
    return [Float](unsafeUninitializedCapacity: count * outputSize) { outputs, filled in
      guard let first = outputs.baseAddress else { return }
      data.withView { view in
        nonisolated(unsafe) let (view, workspaces, first) = (view, workspaces, first)
        Team.run(members: workspaces.count) { member in
          let workspace = workspaces[member.index]
          for start in stride(from: member.index * chunk, to: count, by: member.count * chunk) {
            let batch = MiniBatch(data: view.from(start), indices: nil, count: min(chunk, count - start))
            workspace.feedforward(batch)
            for s in 0..<batch.count {
              (first + (start + s) * outputSize).initialize(
                from: workspace.output + s * workspace.outputStride, count: outputSize)
            }
          }
        }
      }
      filled = count * outputSize
    }
  }
}
