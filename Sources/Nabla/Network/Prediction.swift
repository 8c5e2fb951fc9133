/// Feeds pictures, or rows of a table, forward, in memory that is allocated once.
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
  /// How rows of a table are read; nil for numbers that are the network's inputs already.
  private let features: CompiledEncoding?

  /// Allocates what predictions need.
  ///
  /// - Parameters:
  ///   - encoding: how rows of a table are read; nil if they are the network's inputs as they are.
  ///   - threads: the most threads of a call; nil takes one for each core.
  /// - Throws: `NablaError.mismatch` if the encoding is of another number of inputs, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  public convenience init(
    _ network: Network, encoding: FeatureEncoding? = nil, threads: Int? = nil
  ) throws(NablaError) {
    try self.init(network, encoding: encoding, threads: threads, capacity: predictionChunk)
  }

  init(
    _ network: Network, encoding: FeatureEncoding? = nil, threads: Int?, capacity: Int
  ) throws(NablaError) {
    if let threads { try Team.validate(members: threads) }
    if let encoding, encoding.inputCount != network.topology.inputSize {
      throw .mismatch(
        "expected \(network.topology.inputSize) inputs for the network \(network.topology), "
          + "found columns for \(encoding.inputCount)")
    }
    self.network = network
    features = try encoding.map { encoding throws(NablaError) in try CompiledEncoding(encoding) }
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
        feedforward(.dense(images.baseAddress!), count: count, into: outputs.baseAddress!)
      }
    }
  }

  /// Writes the outputs of n rows of a table.
  ///
  /// Shapes: `rows` [n, columns], numbers as they stand in the table, NaN where a cell is missing, the place of its
  /// word for a category; without an encoding [n, inputs]. `outputs` [n, network outputs] gets a^L.
  ///
  /// - Throws: `NablaError.mismatch` if the sizes are not those of whole rows, or of as many outputs, or a category's cell
  ///   is no place of one of its words.
  public func predict(rows: Span<Float>, into outputs: inout MutableSpan<Float>) throws(NablaError) {
    let columns = features?.encoding.columns.count ?? network.topology.inputSize
    let outputSize = network.topology.outputSize
    let count = rows.count / columns
    guard count * columns == rows.count else {
      throw .mismatch("expected rows of \(columns) numbers, found \(rows.count) numbers")
    }
    guard outputs.count == count * outputSize else {
      throw .mismatch(
        "expected room for \(count) x \(outputSize) outputs, found room for \(outputs.count)")
    }
    guard count > 0 else { return }
    var features = features
    if features == nil { features = try CompiledEncoding(FeatureEncoding(identityOf: columns)) }
    guard let features else { return }
    try features.checkWords(rows)
    rows.withUnsafeBufferPointer { rows in
      outputs.withUnsafeMutableBufferPointer { outputs in
        feedforward(.table(features.rows(rows.baseAddress!)), count: count, into: outputs.baseAddress!)
      }
    }
    withExtendedLifetime(features) {}
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

  private func feedforward(
    _ samples: DatasetView.Samples, count: Int, into outputs: UnsafeMutablePointer<Float>
  ) {
    network.feedforward(
      DatasetView(inputSize: network.topology.inputSize, samples: samples, target: .none), count: count,
      in: workspaces, into: outputs)
  }
}

extension Network {
  /// Writes a^L of the first `count` samples to `outputs` [count, network outputs], chunk by chunk, a chunk a member.
  fileprivate func feedforward(
    _ view: DatasetView, count: Int, in workspaces: [Workspace], into outputs: UnsafeMutablePointer<Float>
  ) {
    let chunk = workspaces[0].capacity
    let chunks = (count + chunk - 1) / chunk
    let outputSize = topology.outputSize
    nonisolated(unsafe) let (view, workspaces, outputs) = (view, workspaces, outputs)
    Team.run(members: min(workspaces.count, chunks)) { member in
      let workspace = workspaces[member.index]
      for index in stride(from: member.index, to: chunks, by: member.count) {
        let start = index * chunk
        let samples = min(chunk, count - start)
        workspace.feedforward(view.batch(from: start, count: samples))
        for s in 0..<samples {
          (outputs + (start + s) * outputSize).update(
            from: workspace.output + s * workspace.outputStride, count: outputSize)
        }
      }
    }
  }

  /// Returns a^L of every sample of `data` [n, network outputs]; real targets scaled, as the network learned them.
  ///
  /// - Parameter threads: nil takes one for each core.
  /// - Throws: `NablaError.mismatch` if the data does not fit the network, `NablaError.invalidSetting`,
  ///   `NablaError.outOfMemory`.
  public func outputs(of data: Dataset, threads: Int? = nil) throws(NablaError) -> [Float] {
    if let threads { try Team.validate(members: threads) }
    let data = try fitting(data)
    let chunk = min(predictionChunk, data.count)
    var workspaces: [Workspace] = []
    for _ in 0..<min(threads ?? Team.coreCount, (data.count + chunk - 1) / chunk) {
      workspaces.append(
        try Workspace(network: self, capacity: chunk, .feedforward(isSparse: data.isSparse)))
    }
    let count = data.count * topology.outputSize
    return data.withView { view in
      [Float](unsafeUninitializedCapacity: count) { outputs, filled in
        feedforward(view, count: data.count, in: workspaces, into: outputs.baseAddress!)
        filled = count
      }
    }
  }
}

/// Samples fed forward at once: their activations stay in the cache, and a wide layer's weights are read rarely.
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

  /// Returns the outputs for one sample whose inputs are given as they are.
  ///
  /// Shapes: `inputs` [inputs]; returns a^L [outputs].
  ///
  /// - Throws: `NablaError.mismatch` for another number of inputs, `NablaError.outOfMemory`.
  public func feedforward(inputs: [Float]) throws(NablaError) -> [Float] {
    guard inputs.count == topology.inputSize else {
      throw .mismatch(
        "expected \(topology.inputSize) inputs for the network \(topology), found \(inputs.count)")
    }
    var outputs = [Float](repeating: 0, count: topology.outputSize)
    var span = outputs.mutableSpan
    try Predictor(self, threads: 1, capacity: 1).predict(rows: inputs.span, into: &span)
    return outputs
  }
}
