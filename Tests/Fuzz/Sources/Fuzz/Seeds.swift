import Foundation
import Nabla

@testable import NablaFormats
@testable import NablaReaders

/// Models and checkpoints to start from, as Nabla writes them; `make_corpus.py` makes the other seeds.
enum Seeds {
  /// Writes a folder for each of the two targets.
  static func write(to folder: String) throws {
    for name in ["model", "checkpoint"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try writeModels(to: "\(folder)/model")
    try writeCheckpoints(to: "\(folder)/checkpoint")
  }

  private static func writeModels(to folder: String) throws {
    let small = try Network(topology: Topology([4, 3, 2], hidden: .sigmoid, output: .sigmoid), seed: 1)
    try ModelFile.save(small, to: "\(folder)/small", imageShape: .init(rows: 2, columns: 2))
    let softmax = try Network(
      topology: Topology([3, 2], hidden: .relu, output: .softmax), cost: .logLikelihood, seed: 2)
    let columns = [
      FeatureColumn(name: "age"), FeatureColumn(name: "sex", kind: .category(["female", "male"])),
    ]
    let features = try FeatureEncoding(
      columns: columns, scaling: .standard,
      numbers: [.init(fill: 38, offset: 38.5, factor: 0.073), .init(fill: 1)])
    try ModelFile.save(
      softmax, to: "\(folder)/classes", metadata: ["seed": "2"],
      encoding: DataEncoding(features: features, target: .classes(names: ["no", "yes"])))
    let regression = try Network(topology: Topology([3, 1], hidden: .tanh, output: .identity), seed: 3)
    try ModelFile.save(
      regression, to: "\(folder)/values",
      encoding: DataEncoding(
        features: features, target: .values([.init(name: "y", offset: 152.1, factor: 0.013)])))
  }

  private static func writeCheckpoints(to folder: String) throws {
    let topology = try Topology([3, 2], hidden: .sigmoid, output: .sigmoid)
    let count = try ParameterLayout(topology).count
    func arena(_ value: Float) -> [Float] { [Float](repeating: value, count: count) }
    var selection = TrainingState.Selection()
    try write(TrainingCheckpoint(state: TrainingState(parameters: arena(0.5))), topology, "\(folder)/plain")
    selection.bestMeasure = 0.75
    selection.bestEpoch = 2
    selection.bestParameters = arena(0.25)
    var numbers = (0..<EpochResult.numberNames.count).map(Double.init)
    numbers[3] = 0
    let history = [EpochResult(numbers: numbers)].compactMap(\.self)
    let state = TrainingState(
      parameters: arena(0.5), ruleStates: [arena(1), arena(2)], betaPowers: (0.9, 0.999), epoch: 3,
      samplesDone: 20, costSum: 1.5, costProduct: 0.5, selection: selection)
    try write(TrainingCheckpoint(state: state, history: history), topology, "\(folder)/full")
  }

  /// With the target's first byte before it, which asks for the right hash.
  private static func write(_ checkpoint: TrainingCheckpoint, _ topology: Topology, _ path: String) throws {
    try CheckpointFile.write(
      checkpoint, topology: topology, cost: .quadratic, metadata: ["seed": "1"], to: path)
    try (Data([1]) + (ScratchFile.content(path) ?? Data())).write(to: URL(fileURLWithPath: path))
  }
}
