import Nabla

/// A training run under way as a safetensors file: everything that another process needs to end it with the same bits.
///
/// | tensor | |
/// |---|---|
/// | `history` [epochs, 21], F64 | a row for each epoch: `history_columns` |
/// | `layers.0.weight`, `layers.0.bias`, ... | the parameters, as in a model file |
/// | `rule.0.layers.0.weight`, ... | the update rule's first state, laid out alike; `rule.1.` its second |
/// | `best.layers.0.weight`, ... | the parameters of the best epoch, if they are kept |
///
/// The metadata hold the numbers of the state, the settings as a model file has them, and what the caller added.
/// `file_sha256` is the hash of the whole file with 64 zeros in its place, so that one flipped bit is noticed.
public struct CheckpointFile: Sendable {
  /// Where it was read.
  public let path: String
  /// Layers of the network.
  public let topology: Topology
  /// What the run makes small.
  public let cost: Cost
  /// Where the run was.
  public let checkpoint: TrainingCheckpoint
  /// Everything that stands in the file's `__metadata__`.
  public let metadata: [String: String]

  /// What "format" says in the metadata.
  static let format = "nabla checkpoint"
  static let hashKey = "file_sha256"
  static let version = "1"
  static let zeroHash = String(repeating: "0", count: 64)
  static let historyName = "history"

  /// True if the file at `path` can be read and says that it is a checkpoint, damaged or not.
  public static func isCheckpoint(_ path: String) -> Bool {
    guard let file = try? InputFile(path), let header = try? SafetensorsHeader(file) else { return false }
    return header.metadata["format"] == format
  }
}

/// The tensors of one arena in a checkpoint.
struct CheckpointArena {
  let prefix: String
  let values: [Float]

  /// The arenas of a checkpoint, in the order of the file.
  static func all(of state: TrainingState) -> [CheckpointArena] {
    var arenas = [CheckpointArena(prefix: "", values: state.parameters)]
    for (index, values) in state.ruleStates.enumerated() {
      arenas.append(CheckpointArena(prefix: rulePrefix(index), values: values))
    }
    if let best = state.selection.bestParameters {
      arenas.append(CheckpointArena(prefix: bestPrefix, values: best))
    }
    return arenas
  }

  static func rulePrefix(_ index: Int) -> String { "rule.\(index)." }
  static let bestPrefix = "best."

  /// Names and shapes of the tensors of an arena.
  static func tensors(
    prefix: String, of topology: Topology
  ) -> [(name: String, dtype: String, shape: [Int])] {
    topology.layers.enumerated().flatMap { index, layer in
      [
        ("\(prefix)layers.\(index).weight", "F32", [layer.outputs, layer.inputs]),
        ("\(prefix)layers.\(index).bias", "F32", [layer.outputs]),
      ]
    }
  }
}
