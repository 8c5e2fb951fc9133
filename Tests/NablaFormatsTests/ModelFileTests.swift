import Foundation
import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct ModelFileTests {
  private func network(_ sizes: [Int] = [784, 30, 10], cost: Cost = .crossEntropy) throws -> Network {
    try Network(topology: Topology(sizes), cost: cost, seed: 7)
  }

  private func bytes(of network: Network) -> [UInt8] {
    var bytes: [UInt8] = []
    network.withParameterBytes { bytes += $0 }
    return bytes
  }

  @Test("What is saved is loaded, to the last bit", arguments: [[784, 30, 10], [1, 1], [5, 17, 33, 2]])
  func roundTrip(sizes: [Int]) throws {
    let folder = try TemporaryFolder()
    let network = try network(sizes)
    let strings = ["seed": "7", "note": "line\nbreak \"quoted\" \\ \u{1} 数字 🙂"]
    try ModelFile.save(network, to: folder.path("model"), metadata: strings)
    let loaded = try ModelFile.load(folder.path("model"))
    #expect(bytes(of: loaded.network) == bytes(of: network))
    #expect(loaded.network.topology == network.topology)
    #expect(loaded.network.cost == .crossEntropy)
    let topology = sizes.map(String.init).joined(separator: ",")
    let added = [
      "format": "nabla", "topology": topology, "cost": "cross-entropy",
      "parameters_sha256": ModelFile.parametersSHA256(of: network),
    ]
    #expect(loaded.metadata == strings.merging(added) { $1 })
  }

  @Test("The data section is aligned, ends the file, and has the hash of the parameters")
  func layout() throws {
    let folder = try TemporaryFolder()
    let network = try network()
    try ModelFile.save(network, to: folder.path("model"))
    let file = try folder.read("model")
    let start = 8 + file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(start % 64 == 0)
    #expect(Array(file[start...]) == bytes(of: network))
    let hash = SHA256Hasher.hash(of: file[start...])
    #expect(ModelFile.parametersSHA256(of: network) == hash)
    try ModelFile.save(network, to: folder.path("again"))
    #expect(try folder.read("again") == file)
  }

  @Test("A file of Python's safetensors: sorted by name, no metadata")
  func python() throws {
    let folder = try TemporaryFolder()
    let header = """
      {"layers.1.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},\
      "layers.0.weight":{"data_offsets":[12,36],"shape":[2,3],"dtype":"F32"},\
      "layers.1.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[36,44]},\
      "layers.0.bias":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}
      """
    let values: [Float] = [0.5, 1, 2, 10, 11, 12, 13, 14, 15, -1, -0.25]
    let loaded = try ModelFile.load(folder.write(safetensors(header, floats(values)), to: "model"))
    #expect(loaded.network.topology.layerSizes == [3, 2, 1])
    #expect(loaded.network.cost == .quadratic)
    #expect(loaded.metadata.isEmpty)
    #expect(loaded.network.weights(layer: 0) == [10, 11, 12, 13, 14, 15])
    #expect(loaded.network.biases(layer: 0) == [1, 2])
    #expect(loaded.network.weights(layer: 1) == [-1, -0.25])
    #expect(loaded.network.biases(layer: 1) == [0.5])
  }

  @Test("Strings of the metadata are read with every escape")
  func escapes() throws {
    let folder = try TemporaryFolder()
    let header = #"{"__metadata__":{"a":"\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\"},"#
    let model = safetensors(
      header + entry("layers.0.weight", [1, 1], 0, 4) + "," + entry("layers.0.bias", [1], 4, 8) + "} ",
      floats([1, 2]))
    let loaded = try ModelFile.load(folder.write(model, to: "model"))
    #expect(loaded.metadata["a"] == "é😀/\u{8}\u{C}\n\r\t\"\\")
  }

  @Test("Input 55: one flipped bit is found")
  func flippedBit() throws {
    let folder = try TemporaryFolder()
    let network = try network([5, 4, 3])
    try ModelFile.save(network, to: folder.path("model"))
    var file = try folder.read("model")
    file[file.count - 20] ^= 1
    let start = file.count - bytes(of: network).count
    let damaged = SHA256Hasher.hash(of: file[start...])
    try folder.write(file, to: "model")
    let error = #expect(throws: FileError.self) { try ModelFile.load(folder.path("model")) }
    #expect(error?.problem == "has damaged parameters")
    #expect(error?.kind == .badData)
    #expect(error?.expected == "sha256 \(ModelFile.parametersSHA256(of: network))")
    #expect(error?.found == "sha256 \(damaged)")
  }

  @Test("The shape of the pictures is kept; one that does not fit the inputs is none")
  func imageShape() throws {
    let folder = try TemporaryFolder()
    let shape = Dataset.ImageShape(rows: 20, columns: 10)
    for (inputs, expected) in [(200, shape), (100, nil)] {
      try ModelFile.save(network([inputs, 2]), to: folder.path("model"), imageShape: shape)
      let loaded = try ModelFile.load(folder.path("model"))
      #expect(loaded.metadata["image_shape"] == "20 x 10")
      #expect(loaded.imageShape == expected)
    }
    for text in ["", "20", "20 x", "-20 x -10", "9223372036854775807 x 2", "20 x 10 x 1"] {
      try ModelFile.save(network([200, 2]), to: folder.path("model"), metadata: ["image_shape": text])
      #expect(try ModelFile.load(folder.path("model")).imageShape == nil)
    }
  }

  @Test("A model larger than maxBytes is refused")
  func maxBytes() throws {
    let folder = try TemporaryFolder()
    try ModelFile.save(network(), to: folder.path("model"))
    let error = #expect(throws: FileError.self) { try ModelFile.load(folder.path("model"), maxBytes: 1000) }
    #expect(error?.problem == "needs more memory than is allowed")
    #expect(error?.remedy == .largerLimit)
  }

  @Test(arguments: badModels) func refuses(input: BadInput) throws { try input.check() }
}

