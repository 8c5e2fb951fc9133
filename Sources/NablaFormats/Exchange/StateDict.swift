import Nabla

/// Reads a PyTorch state dict that was saved as safetensors: for each layer NAME.weight [outputs, inputs] and NAME.bias
/// [outputs], such as "0.weight" or "fc1.weight". The layers follow one another as their names do, numbers in them by
/// their value.
enum StateDict {
  static func read(_ file: InputFile, maxBytes: Int) throws(FileError) -> ForeignNetwork {
    let path = file.path
    let header = try SafetensorsHeader(file)
    guard header.metadata["format"] != CheckpointFile.format, header.metadata["format"] != "nabla" else {
      throw FileError(
        path, "is Nabla's own file", expected: "a network of another program",
        found: header.metadata["format"] == "nabla" ? "a model" : "a checkpoint", kind: .invalidRequest)
    }
    var foreign = ForeignNetwork(format: "safetensors")
    let tensors = Dictionary(header.tensors.map { ($0.name, $0) }) { first, _ in first }
    let names = tensors.keys.filter { isPart($0, "weight") }.sorted(by: isBefore)
    guard !names.isEmpty else {
      throw FileError(
        path, "has no tensors of layers", expected: "NAME.weight and NAME.bias", found: list(header.tensors))
    }
    var used = 0
    for name in names {
      guard let weight = tensors[name] else { continue }
      let layer = String(name.dropLast("weight".count))
      guard weight.shape.count == 2, weight.shape.allSatisfy({ $0 > 0 }) else {
        throw FileError(
          path, "\(name) is not the matrix of a dense layer", expected: "[outputs, inputs]",
          found: "\(weight.shape)")
      }
      let bias = tensors[layer + "bias"]
      if let bias, bias.shape != [weight.shape[0]] {
        throw FileError(
          path, "\(bias.name) does not fit \(name)", expected: "[\(weight.shape[0])]", found: "\(bias.shape)")
      }
      let bytes = multiplied(weight.bytes.count, 2) ?? .max
      guard bytes <= maxBytes else {
        throw FileError.overLimit(path, maxBytes: maxBytes, found: "\(weight.bytes.count) bytes")
      }
      foreign.layers.append(
        .init(
          name: name, inputs: weight.shape[1], outputs: weight.shape[0],
          weights: try floats(weight, of: file),
          biases: try bias.map { (bias) throws(FileError) in try floats(bias, of: file) }
            ?? [Float](repeating: 0, count: weight.shape[0]), activation: nil))
      used += bias == nil ? 1 : 2
    }
    guard used == header.tensors.count else {
      let known = Set(names + names.map { $0.dropLast("weight".count) + "bias" })
      throw FileError(
        path, "has tensors that are no part of a dense layer", expected: "NAME.weight and NAME.bias alone",
        found: list(header.tensors.filter { !known.contains($0.name) }))
    }
    return foreign
  }

  /// Whether a name is `part` by itself or after a dot.
  private static func isPart(_ name: String, _ part: String) -> Bool {
    name == part || name.hasSuffix("." + part)
  }

  private static func list(_ tensors: [SafetensorsHeader.Tensor]) -> String {
    ArrayNames.list(tensors.map(\.name)) ?? "none"
  }

  /// The order of names in which "fc2" stands before "fc10".
  static func isBefore(_ a: String, _ b: String) -> Bool {
    let (first, second) = (pieces(a), pieces(b))
    for (x, y) in zip(first, second) where x != y {
      // Digits without their zeros in front: the longer number is the larger.
      if let x = x.number, let y = y.number, x != y {
        return x.count != y.count ? x.count < y.count : x.lexicographicallyPrecedes(y)
      }
      return x.text.lexicographicallyPrecedes(y.text)
    }
    return first.count < second.count
  }

  private struct Piece: Equatable {
    var text: [UInt8]

    var isNumber: Bool { text.first.map { 0x30...0x39 ~= $0 } ?? false }
    var number: [UInt8]? { isNumber ? Array(text.drop { $0 == 0x30 }) : nil }
  }

  /// A name as runs of digits and runs of other bytes.
  private static func pieces(_ name: String) -> [Piece] {
    var pieces: [Piece] = []
    for byte in name.utf8 {
      if let last = pieces.indices.last, pieces[last].isNumber == (0x30...0x39 ~= byte) {
        pieces[last].text.append(byte)
      } else {
        pieces.append(Piece(text: [byte]))
      }
    }
    return pieces
  }

  private static func floats(
    _ tensor: SafetensorsHeader.Tensor, of file: InputFile
  ) throws(FileError) -> [Float] {
    let size =
      switch tensor.dtype {
      case "F32": 4
      case "F64": 8
      default:
        throw FileError(
          file.path, "\(tensor.name) has another dtype", expected: "F32 or F64", found: tensor.dtype)
      }
    let bytes = try AlignedBuffer<UInt8>(count: tensor.bytes.count, for: file.path)
    let raw = UnsafeMutableRawBufferPointer(bytes.elements)
    try file.read(into: raw, at: tensor.bytes.lowerBound)
    return (0..<tensor.bytes.count / size).map { index in
      size == 4
        ? raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        : Float(raw.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
    }
  }
}
