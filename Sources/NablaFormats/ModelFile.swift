import Nabla

/// A trained network as a safetensors file: `layers.0.weight` [outputs, inputs], `layers.0.bias` [outputs],
/// `layers.1.weight` and so on, F32, little-endian, row-major: the names and shapes PyTorch people expect.
public enum ModelFile {
  /// A network and what stood beside it.
  public struct Loaded {
    /// The network, every parameter finite.
    public let network: Network
    /// The file's `__metadata__`: "format", "topology", "cost", "activations" unless all are sigmoid, and what the
    /// writer added; empty when it has none.
    public let metadata: [String: String]
    /// Rows and columns of the pictures it reads; nil where the file does not tell, or tells something that
    /// does not make up the network's inputs.
    public let imageShape: Dataset.ImageShape?
    /// What its inputs and outputs mean: columns, scaling, names. That of pictures where the file does not tell.
    public let encoding: DataEncoding

    init(network: Network, metadata: [String: String], encoding: DataEncoding) {
      self.network = network
      self.metadata = metadata
      self.encoding = encoding
      let sides = (metadata[shapeKey] ?? "").split(separator: " x ").map { Int($0) ?? 0 }
      let fits =
        sides.count == 2 && sides.allSatisfy { $0 > 0 }
        && multiplied(sides[0], sides[1]) == network.topology.inputSize
      imageShape = fits ? Dataset.ImageShape(rows: sides[0], columns: sides[1]) : nil
    }
  }

  /// Writes `network` to `path` atomically: a reader sees the old model or the new, never a part.
  ///
  /// - Parameters:
  ///   - metadata: seed and settings of the training; "format" ("nabla"), "topology" ("784,30,10"), "cost"
  ///     and "parameters_sha256" are added.
  ///   - imageShape: the pictures it was trained on, added as "image_shape" ("28 x 28").
  ///   - encoding: what its inputs and outputs mean, added as "features" and "target", both JSON.
  /// - Throws: `FileError` of kind `cannotCreate` or `inputOutput`; what was at `path` is unchanged then.
  public static func save(
    _ network: Network, to path: String, metadata: [String: String] = [:],
    imageShape: Dataset.ImageShape? = nil, encoding: DataEncoding = DataEncoding()
  ) throws(FileError) {
    var strings = metadata.merging(encoding.metadata) { $1 }
    strings["format"] = "nabla"
    strings["topology"] = sizes(of: network.topology)
    strings["cost"] = network.cost.rawValue
    strings[activationsKey] = Activation.text(of: network.topology.activations)
    strings[hashKey] = parametersSHA256(of: network)
    if let imageShape { strings[shapeKey] = "\(imageShape.rows) x \(imageShape.columns)" }
    let tensors = network.topology.layers.enumerated().flatMap { index, layer in
      [
        (name: "layers.\(index).weight", dtype: "F32", shape: [layer.outputs, layer.inputs]),
        (name: "layers.\(index).bias", dtype: "F32", shape: [layer.outputs]),
      ]
    }
    let file = try AtomicFile(replacing: path)
    try file.write(SafetensorsHeader.bytes(tensors: tensors, metadata: strings))
    try network.withParameterBytes { bytes throws(FileError) in try file.write(bytes) }
    try file.commit()
  }

