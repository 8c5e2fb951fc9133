import Nabla

/// A trained network as a safetensors file: `layers.0.weight` [outputs, inputs], `layers.0.bias` [outputs], F32.
public enum ModelFile {
  /// A network and the strings that stood beside it.
  public struct Loaded {
    public let network: Network
    /// The file's `__metadata__`: "format", "topology", "cost" and what the writer added.
    public let metadata: [String: String]
  }

  /// Writes `network` to `path` atomically: whoever reads the file sees the old model or the new, never a part.
  ///
  /// - Parameter metadata: seed and settings of the training; "format", "topology" and "cost" are added.
  public static func save(
    _ network: Network, to path: String, metadata: [String: String] = [:]
  ) throws(FileError) {
    throw FileError(path, "cannot be written yet")
  }

  /// Reads a model, checked in every respect before memory is taken for it.
  public static func load(_ path: String, maxBytes: Int = defaultMaxBytes) throws(FileError) -> Loaded {
    throw FileError(path, "cannot be read yet")
  }

  /// Returns the SHA-256 of all parameters in the order of the file, in hexadecimal: the hash of its data section.
  public static func parametersSHA256(of network: Network) -> String { "" }
}
