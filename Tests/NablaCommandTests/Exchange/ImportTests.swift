import Foundation
import Nabla
import NablaFormats
import Testing

private let foreignPython = Peer.python("numpy")

@Suite("nabla import")
struct ImportTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  /// Bytes of a safetensors file with float tensors of zeros.
  private func safetensors(_ tensors: [(String, [Int])], dtype: String = "F32", bytes: Int = 4) -> [UInt8] {
    var (entries, end) = ([String](), 0)
    for (name, shape) in tensors {
      let start = end
      end += bytes * shape.reduce(1, *)
      entries.append(
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}")
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
      + [UInt8](repeating: 0, count: end)
  }

  @Test(
    "networks of PyTorch and of ONNX answer as they did there",
    .enabled(if: foreignPython != nil, "no python3 with numpy; NABLA_PYTHON may name one"))
  func foreign() throws {
    let made = try Peer.run(
      [try #require(foreignPython), Peer.script("foreign_networks.py"), folder.url.path], in: folder)
    try #require(made.status == 0, "\(made.errors)")
    let told = [
      "sequential.safetensors": ["--activation", "relu", "--output-activation", "softmax"],
      "named.safetensors": ["--activation", "tanh", "--output-activation", "sigmoid"],
    ]
    for file in made.lines {
      let run = try NablaProcess.run(["import", file, "--output", "m"] + (told[file] ?? []), in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let name = String(file.prefix { $0 != "." })
      let inputs = try rawFloats(folder.path("\(name).inputs"))
      let expected = try rawFloats(folder.path("\(name).outputs"))
      let found = try ModelFile.load(folder.path("m")).outputs(rows: inputs)
      try #require(found.count == expected.count && !found.isEmpty)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }, "\(file)")
    }
  }

  @Test("a state dict whose activations nobody names asks for them")
  func activations() throws {
    try folder.write(
      "s", safetensors([("0.weight", [3, 4]), ("0.bias", [3]), ("2.weight", [2, 3]), ("2.bias", [2])]))
    let asked = try nabla("import", "s")
    #expect(asked.status == 64)
    #expect(
      asked.errors == "nabla: error: s: does not say the activations of its layers; --activation relu "
        + "--output-activation softmax, for example, names them (expected them to be named)\n")
    let told = try nabla("import", "s", "--activation", "relu", "--output-activation", "softmax")
    #expect(
      told.output
        == "s: safetensors, network [4,3,2] (relu, softmax), 23 parameters\nSaved model.safetensors\n",
      "\(told.errors)")
    #expect(try ModelFile.load(folder.path("model.safetensors")).network.cost == .logLikelihood)
    let bad = try nabla("import", "s", "--activation", "softmax", "--output-activation", "softmax")
    #expect(bad.status == 65 && bad.errors.contains("hidden activation: expected one of sigmoid, tanh, relu"))
  }

  /// Names in the order of their numbers, not of their letters.
  @Test("fc10 follows fc9")
  func order() throws {
    let sizes = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    let tensors = (1..<sizes.count).map { ("fc\($0).weight", [sizes[$0], sizes[$0 - 1]]) }.sorted {
      $0.0 < $1.0
    }
    try folder.write("s", safetensors(tensors))
    let run = try nabla("import", "s", "--activation", "tanh", "--output-activation", "identity")
    #expect(run.output.contains("network [2,3,4,5,6,7,8,9,10,11,12]"), "\(run.errors)")
  }

  @Test("an output of plain sums may be given its softmax; other activations of the file stay")
  func logits() throws {
    let logits = try Network(topology: Topology([4, 3, 2], hidden: .relu, output: .identity), seed: 1)
    try ModelExport.write(
      .init(describing: logits), as: .onnx, to: folder.path("x.onnx"))
    let run = try nabla("import", "x.onnx", "--output-activation", "softmax")
    #expect(run.status == 65, "the file's own metadata say otherwise: \(run.output)")
    let other = try nabla("import", "x.onnx", "--activation", "tanh")
    #expect(
      other.status == 64
        && other.errors
          == "nabla: error: x.onnx: node layers.0 (Gemm) has another activation than the one asked for "
          + "(expected tanh, found relu)\n"
    )
  }

  @Test("Nabla's own files, and the file that would be overwritten")
  func own() throws {
    let model = try SharedModel.get()
    let run = try nabla("import", model.path)
    #expect(
      run.status == 64
        && run.errors
          == "nabla: error: \(model.path): is Nabla's own file (expected a network of another program, "
          + "found a model)\n"
    )
    let bytes = safetensors([("0.weight", [3, 4])])
    try folder.write("s", bytes)
    let same = try nabla("import", "s", "--output", "./s", "--output-activation", "sigmoid")
    #expect(
      same.status == 64
        && same.errors
          == "nabla: error: --output: expected another file than the one that is read, found './s'\n"
    )
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("s"))) == Data(bytes))
  }

  @Test(
    "bad files get one line",
    arguments: [
      ("", 65, "is empty (expected network2 JSON, NPZ, safetensors or ONNX)"),
      (
        "hello world, long enough", 65,
        "is not a network that can be read (expected network2 JSON, NPZ, safetensors or ONNX)"
      ),
      ("{\"a\":1}", 65, "is not network2's JSON (expected \"sizes\", an array, found a)"),
      (
        "{ \"sizes\":[2,1],\"weights\":[[[1,NaN]]],\"biases\":[[[1]]]}", 65,
        ":byte 31: is not valid JSON (expected a value, found 'N')"
      ),
      (
        "{ \"sizes\":[2,1],\"weights\":[[[1,2,3]]],\"biases\":[[[1]]],\"cost\":\"QuadraticCost\"}", 65,
        "weights[0][0] has another length (expected 2 numbers, found 3)"
      ),
      (
        "{ \"sizes\":[2,1],\"weights\":[[[1,1e39]]],\"biases\":[[[1]]],\"cost\":\"QuadraticCost\"}", 65,
        "weights[0][0][1] is too large for a 32-bit float (expected at most 3.4028235e+38, found 1e39)"
      ),
      (
        "{ \"sizes\":[2,1],\"weights\":[[[1,2]]],\"biases\":[[[1],[2]]],\"cost\":\"QuadraticCost\"}", 65,
        "biases[0] has another shape (expected 1 rows, found 2)"
      ),
      (
        "{ \"sizes\":[2,3,1],\"weights\":[[[1,2]]],\"biases\":[[[1]]],\"cost\":\"QuadraticCost\"}", 65,
        "has \"weights\" that do not fit its sizes (expected 2 layers, found 1)"
      ),
      (
        "{ \"sizes\":[1,1],\"weights\":[[[1]]],\"biases\":[[[1]]],\"cost\":\"LogCost\"}", 65,
        "has an unknown \"cost\" (expected QuadraticCost or CrossEntropyCost, found LogCost)"
      ),
      ("{ \"sizes\":[2,0]}", 65, "has unusable \"sizes\" (expected two or more whole numbers from 1 up)"),
      (
        "\u{8}\u{7}:\u{5}", 65,
        ":byte 3: is not valid Protocol Buffers (expected a length of at most 0 bytes, found 5)"
      ),
      ("\u{8}\u{7}\u{8}\u{7}", 65, "is not an ONNX model (expected a graph, found none)"),
    ])
  func bad(content: String, status: Int32, message: String) throws {
    try folder.write("bad", content.utf8)
    let run = try nabla("import", "bad")
    #expect(run.status == status)
    #expect(run.errors == "nabla: error: bad\(message.hasPrefix(":") ? "" : ": ")\(message)\n")
    #expect(folder.contents == ["bad"])
  }

  @Test("tensors that make no dense layers")
  func tensors() throws {
    for (tensors, message) in [
      (
        [("conv.weight", [3, 1, 2, 2])],
        "conv.weight is not the matrix of a dense layer (expected [outputs, inputs], found [3, 1, 2, 2])"
      ),
      (
        [("0.weight", [3, 2]), ("1.running_mean", [3])],
        "has tensors that are no part of a dense layer (expected NAME.weight and NAME.bias alone, found 1.running_mean)"
      ),
      ([("0.weight", [3, 2]), ("0.bias", [2])], "0.bias does not fit 0.weight (expected [3], found [2])"),
      (
        [("0.weight", [3, 2]), ("2.weight", [3, 4])],
        "2.weight does not continue 0.weight (expected 3 inputs, found 4)"
      ),
      ([("a", [3, 2])], "has no tensors of layers (expected NAME.weight and NAME.bias, found a)"),
    ] {
      try folder.write("s", safetensors(tensors))
      let run = try nabla("import", "s", "--activation", "relu", "--output-activation", "softmax")
      #expect(run.status == 65 && run.errors == "nabla: error: s: \(message)\n", "\(run.errors)")
    }
    try folder.write("s", safetensors([("0.weight", [3, 2])], dtype: "F16", bytes: 2))
    let half = try nabla("import", "s", "--output-activation", "softmax")
    #expect(half.errors == "nabla: error: s: 0.weight has another dtype (expected F32 or F64, found F16)\n")
  }

  @Test("an NPZ file from elsewhere needs its activations, and matrices [outputs, inputs]")
  func npz() throws {
    let network = try Network(topology: Topology([4, 3, 2]), seed: 1)
    try ModelExport.write(.init(describing: network), as: .npz, to: folder.path("x.npz"))
    let damaged = try Data(contentsOf: URL(fileURLWithPath: folder.path("x.npz")))
    // Another name for what Nabla knows: the archive has no metadata then.
    var foreign = damaged
    while let place = foreign.range(of: Data("metadata.npy".utf8)) {
      foreign.replaceSubrange(place, with: Data("whatever.npy".utf8))
    }
    try foreign.write(to: URL(fileURLWithPath: folder.path("f.npz")))
    #expect(try nabla("import", "f.npz").errors.contains("does not say the activations of its layers"))
    let run = try nabla("import", "f.npz", "--activation", "tanh", "--output-activation", "identity")
    #expect(run.output.hasPrefix("f.npz: npz, network [4,3,2] (tanh, identity)"), "\(run.errors)")
    while let place = foreign.range(of: Data("b2.npy".utf8)) {
      foreign.replaceSubrange(place, with: Data("c2.npy".utf8))
    }
    try foreign.write(to: URL(fileURLWithPath: folder.path("f.npz")))
    let missing = try nabla("import", "f.npz")
    #expect(
      missing.errors
        == "nabla: error: f.npz: has no array b2 (found b1.npy, c2.npy, w1.npy, w2.npy, whatever.npy)\n")
    // A layer behind the gap would be left out.
    while let place = foreign.range(of: Data("w2.npy".utf8)) {
      foreign.replaceSubrange(place, with: Data("w3.npy".utf8))
    }
    try foreign.write(to: URL(fileURLWithPath: folder.path("f.npz")))
    let gap = try nabla("import", "f.npz", "--output-activation", "identity")
    #expect(
      gap.errors
        == "nabla: error: f.npz: has no array w2 (found b1.npy, c2.npy, w1.npy, w3.npy, whatever.npy)\n")
  }
}

extension ModelFile.Loaded {
  /// A network as a model that nothing is known of.
  init(describing network: Network) throws { self = try AnyNetwork.saved(network) }
}