  /// Reads a model. The header is compared with the file in every respect before memory is taken.
  ///
  /// A file without metadata, as Python's safetensors writes it, has the quadratic cost, and the topology that
  /// its shapes give. Where the metadata have the parameters' hash, the parameters must have it too.
  ///
  /// - Parameter maxBytes: the most memory its parameters may take.
  /// - Throws: `FileError`.
  public static func load(
    _ path: String, maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> Loaded {
    let file = try InputFile(path)
    let header = try SafetensorsHeader(file)
    guard header.metadata["format"] != CheckpointFile.format else {
      throw FileError(
        path, "is the checkpoint of a training run", expected: "a model", found: "a run to go on with")
    }
    let layers = try layers(of: header, path: path)
    let network = try emptyNetwork(layers, header: header, path: path, maxBytes: maxBytes)
    for (index, layer) in layers.enumerated() {
      let weights = try finiteValues(layer.weight, of: file)
      let biases = try finiteValues(layer.bias, of: file)
      try FileError.at(path) { () throws(NablaError) in
        try network.setWeights(weights, layer: index)
        try network.setBiases(biases, layer: index)
      }
    }
    try checkHash(of: network, header.metadata, path: path)
    return Loaded(
      network: network, metadata: header.metadata,
      encoding: try DataEncoding(metadata: header.metadata, for: network.topology, path: path))
  }

  /// One word a layer; a file without it has sigmoid layers.
  static let activationsKey = "activations"
  private static let hashKey = "parameters_sha256"
  private static let shapeKey = "image_shape"

  /// Compares the parameters with the hash that was saved beside them, if any.
  private static func checkHash(
    of network: Network, _ metadata: [String: String], path: String
  ) throws(FileError) {
    guard let expected = metadata[hashKey] else { return }
    let found = parametersSHA256(of: network)
    guard expected == found else {
      throw FileError(
        path, "has damaged parameters", expected: "sha256 \(expected.prefix(found.count))",
        found: "sha256 \(found)")
    }
  }

  /// Returns the SHA-256 of all parameters in the order of the file, in hexadecimal: the hash of its data section.
  public static func parametersSHA256(of network: Network) -> String {
    var hasher = SHA256Hasher()
    network.withParameterBytes { hasher.update($0) }
    return hasher.finalize()
  }

  private typealias Layer = (weight: SafetensorsHeader.Tensor, bias: SafetensorsHeader.Tensor)

  /// The tensors of each layer, with shapes that follow one another.
  private static func layers(of header: SafetensorsHeader, path: String) throws(FileError) -> [Layer] {
    // Names that differ as bytes can be the same string to Swift ("é" in one or two code points).
    let tensors = Dictionary(header.tensors.map { ($0.name, $0) }) { first, _ in first }
    var layers: [Layer] = []
    repeat {
      let index = layers.count
      guard let weight = tensors["layers.\(index).weight"] else {
        throw FileError(path, "has no tensor layers.\(index).weight", found: names(header.tensors))
      }
      guard let bias = tensors["layers.\(index).bias"] else {
        throw FileError(path, "has no tensor layers.\(index).bias", found: names(header.tensors))
      }
      for tensor in [weight, bias] where tensor.dtype != "F32" {
        throw FileError(path, "\(tensor.name) has another dtype", expected: "F32", found: tensor.dtype)
      }
      guard weight.shape.count == 2 else {
        throw FileError(
          path, "\(weight.name) is not a matrix", expected: "[outputs, inputs]", found: "\(weight.shape)")
      }
      if let before = layers.last?.weight, before.shape[0] != weight.shape[1] {
        throw FileError(
          path, "\(weight.name) does not continue \(before.name)", expected: "\(before.shape[0]) inputs",
          found: "\(weight.shape[1])")
      }
      guard bias.shape == [weight.shape[0]] else {
        throw FileError(
          path, "\(bias.name) does not fit \(weight.name)", expected: "shape [\(weight.shape[0])]",
          found: "\(bias.shape)")
      }
      layers.append((weight, bias))
    } while layers.count * 2 < header.tensors.count
    return layers
  }

  /// A network of the file's shape and cost, once its metadata, if any, agree with the shapes.
  private static func emptyNetwork(
    _ layers: [Layer], header: SafetensorsHeader, path: String, maxBytes: Int
  ) throws(FileError) -> Network {
    let costs = Cost.allCases.map(\.rawValue)
    let costName = header.metadata["cost"] ?? Cost.quadratic.rawValue
    guard let cost = Cost(rawValue: costName) else {
      throw FileError(
        path, "has an unknown cost in its metadata", expected: costs.joined(separator: ", "),
        found: costName)
    }
    let sizes = [layers[0].weight.shape[1]] + layers.map { $0.weight.shape[0] }
    let activations = try activations(of: header, layers: layers.count, path: path)
    let topology = try FileError.at(path) { () throws(NablaError) in
      try Topology(sizes, activations: activations)
    }
    if let text = header.metadata["topology"], text != Self.sizes(of: topology) {
      throw FileError(
        path, "has a topology in its metadata that its tensors do not have",
        expected: Self.sizes(of: topology),
        found: text)
    }
    let floats = try FileError.at(path) { () throws(NablaError) in try ParameterLayout(topology).count }
    let bytes = multiplied(floats, MemoryLayout<Float>.stride) ?? .max
    guard bytes <= maxBytes else {
      throw FileError.overLimit(path, maxBytes: maxBytes, found: "\(bytes) bytes")
    }
    return try FileError.at(path) { () throws(NablaError) in try Network(zero: topology, cost: cost) }
  }

  /// The activation of each layer, as the metadata tell it; all sigmoid where they do not.
  static func activations(
    of header: SafetensorsHeader, layers: Int, path: String
  ) throws(FileError) -> [Activation] {
    guard let text = header.metadata[activationsKey] else {
      return [Activation](repeating: .sigmoid, count: layers)
    }
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let activations = words.compactMap(Activation.init(rawValue:))
    guard activations.count == words.count, activations.count == layers else {
      throw FileError(
        path, "has unknown activations in its metadata",
        expected: "\(layers) of \(Activation.allCases.map(\.rawValue).joined(separator: ", "))", found: text)
    }
    return activations
  }

  /// The values of a tensor, in the order of the file.
  private static func finiteValues(
    _ tensor: SafetensorsHeader.Tensor, of file: InputFile
  ) throws(FileError) -> [Float] {
    let values = try AlignedBuffer<Float>(count: tensor.bytes.count / 4, for: file.path)
    try file.read(into: UnsafeMutableRawBufferPointer(values.elements), at: tensor.bytes.lowerBound)
    if let index = values.firstNotFinite {
      let columns = tensor.shape.count == 2 ? tensor.shape[1] : 0
      let place = columns > 0 ? "\(index / columns), \(index % columns)" : "\(index)"
      throw FileError(
        file.path, at: .byte(tensor.bytes.lowerBound + 4 * index), "\(tensor.name)[\(place)] is not finite",
        expected: "a number", found: "\(values.elements[index])")
    }
    return Array(values.elements)
  }

  static func sizes(of topology: Topology) -> String {
    topology.layerSizes.map(String.init).joined(separator: ",")
  }

  private static func names(_ tensors: [SafetensorsHeader.Tensor]) -> String {
    let names = tensors.prefix(4).map(\.name).joined(separator: ", ")
    return tensors.isEmpty ? "no tensors" : tensors.count > 4 ? names + ", ..." : names
  }
}
