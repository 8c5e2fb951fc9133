#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Nabla

/// Parameters as arrays that NumPy reads: w1 [outputs, inputs], b1 [outputs], w2, b2, ...
enum ParameterArrays {
  /// The array of an NPZ file with the model's metadata: a JSON object of strings as UTF-8.
  private static let metadataName = "metadata"

  /// The arrays of a network, in order.
  private static func arrays(of network: Network) -> [(name: String, values: [Float], shape: [Int])] {
    network.topology.layers.enumerated().flatMap { index, layer in
      [
        ("w\(index + 1)", network.weights(layer: index), [layer.outputs, layer.inputs]),
        ("b\(index + 1)", network.biases(layer: index), [layer.outputs]),
      ]
    }
  }

  static func writeNPZ(_ model: ModelFile.Loaded, to path: String) throws(FileError) {
    let needed = multiplied(model.network.topology.parameterCount, 4) ?? .max
    guard needed < ZipWriter.greatestLength - (1 << 28) else {
      throw FileError(
        path, "cannot hold this network", expected: "at most 4 GB of parameters",
        found: humanReadable(bytes: needed), kind: .invalidRequest)
    }
    var archive = ZipWriter()
    for array in arrays(of: model.network) {
      archive.add("\(array.name).npy", NPYFile.bytes(array.values, shape: array.shape))
    }
    let strings = ModelFile.strings(of: model).sorted { $0.key < $1.key }
    let text = strings.map { "\($0.key.jsonQuoted):\($0.value.jsonQuoted)" }.joined(separator: ",")
    archive.add("\(metadataName).npy", NPYFile.bytes(Array("{\(text)}".utf8)))
    archive.finish()
    try AtomicFile.write(archive.bytes, to: path)
  }

  /// Writes a file for each array into the folder at `path`.
  static func writeFolder(
    _ model: ModelFile.Loaded, as format: ExportFormat, to path: String
  ) throws(FileError) {
    let suffix = "." + format.rawValue
    let arrays = arrays(of: model.network)
    try makeFolder(path)
    // Arrays of another network among these would look like its next layers.
    let others = ["w", "b"].map { "\($0)\(model.network.topology.layers.count + 1)\(suffix)" }
    if let other = others.first(where: { FileType(at: join(path, $0)) != nil }) {
      throw FileError(
        path, "has the arrays of a network with more layers", expected: "an empty folder", found: other,
        kind: .cannotCreate)
    }
    for array in arrays {
      let bytes =
        format == .npy
        ? NPYFile.bytes(array.values, shape: array.shape)
        : csv(array.values, columns: array.shape.dropFirst().first)
      try AtomicFile.write(bytes, to: join(path, array.name + suffix))
    }
  }

  /// A line a row, commas between; a number a line where there are no columns.
  private static func csv(_ values: [Float], columns: Int?) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, value) in values.enumerated() {
      bytes += exactText(value).utf8
      bytes.append(columns.map { (index + 1) % $0 != 0 } ?? false ? UInt8(ascii: ",") : 0x0A)
    }
    return bytes
  }

  private static func makeFolder(_ path: String) throws(FileError) {
    guard mkdir(path, 0o777) != 0 else { return }
    let message = systemMessage()
    switch FileType(at: path) {
    case .folder?: return
    case nil: throw FileError(path, "cannot be created: \(message)", kind: .cannotCreate)
    case let other?:
      throw FileError(
        path, "is not a folder", expected: "a folder", found: other.rawValue, kind: .cannotCreate)
    }
  }

  // MARK: Reading

  static func readNPZ(_ file: InputFile, maxBytes: Int) throws(FileError) -> ForeignNetwork {
    let path = file.path
    let arrays = try ArchivedArrays(file, maxBytes: maxBytes)
    guard !arrays.names.contains(where: { $0.hasSuffix("data.pkl") }) else {
      throw FileError(
        path, "is a pickle of PyTorch, which may run any program when it is read",
        expected: "the state dict saved by safetensors.torch.save_file")
    }
    var foreign = ForeignNetwork(format: ExportFormat.npz.rawValue)
    if let text = try arrays.bytes(metadataName) { foreign.metadata = try metadata(text, path: path) }
    while let weights = try arrays.numbers("w\(foreign.layers.count + 1)", dimensions: 2) {
      let number = foreign.layers.count + 1
      guard let biases = try arrays.numbers("b\(number)", dimensions: 1) else {
        throw FileError(path, "has no array b\(number)", found: ArrayNames.list(arrays.names))
      }
      guard biases.shape == [weights.shape[0]] else {
        throw FileError(
          path, "has arrays that make no layer",
          expected: "w\(number) [outputs, inputs], b\(number) [outputs]",
          found: "\(weights.shape) and \(biases.shape)")
      }
      foreign.layers.append(
        .init(
          name: "w\(number)", inputs: weights.shape[1], outputs: weights.shape[0], weights: weights.values,
          biases: biases.values, activation: nil))
    }
    guard !foreign.layers.isEmpty else {
      throw FileError(
        path, "has no array w1", expected: "w1 [outputs, inputs], b1 [outputs], w2, ...",
        found: ArrayNames.list(arrays.names))
    }
    let layers = foreign.layers.count
    guard !arrays.names.contains(where: { belongsToLayer($0, after: layers) }) else {
      throw FileError(path, "has no array w\(layers + 1)", found: ArrayNames.list(arrays.names))
    }
    if foreign.metadata["format"] == "nabla" {
      foreign.cost = foreign.metadata["cost"].flatMap(Cost.init(rawValue:))
      let activations = try ModelFile.activations(
        of: foreign.metadata, layers: foreign.layers.count, path: path)
      for index in activations.indices { foreign.layers[index].activation = activations[index] }
    }
    return foreign
  }

  /// Whether an array is the weights or biases of a later layer than `number`: its network would lose its end without it.
  private static func belongsToLayer(_ name: String, after number: Int) -> Bool {
    guard name.hasPrefix("w") || name.hasPrefix("b"), name.hasSuffix(".npy") else { return false }
    return Int(name.dropFirst().dropLast(".npy".count)).map { $0 > number } ?? false
  }

  /// The strings of a model that Nabla exported; none where the array is something else's.
  private static func metadata(_ text: [UInt8], path: String) throws(FileError) -> [String: String] {
    let json = try text.withUnsafeBufferPointer { (bytes) throws(FileError) -> JSONValue in
      try JSONReader.read(UnsafeRawBufferPointer(bytes), path: "\(path)[\(metadataName)]", offset: 0)
    }
    guard case .object(let members) = json else { return [:] }
    var strings: [String: String] = [:]
    for member in members {
      if case .string(let value) = member.value { strings[member.name] = value }
    }
    return strings
  }
}
