import Foundation
import Nabla
import NablaFormats
import Testing

/// Other programs that read what Nabla writes, where they are installed.
enum Peer {
  /// Python, the one `NABLA_PYTHON` names, else `python3`, if it has all of `modules`.
  static func python(_ modules: String...) -> String? {
    let candidate = ProcessInfo.processInfo.environment["NABLA_PYTHON"] ?? "python3"
    let check = modules.map { "importlib.util.find_spec('\($0)')" }.joined(separator: " and ")
    return runs([candidate, "-c", "import sys, importlib.util\nsys.exit(0 if \(check) else 1)"])
      ? candidate : nil
  }

  /// Whether the program is found.
  static func has(_ program: String) -> Bool { runs([program, "--version"]) }

  private static func runs(_ command: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// Runs a program that is found in the `PATH`.
  static func run(_ command: [String], in folder: Folder, seconds: Double = 300) throws -> NablaProcess {
    try NablaProcess.start(command, in: folder, program: URL(fileURLWithPath: "/usr/bin/env")).finish(
      within: seconds)
  }

  /// The path of a program in Tests/Exchange.
  static func script(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Exchange/\(name)").path
  }
}

/// Pictures and their labels, as other programs are given them.
struct Pictures: Sendable {
  let pixels: [UInt8]
  let labels: [UInt8]

  var count: Int { labels.count }
  /// What other programs read: 0 ... 1.
  let inputs: [Float]

  init(pixels: [UInt8], labels: [UInt8]) {
    (self.pixels, self.labels) = (pixels, labels)
    let scaled = (0...255).map { Float($0) / 255 }
    inputs = pixels.map { scaled[Int($0)] }
  }

  /// Digits that Nabla draws, which no training set has.
  static func drawn(_ count: Int) -> Pictures {
    var images = [UInt8](repeating: 0, count: count * SyntheticDigits.pixelsPerImage)
    var labels = [UInt8](repeating: 0, count: count)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer {
        SyntheticDigits(seed: 9, split: .validation).render(0..<count, images: images, labels: $0)
      }
    }
    return Pictures(pixels: images, labels: labels)
  }

  /// The test set of the MNIST that `NABLA_MNIST_DIR` names, else 1,000 drawn digits.
  static func test() throws -> Pictures { try testSet.get() }

  private static let testSet: Result<Pictures, any Error> = Result {
    guard let folder = ProcessInfo.processInfo.environment["NABLA_MNIST_DIR"] else { return drawn(1000) }
    let data = try #require(try DataSource(parsing: folder).load().test)
    var pixels: [UInt8] = []
    for index in 0..<data.count { pixels += data.image(at: index) }
    return Pictures(pixels: pixels, labels: (0..<data.count).map { UInt8(data.label(at: $0)) })
  }
}

/// Floats as raw bytes, and back.
func rawBytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

func rawFloats(_ path: String) throws -> [Float] {
  let data = try Data(contentsOf: URL(fileURLWithPath: path))
  return data.withUnsafeBytes { bytes in
    (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }
}

/// The place of the largest of each `size` numbers.
func classes(_ outputs: [Float], size: Int) -> [Int] {
  stride(from: 0, to: outputs.count, by: size).map { start in
    (0..<size).max { outputs[start + $0] < outputs[start + $1] } ?? 0
  }
}

/// The largest difference, and the number of samples whose largest output is another.
func difference(_ a: [Float], _ b: [Float], size: Int) -> (largest: Float, otherClasses: Int) {
  (
    zip(a, b).map { abs($0 - $1) }.max() ?? 0,
    zip(classes(a, size: size), classes(b, size: size)).count { $0 != $1 }
  )
}

/// Networks of every kind of layer, of which a model is made without training.
enum AnyNetwork {
  static let kinds: [[Activation]] = [
    [.sigmoid, .sigmoid], [.relu, .softmax], [.tanh, .tanh], [.tanh, .relu, .sigmoid, .identity], [.softmax],
  ]

  /// A network for pictures of 28 x 28, with 10 outputs.
  static func pictures(_ activations: [Activation]) throws -> ModelFile.Loaded {
    let sizes = [784] + (1..<activations.count).map { 20 + $0 } + [10]
    return try saved(
      Network(topology: Topology(sizes, activations: activations), cost: cost(activations), seed: 5),
      imageShape: .init(rows: 28, columns: 28))
  }

  private static func cost(_ activations: [Activation]) -> Cost {
    switch activations.last {
    case .softmax: .logLikelihood
    case .sigmoid: .crossEntropy
    default: .quadratic
    }
  }

  /// The model as it is after it was saved and loaded.
  static func saved(
    _ network: Network, imageShape: Dataset.ImageShape? = nil, encoding: DataEncoding = DataEncoding()
  ) throws -> ModelFile.Loaded {
    let folder = try Folder()
    let path = folder.path("model")
    try ModelFile.save(
      network, to: path, metadata: ["seed": "5"], imageShape: imageShape, encoding: encoding)
    return try ModelFile.load(path)
  }

  /// A network for rows of three numbers and a category, with raw rows that it reads.
  static func table(isRegression: Bool) throws -> (model: ModelFile.Loaded, rows: [Float], inputs: [Float]) {
    let features = try FeatureEncoding(
      columns: [
        FeatureColumn(name: "age"), FeatureColumn(name: "kind */ \"\\", kind: .category(["a", "b", "ü??/"])),
        FeatureColumn(name: "height"), FeatureColumn(name: "x /* ??/"),
      ], scaling: .standard,
      numbers: [
        .init(fill: 38, offset: 38.5, factor: 0.073), .init(fill: 1),
        .init(fill: -2, offset: 1e-3, factor: 12),
        .init(fill: 0.5, offset: 0, factor: 1),
      ])
    let target: DataEncoding.Target =
      isRegression
      ? .values([.init(name: "y", offset: 152.1, factor: 0.013), .init(name: "z", offset: -3, factor: 2)])
      : .classes(names: ["setosa \"1\"", "versicolor ??/", "木"])
    let network =
      isRegression
      ? try Network(topology: Topology([6, 9, 2], hidden: .tanh, output: .identity), seed: 2)
      : try Network(
        topology: Topology([6, 9, 3], hidden: .relu, output: .softmax), cost: .logLikelihood, seed: 2)
    let model = try saved(network, encoding: DataEncoding(features: features, target: target))
    var (rows, inputs) = ([Float](), [Float]())
    for row in 0..<60 {
      let cells: [Float] = [
        row % 7 == 3 ? .nan : Float(row) * 1.5, Float(row % 3), Float(row * 5 % 11) / 8,
        row % 9 == 4 ? .nan : 0.25,
      ]
      rows += cells
      inputs += [cells[0]] + (0..<3).map { Float($0) == cells[1] ? 1 : 0 } + cells[2...]
    }
    return (model, rows, inputs)
  }
}

extension ModelFile.Loaded {
  /// What Nabla makes of raw rows, in the targets' units.
  func outputs(rows: [Float]) throws -> [Float] {
    let columns = encoding.features?.columns.count ?? network.topology.inputSize
    var outputs = [Float](repeating: 0, count: rows.count / columns * network.topology.outputSize)
    var span = outputs.mutableSpan
    try Predictor(network, encoding: encoding.features, threads: 1).predict(rows: rows.span, into: &span)
    return encoding.decoded(outputs)
  }
}
