import Foundation
import Nabla
import NablaFormats
import Testing

private let onnxPython = Peer.python("numpy", "onnx", "onnxruntime")
private let arrayPython = Peer.python("numpy", "safetensors")

@Suite(
  "ONNX Runtime answers as Nabla does",
  .enabled(if: onnxPython != nil, "no python3 with numpy, onnx and onnxruntime; NABLA_PYTHON may name one"))
struct ONNXPeerTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// What ONNX Runtime makes of the inputs, once the checker has accepted the file.
  private func outputs(_ model: ModelFile.Loaded, _ inputs: [Float]) throws -> [Float] {
    try ModelExport.write(model, as: .onnx, to: folder.path("m.onnx"))
    try folder.write("inputs", rawBytes(inputs))
    let run = try Peer.run(
      [try #require(onnxPython), Peer.script("onnx_outputs.py"), "m.onnx", "inputs", "outputs"], in: folder)
    try #require(run.status == 0, "\(run.errors)")
    return try rawFloats(folder.path("outputs"))
  }

  @Test("every activation, pictures", arguments: AnyNetwork.kinds)
  func activations(kinds: [Activation]) throws {
    let pictures = Pictures.drawn(300)
    let model = try AnyNetwork.pictures(kinds)
    let found = difference(
      try outputs(model, pictures.inputs), try model.network.predict(pictures.pixels), size: 10)
    #expect(found.largest <= 2e-6 && found.otherClasses == 0)
  }

  @Test("raw rows of a table, with missing numbers", arguments: [false, true])
  func tables(isRegression: Bool) throws {
    let (model, rows, inputs) = try AnyNetwork.table(isRegression: isRegression)
    let (found, expected) = (try outputs(model, inputs), try model.outputs(rows: rows))
    try #require(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 2e-6 * max(1, abs($1)) })
  }

  /// MNIST's test set where it is, else drawn digits.
  @Test("a trained network gives every test picture the same class", arguments: TrainedNetwork.all)
  func testSet(trained: TrainedNetwork) throws {
    let (pictures, model) = (try Pictures.test(), try trained.model())
    let found = difference(
      try outputs(model, pictures.inputs), try model.network.predict(pictures.pixels), size: 10)
    #expect(found.otherClasses == 0)
    #expect(found.largest <= 2e-6)
  }
}

@Suite(
  "The book's network2.py and NumPy read what is exported",
  .enabled(if: arrayPython != nil, "no python3 with numpy and safetensors; NABLA_PYTHON may name one"))
struct ArrayPeerTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  @Test("network2: load gets the same count right")
  func network2() throws {
    let (pictures, model) = (try Pictures.test(), try TrainedNetwork.sigmoid.model())
    try ModelExport.write(model, as: .network2, to: folder.path("m.json"))
    try folder.write("inputs", rawBytes(pictures.inputs))
    try folder.write("labels", pictures.labels)
    let run = try Peer.run(
      [try #require(arrayPython), Peer.script("network2_count.py"), "m.json", "inputs", "labels"], in: folder)
    let answers = classes(try model.network.predict(pictures.pixels), size: 10)
    let right = zip(answers, pictures.labels).count { $0 == Int($1) }
    #expect(run.output == "\(right) QuadraticCost\n", "\(run.errors)")
    #expect(right > pictures.count / 2)
  }

  @Test("npz, npy and csv have the same bits", arguments: AnyNetwork.kinds)
  func arrays(kinds: [Activation]) throws {
    let model = try AnyNetwork.pictures(kinds)
    try ModelFile.save(
      model.network, to: folder.path("m"), metadata: model.metadata, imageShape: model.imageShape,
      encoding: model.encoding)
    for format in [ExportFormat.npz, .npy, .csv] {
      try ModelExport.write(model, as: format, to: folder.path("m.\(format.rawValue)"))
    }
    let run = try Peer.run(
      [try #require(arrayPython), Peer.script("arrays_equal.py"), "m", "m.npz", "m.npy", "m.csv"], in: folder)
    #expect(run.output == "equal 3\n", "\(run.errors)")
  }
}

/// Networks that `nabla train` makes, each once, on MNIST where it is, else on drawn digits.
enum TrainedNetwork: String, CaseIterable {
  case sigmoid, dropout

  static let all = allCases

  private static let folder: Result<Folder, any Error> = Result {
    let folder = try Folder()
    // It lives as long as the tests: nothing else would remove it.
    atexit { TrainedNetwork.remove() }
    let data = ProcessInfo.processInfo.environment["NABLA_MNIST_DIR"] ?? "digits:6000"
    for kind in allCases {
      let run = try NablaProcess.run(
        ["train", "--data", data, "--epochs", "1", "--quiet", "--output", kind.rawValue] + kind.options,
        in: folder)
      try #require(run.status == 0, "\(run.errors)")
    }
    return folder
  }

  private static func remove() {
    if let folder = try? folder.get() { try? FileManager.default.removeItem(at: folder.url) }
  }

  private var options: [String] {
    switch self {
    case .sigmoid: []
    case .dropout:
      ["--layers", "784,64,32,10", "--activation", "relu", "--update", "adam", "--dropout", "0.2"]
    }
  }

  func model() throws -> ModelFile.Loaded { try ModelFile.load(Self.folder.get().path(rawValue)) }
}