private func entry(_ name: String, _ shape: [Int], _ begin: Int, _ end: Int, dtype: String = "F32") -> String
{
  "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
}

private func model(_ name: String, _ message: String, _ bytes: [UInt8]) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(bytes, to: "m")
  } read: { path in
    _ = try ModelFile.load(path)
  }
}

/// A file with these entries, and `count` values of 1.
private func model(_ name: String, _ message: String, _ entries: [String], values count: Int) -> BadInput {
  model(
    name, message,
    safetensors("{" + entries.joined(separator: ",") + "}", floats(Array(repeating: 1, count: count))))
}

private let weight = entry("layers.0.weight", [2, 3], 0, 24)
private let bias = entry("layers.0.bias", [2], 24, 32)
private let dtypes = "BF16, BOOL, F16, F32, F64, F8_E4M3, F8_E5M2, I16, I32, I64, I8, U16, U32, U64, U8"

private let badModels: [BadInput] = [
  model("empty", "m: is empty (expected 8 bytes or more, found 0)", []),
  model(
    "too short", "m: is too short for a safetensors file (expected 8 bytes or more, found 7)",
    [1, 0, 0, 0, 0, 0, 0]),
  model(
    "47: header length 2^63",
    "m:byte 0: has a header that is too long (expected at most 100000000 bytes, "
      + "found 9223372036854775808)", [0, 0, 0, 0, 0, 0, 0, 0x80] + Array("{}".utf8)),
  BadInput(
    "47: header of 100,000,001 bytes",
    "m:byte 0: has a header that is too long (expected at most 100000000 bytes, "
      + "found 100000001)"
  ) { folder in
    try folder.writeSparse(littleEndian(100_000_001, 8) + Array("{".utf8), length: 200_000_000, to: "m")
  } read: { path in
    _ = try ModelFile.load(path)
  },
  model(
    "a header of many small values", "m:byte 600008: has more JSON values than a file of this kind needs",
    safetensors("{\"a\":[" + String(repeating: "0, ", count: 300_000) + "0]}", [])),
  model(
    "header past the end",
    "m:byte 0: has a header that goes past the end of the file (expected at most 2 bytes, found 3)",
    littleEndian(3, 8) + Array("{}".utf8)),
  model("no JSON", "m:byte 8: is not a safetensors file (expected '{', found byte 0x5B)", safetensors("[]")),
  model(
    "text after the header", "m:byte 10: has text after the JSON value (expected its end, found 'x')",
    safetensors("{}x")),
  model("no tensors", "m: has no tensor layers.0.weight (found no tensors)", safetensors("{}")),
  model(
    "48: duplicate key",
    "m:byte 80: has a name twice in one JSON object (expected each name once, found \"layers.0.weight\" again)",
    [weight, weight], values: 6),
  model(
    "49: overlap",
    "m:byte 167: layers.0.bias overlaps the tensor before it (expected data_offsets from 24, found 20)",
    [weight, entry("layers.0.bias", [2], 20, 28)], values: 7),
  model(
    "49: hole", "m:byte 175: has a hole before layers.0.bias (expected data_offsets from 24, found 28)",
    [weight, entry("layers.0.bias", [2], 28, 36)], values: 9),
  model(
    "49: trailing bytes",
    "m:byte 179: has bytes after the last tensor (expected 179 bytes in all, found 183)",
    [weight, bias], values: 9),
  model(
    "49: past the end",
    "m: layers.0.bias goes past the end of the file (expected data_offsets of at most 28, found 32)",
    [weight, bias], values: 7),
  model(
    "49: end before begin",
    "m: layers.0.bias has unusable data_offsets (expected [begin, end], begin <= end, found [32, 24])",
    [weight, entry("layers.0.bias", [2], 32, 24)], values: 8),
  model(
    "50: shape and range differ",
    "m: layers.0.bias has a shape and data_offsets that do not fit (expected 12 bytes for F32 [3], found 8)",
    [weight, entry("layers.0.bias", [3], 24, 32)], values: 8),
  model(
    "50: overflow",
    "m: layers.0.weight has a shape whose size cannot be addressed (expected less than 2^63 bytes, "
      + "found [4294967296, 4294967296])",
    [entry("layers.0.weight", [4_294_967_296, 4_294_967_296], 0, 24), bias], values: 8),
  model(
    "50: negative",
    "m: layers.0.weight has a shape with something else than sizes (expected whole numbers 0 ... 2^53, found -2)",
    [entry("layers.0.weight", [-2, -3], 0, 24), bias], values: 8),
  model(
    "50: 1e3",
    "m: layers.0.weight has a shape with something else than sizes (expected whole numbers 0 ... 2^53, found 1e3)",
    [weight.replacing("[2, 3]", with: "[1e3, 3]"), bias], values: 8),
  model(
    "50: 2^53 + 1",
    "m: layers.0.weight has a data_offsets with something else than sizes (expected whole numbers 0 ... 2^53, "
      + "found 9007199254740993)", [entry("layers.0.weight", [2, 3], 0, 9_007_199_254_740_993), bias],
    values: 8),
  model(
    "51: F16", "m: layers.0.weight has another dtype (expected F32, found F16)",
    [entry("layers.0.weight", [2, 6], 0, 24, dtype: "F16"), bias], values: 8),
  model(
    "51: unknown dtype", "m: layers.0.weight has an unknown dtype (expected one of \(dtypes), found F31)",
    [entry("layers.0.weight", [2, 3], 0, 24, dtype: "F31"), bias], values: 8),
  model(
    "52: 10,000 deep", "m:byte 76: has JSON nested too deep (expected at most 64 levels, found more)",
    safetensors("{\"a\":" + String(repeating: "[", count: 10_000))),
  model(
    "52: bad UTF-8", "m:byte 9: has a JSON string that is not UTF-8 (expected UTF-8)",
    littleEndian(6, 8) + [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x7D]),
  model(
    "52: lone surrogate", "m:byte 10: has a lone surrogate in a JSON string (expected a pair of surrogates)",
    safetensors(#"{"\ud800":1}"#)),
  model(
    "52: half a pair", "m:byte 10: has a lone surrogate in a JSON string (expected a pair of surrogates)",
    safetensors(#"{"\ud800\u0041":1}"#)),
  model(
    "control character in a string",
    "m:byte 10: has a control character in a JSON string (expected an escape, found byte 0x0A)",
    safetensors("{\"\n\":1}")),
  model(
    "cut JSON", "m:byte 13: is not valid JSON (expected a value, found the end of the text)",
    safetensors("{\"a\":")),
  model(
    "a number with a leading zero", "m:byte 14: is not valid JSON (expected ',' or '}', found '1')",
    safetensors("{\"a\":01}")),
  model(
    "53: layers that do not chain",
    "m: layers.1.weight does not continue layers.0.weight (expected 2 inputs, found 3)",
    [weight, bias, entry("layers.1.weight", [1, 3], 32, 44), entry("layers.1.bias", [1], 44, 48)], values: 12),
  model(
    "a bias of another length",
    "m: layers.0.bias does not fit layers.0.weight (expected shape [2], found [3])",
    [weight, entry("layers.0.bias", [3], 24, 36)], values: 9),
  model(
    "a bias that is missing", "m: has no tensor layers.0.bias (found layers.0.weight)", [weight], values: 6),
  model(
    "a tensor of something else",
    "m: has no tensor layers.1.weight (found layers.0.weight, layers.0.bias, conv.weight)",
    [weight, bias, entry("conv.weight", [1], 32, 36)], values: 9),
  model(
    "names that Unicode takes for the same",
    "m: has no tensor layers.1.weight (found layers.0.weight, layers.0.bias, \u{E9}, e\u{301})",
    [weight, bias, entry("\u{E9}", [1], 32, 36), entry("e\u{301}", [1], 36, 40)], values: 10),
  model(
    "a matrix that is none", "m: layers.0.weight is not a matrix (expected [outputs, inputs], found [6])",
    [entry("layers.0.weight", [6], 0, 24), bias], values: 8),
  model(
    "a layer of no neurons",
    "m: expected layer sizes of 1 to 2147483647, found 0 in [3,0]",
    [entry("layers.0.weight", [0, 3], 0, 0), entry("layers.0.bias", [0], 0, 0)], values: 0),
  model(
    "54: NaN in a weight", "m:byte 163: layers.0.weight[1, 1] is not finite (expected a number, found nan)",
    safetensors("{\(weight),\(bias)}", floats([1, 1, 1, 1, .nan, 1, 1, 1]))),
  model(
    "54: infinity in a bias", "m:byte 175: layers.0.bias[1] is not finite (expected a number, found -inf)",
    safetensors("{\(weight),\(bias)}", floats([1, 1, 1, 1, 1, 1, 1, -.infinity]))),
  model(
    "unknown cost",
    "m: has an unknown cost in its metadata (expected quadratic, cross-entropy, log-likelihood, found hinge)",
    [#""__metadata__":{"cost":"hinge"}"#, weight, bias], values: 8),
  model(
    "unknown activation",
    "m: has unknown activations in its metadata "
      + "(expected 1 of sigmoid, tanh, relu, softmax, identity, found gelu)",
    [#""__metadata__":{"activations":"gelu"}"#, weight, bias], values: 8),
  model(
    "more activations than layers",
    "m: has unknown activations in its metadata "
      + "(expected 1 of sigmoid, tanh, relu, softmax, identity, found relu,softmax)",
    [#""__metadata__":{"activations":"relu,softmax"}"#, weight, bias], values: 8),
  model(
    "a cost that means nothing for the outputs",
    "m: cost: expected quadratic or log-likelihood for softmax outputs, found cross-entropy: with softmax "
      + "outputs the cross-entropy is called log-likelihood here",
    [#""__metadata__":{"activations":"softmax","cost":"cross-entropy"}"#, weight, bias], values: 8),
  model(
    "another topology",
    "m: has a topology in its metadata that its tensors do not have (expected 3,2, found 3,4)",
    [#""__metadata__":{"topology":"3,4"}"#, weight, bias], values: 8),
  model(
    "metadata that is no string", "m: has __metadata__ \"seed\" of another type (expected a string)",
    [#""__metadata__":{"seed":7}"#, weight, bias], values: 8),
]
