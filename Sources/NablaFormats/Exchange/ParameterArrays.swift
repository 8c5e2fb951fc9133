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
    let archive = try ZipArchive(file)
    let names = archive.entries.map(\.name)
    guard !names.contains(where: { $0.hasSuffix("data.pkl") }) else {
      throw FileError(
        path, "is a pickle of PyTorch, which may run any program when it is read",
        expected: "the state dict saved by safetensors.torch.save_file")
    }
    func array(_ name: String) throws(FileError) -> NPYArray? {
      guard let entry = archive.entries.first(where: { $0.name == "\(name).npy" }) else { return nil }
      let array = try NPYArray(ZipMember(entry, of: archive, name: name))
      let bytes = multiplied(array.header.count, 4) ?? .max
      guard bytes <= maxBytes else {
        throw FileError.overLimit(array.path, maxBytes: maxBytes, found: "\(bytes) bytes")
      }
      return array
    }
    var foreign = ForeignNetwork(format: ExportFormat.npz.rawValue)
    if let text = try array(metadataName) { foreign.metadata = try metadata(text) }
    while let weights = try array("w\(foreign.layers.count + 1)") {
      let index = foreign.layers.count
      guard let biases = try array("b\(index + 1)") else {
        throw FileError(path, "has no array b\(index + 1)", found: ArrayNames.list(names))
      }
      guard weights.shape.count == 2, biases.shape == [weights.shape[0]], !weights.header.type.isText,
        !biases.header.type.isText
      else {
        throw FileError(
          path, "has arrays that make no layer",
          expected: "w\(index + 1) [outputs, inputs], b\(index + 1) [outputs]",
          found: "\(NPYHeader.text(weights.shape)) and \(NPYHeader.text(biases.shape))")
      }
      foreign.layers.append(
        .init(
          name: "w\(index + 1)", inputs: weights.shape[1], outputs: weights.shape[0],
          weights: try floats(weights), biases: try floats(biases),
          activation: nil))
    }
    guard !foreign.layers.isEmpty else {
      throw FileError(
        path, "has no array w1", expected: "w1 [outputs, inputs], b1 [outputs], w2, ...",
        found: ArrayNames.list(names))
    }
    if foreign.metadata["format"] == "nabla" {
      foreign.cost = foreign.metadata["cost"].flatMap(Cost.init(rawValue:))
      let activations = try ModelFile.activations(
        of: foreign.metadata, layers: foreign.layers.count, path: path)
      for index in activations.indices { foreign.layers[index].activation = activations[index] }
    }
    return foreign
  }

  private static func floats(_ array: NPYArray) throws(FileError) -> [Float] {
    guard array.header.count > 0 else { throw FileError(array.path, "is an empty array") }
    let buffer = try AlignedBuffer<Float>(count: array.header.count, for: array.path)
    try array.readTable(into: buffer.pointer)
    return Array(buffer.elements)
  }

  /// The strings of a model that Nabla exported; none where the array is something else's.
  private static func metadata(_ array: NPYArray) throws(FileError) -> [String: String] {
    guard array.header.type == .unsigned(bytes: 1), array.shape.count == 1, array.header.count > 0 else {
      return [:]
    }
    let text = try AlignedBuffer<UInt8>(count: array.header.count, for: array.path)
    try array.readBytes(into: UnsafeMutableRawBufferPointer(text.elements))
    let json = try JSONReader.read(UnsafeRawBufferPointer(text.elements), path: array.path, offset: 0)
    guard case .object(let members) = json else { return [:] }
    var strings: [String: String] = [:]
    for member in members {
      if case .string(let value) = member.value { strings[member.name] = value }
    }
    return strings
  }
}
