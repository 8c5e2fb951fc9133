import Nabla

/// A model read from the file of another program.
public struct ModelImport {
  /// What the file may not tell.
  public struct Settings: Sendable {
    /// f of the hidden layers.
    public var hiddenActivation: Activation?
    /// f of the output layer; for a file whose last layer is plain sums too.
    public var outputActivation: Activation?
    /// The cost the network is evaluated with. By default log-likelihood with softmax outputs, else quadratic.
    public var cost: Cost?

    /// Creates settings; nothing is told by default.
    public init(
      hiddenActivation: Activation? = nil, outputActivation: Activation? = nil, cost: Cost? = nil
    ) {
      (self.hiddenActivation, self.outputActivation, self.cost) = (hiddenActivation, outputActivation, cost)
    }
  }

  /// The network, and what `ModelExport` wrote beside it; of a file from elsewhere the metadata "imported_from".
  public let model: ModelFile.Loaded
  /// "network2", "npz", "safetensors" or "onnx".
  public let format: String
  /// What a person should know about the file.
  public let notes: [String]

  /// Reads a network from network2's JSON, NPZ (w1, b1, ...), a state dict as safetensors, or ONNX; the content tells
  /// which.
  ///
  /// - Parameter maxBytes: the most memory that the file's content, or the network's parameters, may take.
  /// - Throws: `FileError`.
  public static func read(
    _ path: String, settings: Settings = Settings(), maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> ModelImport {
    let file = try InputFile(path)
    let start = try file.bytes(at: 0, count: min(file.length, 16))
    let foreign: ForeignNetwork
    if NPZ.isRecognized(start) {
      foreign = try ParameterArrays.readNPZ(file, maxBytes: maxBytes)
    } else if start.count > 8, start[8] == UInt8(ascii: "{") {
      foreign = try StateDict.read(file, maxBytes: maxBytes)
    } else if let first = start.first(where: { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }),
      first == UInt8(ascii: "{")
    {
      foreign = try Network2.read(file, maxBytes: maxBytes)
    } else if ONNXModel.isRecognized(start) {
      foreign = try ONNXReader.read(file, maxBytes: maxBytes)
    } else {
      throw FileError(
        path, start.isEmpty ? "is empty" : "is not a network that can be read",
        expected: "network2 JSON, NPZ, safetensors or ONNX")
    }
    return try foreign.model(path: path, settings: settings, maxBytes: maxBytes)
  }

  /// Writes the model as Nabla's own file.
  ///
  /// - Throws: as `ModelFile.save`.
  public func save(to path: String) throws(FileError) {
    try ModelFile.save(
      model.network, to: path, metadata: model.metadata, imageShape: model.imageShape,
      encoding: model.encoding)
  }
}

extension InputFile {
  /// The whole file, which takes `maxBytes` at most.
  func content(maxBytes: Int) throws(FileError) -> AlignedBuffer<UInt8> {
    guard length <= maxBytes else {
      throw FileError.overLimit(path, maxBytes: maxBytes, found: "\(length) bytes")
    }
    let buffer = try AlignedBuffer<UInt8>(count: length, for: path)
    try read(into: UnsafeMutableRawBufferPointer(buffer.elements), at: 0)
    return buffer
  }
}
