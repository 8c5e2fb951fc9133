import ArgumentParser
import Nabla
import NablaFormats

/// `nabla inspect`: what is in a model file, or in a checkpoint.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a model or checkpoint: layers, ranges, how it was trained."
  )

  @Argument(
    help: ArgumentHelp("A model or checkpoint saved by nabla train.", valueName: "model"), completion: .file()
  )
  var model: String

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    if CheckpointFile.isCheckpoint(model) {
      return try CheckpointReport(CheckpointFile(model)).print(json: json)
    }
    let loaded = try ModelFile.load(model)
    let network = loaded.network
    let hash = ModelFile.parametersSHA256(of: network)
    // These serve the file; what they say stands in the lines above.
    let shown =
      ["format", "topology", "activations", "cost", "parameters_sha256"] + DataEncoding.metadataKeys
    let training = loaded.metadata.filter { !shown.contains($0.key) }
      .sorted { $0.key < $1.key }
    if json {
      try Console.print(jsonLine(network, hash, loaded.encoding, training).description)
      return
    }
    let topology = network.topology
    try Console.print("network     \(topology), \(topology.parameterCount.grouped) parameters")
    let activations = topology.activations.map(\.rawValue).joined(separator: ", ")
    try Console.print("activations \(activations)")
    try Console.print("cost        \(network.cost.rawValue)")
    try Console.print("parameters  sha256 \(hash)\n")
    try Console.print(Summary.header(indent: 18))
    for (index, layer) in topology.layers.enumerated() {
      let (weights, biases) = (network.weights(layer: index), network.biases(layer: index))
      try print("w^\(index + 2)", "[\(layer.outputs),\(layer.inputs)]", Summary(weights))
      try print("b^\(index + 2)", "[\(layer.outputs)]", Summary(biases))
    }
    for line in EncodingLines(loaded.encoding).lines { try Console.print(line) }
    guard !training.isEmpty else { return }
    try Console.print("\ntrained with")
    let width = training.map(\.key.count).max() ?? 0
    for (key, value) in training { try Console.print("  \(key.padded(to: width))  \(value)") }
  }

  private func print(_ name: String, _ shape: String, _ summary: Summary) throws {
    try Console.print(name.padded(to: 6) + shape.padded(to: 12) + summary.row)
  }

  private func jsonLine(
    _ network: Network, _ hash: String, _ encoding: DataEncoding, _ training: [(key: String, value: String)]
  ) -> JSON {
    let layers: [JSON] = network.topology.layers.enumerated().map { index, layer in
      [
        "activation": .string(layer.activation.rawValue),
        "weights": Summary(network.weights(layer: index)).json(shape: [layer.outputs, layer.inputs]),
        "biases": Summary(network.biases(layer: index)).json(shape: [layer.outputs]),
      ]
    }
    let members: [(String, JSON)] = [
      ("model", .string(model)),
      ("topology", .integers(network.topology.layerSizes)),
      ("parameters", .integer(network.topology.parameterCount)),
      ("cost", .string(network.cost.rawValue)),
      ("parameters_sha256", .string(hash)),
      ("layers", .array(layers)),
    ]
    // As objects; the file has them as texts.
    let meanings = encoding.metadataObjects.map { ($0.key, JSON.literal($0.text)) }
    return .object(
      members + meanings + [("training", .object(training.map { ($0.key, .string($0.value)) }))])
  }
}
