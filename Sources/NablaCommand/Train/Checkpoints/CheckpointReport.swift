import Nabla
import NablaFormats

/// What `nabla inspect` shows of a checkpoint.
struct CheckpointReport {
  private let file: CheckpointFile
  /// Names and values of the update rule's states, layer by layer.
  private let layers: [(name: String, shape: [Int], values: [Float])]

  init(_ file: CheckpointFile) throws {
    self.file = file
    let state = file.checkpoint.state
    let layout = try ParameterLayout(file.topology)
    var layers: [(name: String, shape: [Int], values: [Float])] = []
    let ruleStates = state.ruleStates.enumerated().map { ("rule \($0.offset) ", $0.element) }
    for (prefix, arena) in [("", state.parameters)] + ruleStates {
      arena.withUnsafeBufferPointer { arena in
        guard let start = arena.baseAddress else { return }
        for (index, layer) in file.topology.layers.enumerated() {
          layers.append(
            (
              "\(prefix)w^\(index + 2)", [layer.outputs, layer.inputs],
              layout.weights(layer: index, of: start)
            ))
          layers.append(("\(prefix)b^\(index + 2)", [layer.outputs], layout.biases(layer: index, of: start)))
        }
      }
    }
    self.layers = layers
  }

  /// Prints it for people, or as one JSON object.
  func print(json: Bool) throws {
    if json { return try Console.print(jsonLine.description) }
    let (state, topology) = (file.checkpoint.state, file.topology)
    try Console.print("checkpoint  of a run of nabla train, sha256 is right")
    try Console.print("network     \(topology), \(topology.parameterCount.grouped) parameters")
    try Console.print("cost        \(file.cost.rawValue)")
    var place = "\(state.epoch) of \(file.metadata[Setting.epochs.key] ?? "?") epochs"
    if state.samplesDone > 0 {
      place += ", then \(state.samplesDone.grouped) of \(samples.map(\.grouped) ?? "?") samples"
    }
    try Console.print("done        \(place)")
    if let best = state.selection.bestEpoch { try Console.print("best epoch  \(best)") }
    try Console.print("\n" + Summary.header(indent: 24))
    for layer in layers {
      let shape = "[\(layer.shape.map(String.init).joined(separator: ","))]"
      try Console.print(
        layer.name.padded(to: 12) + shape.padded(to: 12) + Summary(layer.values).row)
    }
    try Console.print("\nmetadata")
    let strings = shownMetadata
    let width = strings.map(\.key.count).max() ?? 0
    for (key, value) in strings { try Console.print("  \(key.padded(to: width))  \(value)") }
  }

  private var samples: Int? { file.metadata["training_samples"].flatMap { Int($0) } }

  /// These serve the file; what they say stands in the lines above.
  private var shownMetadata: [(key: String, value: String)] {
    let hidden = ["format", "topology", "cost", "history_columns", "checkpoint_version", "rule_states"]
    return file.metadata.filter { !hidden.contains($0.key) }.sorted { $0.key < $1.key }
  }

  private var jsonLine: JSON {
    let state = file.checkpoint.state
    return [
      "checkpoint": .string(file.path),
      "topology": .integers(file.topology.layerSizes),
      "cost": .string(file.cost.rawValue),
      "epoch": .integer(state.epoch),
      "samples_done": .integer(state.samplesDone),
      "best_epoch": state.selection.bestEpoch.map(JSON.integer) ?? .null,
      "epochs_in_history": .integer(file.checkpoint.history.count),
      "tensors": .object(layers.map { ($0.name, Summary($0.values).json(shape: $0.shape)) }),
      "metadata": .object(shownMetadata.map { ($0.key, .string($0.value)) }),
    ]
  }
}
