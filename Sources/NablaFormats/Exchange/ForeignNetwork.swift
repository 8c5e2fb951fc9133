import Nabla

/// A network as the file of another program tells it, before anything has been checked.
struct ForeignNetwork {
  struct Layer {
    /// What the file calls it, for messages.
    let name: String
    /// Shapes: `weights` [outputs, inputs], row-major; `biases` [outputs].
    let inputs: Int
    let outputs: Int
    var weights: [Float]
    var biases: [Float]
    /// nil where the file does not tell.
    var activation: Activation?
  }

  /// The word for its format, which the model's metadata keep.
  let format: String
  var layers: [Layer] = []
  /// nil where the file does not tell.
  var cost: Cost?
  /// The metadata of the model that `ModelExport` wrote the file from; empty where somebody else wrote it.
  var metadata: [String: String] = [:]
  /// What a person should know about the file.
  var notes: [String] = []

  /// Returns the network, once everything fits together.
  ///
  /// - Parameter maxBytes: the most memory its parameters may take.
  func model(
    path: String, settings: ModelImport.Settings, maxBytes: Int
  ) throws(FileError) -> ModelImport {
    let sizes = try sizes(path: path)
    let activations = try activations(settings, path: path)
    let topology = try FileError.at(path) { () throws(NablaError) in
      try Topology(sizes, activations: activations)
    }
    let bytes = multiplied(topology.parameterCount, MemoryLayout<Float>.stride) ?? .max
    guard bytes <= maxBytes else {
      throw FileError.overLimit(path, maxBytes: maxBytes, found: "\(bytes) bytes")
    }
    if let asked = settings.cost, let cost, asked != cost {
      throw FileError(
        path, "has another cost than the one asked for", expected: asked.rawValue, found: cost.rawValue,
        kind: .invalidRequest)
    }
    let cost =
      self.cost ?? settings.cost ?? (topology.outputActivation == .softmax ? .logLikelihood : .quadratic)
    let network = try FileError.at(path) { () throws(NablaError) in try Network(zero: topology, cost: cost) }
    for (index, layer) in layers.enumerated() {
      try FileError.at(path) { () throws(NablaError) in
        try network.setWeights(layer.weights, layer: index)
        try network.setBiases(layer.biases, layer: index)
      }
    }
    try checkMetadata(of: network, path: path)
    let isOurs = metadata["format"] == "nabla"
    let loaded = ModelFile.Loaded(
      network: network, metadata: isOurs ? metadata : ["imported_from": format],
      encoding: isOurs
        ? try DataEncoding(metadata: metadata, for: topology, path: path) : DataEncoding())
    return ModelImport(model: loaded, format: format, notes: notes)
  }

  /// The sizes of the layers, input first, each continuing the one before.
  private func sizes(path: String) throws(FileError) -> [Int] {
    guard let first = layers.first else { throw FileError(path, "has no layers") }
    var sizes = [first.inputs]
    for (index, layer) in layers.enumerated() {
      guard sizes[index] == layer.inputs else {
        throw FileError(
          path, "\(layer.name) does not continue \(layers[index - 1].name)",
          expected: "\(sizes[index]) inputs",
          found: "\(layer.inputs)")
      }
      sizes.append(layer.outputs)
    }
    return sizes
  }

  /// The activation of each layer: the file's, else the one asked for.
  private func activations(
    _ settings: ModelImport.Settings, path: String
  ) throws(FileError) -> [Activation] {
    var activations: [Activation] = []
    for (index, layer) in layers.enumerated() {
      let isOutput = index == layers.count - 1
      let asked = isOutput ? settings.outputActivation : settings.hiddenActivation
      guard let activation = layer.activation ?? asked else {
        throw FileError(
          path, "does not say the activations of its layers", expected: "them to be named",
          kind: .invalidRequest, remedy: .nameActivations)
      }
      // A network that ends in plain sums may be one whose softmax stood in its training program.
      let isOpen = isOutput && activation == .identity
      if let asked, asked != activation, !isOpen {
        throw FileError(
          path, "\(layer.name) has another activation than the one asked for", expected: asked.rawValue,
          found: activation.rawValue, kind: .invalidRequest)
      }
      activations.append(isOpen ? asked ?? activation : activation)
    }
    return activations
  }

  /// Checks that the metadata, if they are Nabla's, tell of this network.
  private func checkMetadata(of network: Network, path: String) throws(FileError) {
    guard metadata["format"] == "nabla" else { return }
    let strings: [(key: String, expected: String?)] = [
      ("topology", ModelFile.sizes(of: network.topology)),
      (ModelFile.activationsKey, Activation.text(of: network.topology.activations)),
      ("cost", network.cost.rawValue),
      ("parameters_sha256", ModelFile.parametersSHA256(of: network)),
    ]
    // What is not there is not contradicted; without activations all are sigmoid.
    for (key, expected) in strings
    where metadata[key] != expected && (metadata[key] != nil || key == ModelFile.activationsKey) {
      throw FileError(
        path, "has another \"\(key)\" in its metadata than its layers have", expected: expected ?? "none",
        found: (metadata[key] ?? "none").prefix(100).description)
    }
  }
}
