import Foundation
import Nabla
import NablaFormats
import Testing

@Suite("nabla explain for every network and update rule, pictures and tables")
struct ExplainProductTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  /// Outputs and the costs that go with them.
  private static let outputs: [(Activation, Cost)] = Activation.output.flatMap { output in
    Cost.allCases.filter { $0.fits(output) }.map { (output, $0) }
  }
  private static let rules: [UpdateRule] = [.sgd, .momentum(), .nesterov(), .adam(), .adamw()]

  enum Data: String, CaseIterable, Sendable { case pictures, rows, values }

  private func explain(_ model: String, _ data: Data, _ more: [String] = []) throws -> NablaProcess {
    try NablaProcess.run(
      [
        "explain", model, "--data", data == .pictures ? "digits:60" : "trees.csv", "--set", "training",
        "--index", "7",
      ] + more,
      in: folder)
  }

  /// Samples of a kind, encoded as a model of them has it.
  private func samples(_ data: Data) throws -> (Dataset, targetName: String?) {
    guard data != .pictures else { return (try DataSource(parsing: "digits:60").load().training, nil) }
    let columns = ["height", "bark", "girth", "kind"]
    try folder.write("trees.csv", TreeTable.csv(columns))
    var options = TableOptions()
    options.target = data == .rows ? "kind" : "girth"
    options.missing = .fill
    let table = try DataSource(parsing: folder.path("trees.csv")).load(table: options).training
    return (try table.encoded(by: table.learnedEncoding()), options.target)
  }

  @Test("every hidden activation, output, cost and rule, with dropout and without", arguments: Data.allCases)
  func everything(data: Data) throws {
    let (set, targetName) = try samples(data)
    for (number, hidden) in Activation.hidden.enumerated() {
      for (output, cost) in Self.outputs where data != .values || (output, cost) == (.identity, .quadratic) {
        let network = try Network(
          topology: Topology([set.inputSize, 6, set.outputSize], hidden: hidden, output: output), cost: cost,
          seed: 3)
        var numbers: JSONLine?
        for (place, rule) in Self.rules.enumerated() {
          var configuration = TrainingConfiguration()
          configuration.rule = rule
          configuration.dropout = (number + place).isMultiple(of: 2) ? [0.2, 0.5] : []
          configuration = try configuration.resolved(for: network)
          var metadata = configuration.metadata
          metadata["training_samples"] = "60"
          metadata["target_column"] = targetName
          try ModelFile.save(network, to: folder.path("m"), metadata: metadata, encoding: set.encoding)
          let what: Comment = "\(data) \(hidden) \(output) \(cost) \(rule)"
          let run = try explain("m", data)
          #expect(run.status == 0 && run.errors.isEmpty, "\(what): \(run.errors)")
          #expect(run.lines.filter { $0.count > 84 || $0.contains("nan") } == [], what)
          #expect(run.output.contains("Dropout 0.2, 0.5: ") == !configuration.dropout.isEmpty, what)
          #expect(run.output.contains(data == .pictures ? "over m pictures" : "over m rows"), what)
          if numbers == nil { numbers = try JSONLine(explain("m", data, ["--json"]).output) }
        }
        try check(#require(numbers), network, set)
      }
    }
  }

  /// The five steps again, in double, from the network's parameters.
  private func check(_ line: JSONLine, _ network: Network, _ set: Dataset) throws {
    var a = set.input(at: 7).map(Double.init)
    var activations: [[Double]] = [a]
    for (l, layer) in network.topology.layers.enumerated() {
      let (w, b) = (network.weights(layer: l), network.biases(layer: l))
      let z = (0..<layer.outputs).map { j in
        a.indices.reduce(Double(b[j])) { $0 + Double(w[j * layer.inputs + $1]) * a[$1] }
      }
      a = Self.apply(layer.activation, z)
      activations.append(a)
    }
    let y: [Double]
    if case .values(let values) = set.encoding.target {
      y = zip(set.values(at: 7), values).map { Double(($0 - $1.offset) * $1.factor) }
    } else {
      y = a.indices.map { $0 == set.label(at: 7) ? 1 : 0 }
    }
    var delta = Self.outputError(network.topology.outputActivation, network.cost, a, y)
    let layers = try line.objects("layers")
    for l in network.topology.layers.indices.reversed() {
      let layer = network.topology.layers[l]
      try expectClose(layers[l].numbers("a"), activations[l + 1])
      try expectClose(layers[l].numbers("delta"), delta)
      try expectClose(layers[l].numbers("gradient_b"), delta)
      let largest = try layers[l].object("gradient_w_largest")
      let (j, k) = try (largest.integer("j"), largest.integer("k"))
      #expect(try abs(largest.number("value") - delta[j] * activations[l][k]) < 1e-5)
      guard l > 0 else { continue }
      let w = network.weights(layer: l)
      let slopes = Self.slopes(network.topology.layers[l - 1].activation, activations[l])
      delta = (0..<layer.inputs).map { k in
        slopes[k] * (0..<layer.outputs).reduce(0) { $0 + Double(w[$1 * layer.inputs + k]) * delta[$1] }
      }
    }
    try expectClose([line.number("cost")], [Self.cost(network.cost, a, y)])
  }

  private func expectClose(_ found: [Double], _ expected: [Double]) {
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      #expect(abs(found - expected) <= 1e-5 * max(1, abs(expected)))
    }
  }

  private static func apply(_ activation: Activation, _ z: [Double]) -> [Double] {
    switch activation {
    case .sigmoid: return z.map { 1 / (1 + exp(-$0)) }
    case .tanh: return z.map { tanh($0) }
    case .relu: return z.map { max($0, 0) }
    case .softmax:
      let powers = z.map { exp($0 - (z.max() ?? 0)) }
      return powers.map { $0 / powers.reduce(0, +) }
    case .identity: return z
    }
  }

  private static func slopes(_ activation: Activation, _ a: [Double]) -> [Double] {
    switch activation {
    case .sigmoid: a.map { $0 * (1 - $0) }
    case .tanh: a.map { 1 - $0 * $0 }
    case .relu: a.map { $0 > 0 ? 1 : 0 }
    case .softmax, .identity: a.map { _ in 1 }
    }
  }

  /// δ^L by its definition Σ_i ∂C/∂a_i ∂a_i/∂z_j.
  private static func outputError(
    _ activation: Activation, _ cost: Cost, _ a: [Double], _ y: [Double]
  ) -> [Double] {
    let slope =
      switch cost {
      case .quadratic: a.indices.map { a[$0] - y[$0] }
      case .crossEntropy: a.indices.map { (a[$0] - y[$0]) / (a[$0] * (1 - a[$0])) }
      case .logLikelihood: a.indices.map { -y[$0] / a[$0] }
      }
    guard activation == .softmax else { return zip(slope, slopes(activation, a)).map { $0 * $1 } }
    return a.indices.map { j in
      a.indices.reduce(0) { $0 + slope[$1] * a[$1] * (($1 == j ? 1 : 0) - a[j]) }
    }
  }

  private static func cost(_ cost: Cost, _ a: [Double], _ y: [Double]) -> Double {
    switch cost {
    case .quadratic: zip(a, y).reduce(0) { $0 + 0.5 * ($1.0 - $1.1) * ($1.0 - $1.1) }
    case .crossEntropy: zip(a, y).reduce(0) { $0 - log($1.1 == 1 ? $1.0 : 1 - $1.0) }
    case .logLikelihood: zip(a, y).reduce(0) { $0 - $1.1 * log($1.0) }
    }
  }

  @Test("a row is shown cell by cell, its answer in the table's words and units")
  func words() throws {
    try folder.write("trees.csv", TreeTable.csv(["height", "bark", "girth", "kind"]))
    for (target, words) in [
      ("kind", ["column", "(missing)", "bark = grey", "y [3] is 1 for beech, else 0", "The network reads "]),
      ("girth", ["y [1] is ", ", scaled: ", "The network says ", "; it is ", "because f′ = 1"]),
    ] {
      let trained = try NablaProcess.run(
        [
          "train", "--data", "trees.csv", "--target", target, "--missing", "fill", "--epochs", "3", "--quiet",
        ],
        in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
      let run = try explain("model.safetensors", .rows)
      #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
      for word in words { #expect(run.output.contains(word), "\(word)") }
    }
    let pictures = try NablaProcess.run(
      ["explain", "model.safetensors", "--data", "digits:60", "--index", "0"], in: folder)
    #expect(pictures.status == 65 && pictures.errors.split(separator: "\n").count == 1, "\(pictures.errors)")
  }
}
