import Nabla
import Testing

@Suite("Checkpoints of a session")
struct TrainingCheckpointTests {
  private static let data = Result {
    try randomData(count: 53, inputs: 30, classes: 5, percentNonZero: 20)
  }

  private func session(
    _ configuration: TrainingConfiguration, seed: UInt64 = 1, from checkpoint: TrainingCheckpoint? = nil
  ) throws -> TrainingSession {
    let data = try Self.data.get()
    let network = try Network(
      topology: Topology([30, 40, 20, 5], hidden: .relu, output: .softmax), cost: .logLikelihood,
      initialization: .he, seed: seed)
    guard let checkpoint else {
      return try TrainingSession(
        network: network, training: data[0..<43], validation: data[43..<53], test: data[40..<50],
        configuration: configuration)
    }
    return try TrainingSession(
      network: network, training: data[0..<43], validation: data[43..<53], test: data[40..<50],
      configuration: configuration, checkpoint: checkpoint)
  }

  /// What must be the same after a run that was cut: all but the times.
  private func facts(_ session: TrainingSession) -> [String] {
    session.history.map {
      "\($0.epoch) \($0.report.trainingCost) \($0.isBest) \($0.learningRate) "
        + "\(String(describing: $0.validation)) \(String(describing: $0.test))"
    }
  }

  /// Every place at which an interval gives a checkpoint is one to go on from: the same parameters, rule states and
  /// history, from a network that knows nothing of it.
  @Test(arguments: Recipe.all)
  func everyCheckpointLeadsToTheSameEnd(_ recipe: Recipe) throws {
    var configuration = recipe.configuration
    configuration.keep = .best
    let whole = try session(configuration)
    try whole.run()
    for interval in [.miniBatches(2), .epochs(1), .seconds(0.001)] as [CheckpointInterval] {
      let interrupted = try session(configuration)
      interrupted.checkpointInterval = interval
      var checkpoints: [TrainingCheckpoint] = []
      try interrupted.run { if case .checkpoint(let checkpoint) = $0 { checkpoints.append(checkpoint) } }
      #expect(interrupted.state == whole.state)
      #expect(facts(interrupted) == facts(whole))
      for checkpoint in checkpoints {
        let next = try session(configuration, seed: 99, from: checkpoint)
        #expect(try next.run().keptEpoch == whole.heldBestEpoch)
        #expect(next.state == whole.state)
        #expect(facts(next) == facts(whole))
        let isEqual = parameterBytes(next.network) == parameterBytes(whole.network)
        #expect(isEqual)
      }
    }
  }

  @Test("Mini-batches and epochs are counted exactly")
  func places() throws {
    var configuration = TrainingConfiguration(learningRate: 0.1, epochs: 3)
    configuration.keep = .last
    func places(_ interval: CheckpointInterval) throws -> [[Int]] {
      let session = try session(configuration)
      session.checkpointInterval = interval
      var places: [[Int]] = []
      try session.run {
        if case .checkpoint(let checkpoint) = $0 {
          #expect(checkpoint.history.count == checkpoint.state.epoch)
          places.append([checkpoint.state.epoch, checkpoint.state.samplesDone])
        }
      }
      return places
    }
    // 43 samples are mini-batches of 10, 10, 10, 10 and 3; there is none at the end of the run.
    #expect(try places(.miniBatches(3)) == [[0, 30], [1, 10], [1, 40], [2, 20]])
    #expect(try places(.miniBatches(5)) == [[1, 0], [2, 0]])
    #expect(try places(.epochs(1)) == [[1, 0], [2, 0]])
    #expect(try places(.epochs(2)) == [[2, 0]])
    #expect(try places(.miniBatches(.max)).isEmpty)
    #expect(try places(.seconds(1e300)).isEmpty)
  }

  @Test("A checkpoint can be asked for at any time, and there is one for each request")
  func requested() throws {
    let session = try session(TrainingConfiguration(learningRate: 0.1, epochs: 3))
    session.progress.requestCheckpoint()
    var places: [[Int]] = []
    try session.run { event in
      switch event {
      case .checkpoint(let checkpoint): places.append([checkpoint.state.epoch, checkpoint.state.samplesDone])
      case .epochFinished(let result): if result.epoch == 2 { session.progress.requestCheckpoint() }
      default: break
      }
    }
    #expect(places == [[0, 10], [2, 0]])
  }

  @Test("The speed of an epoch counts all of its parts, and only those of this session")
  func speed() throws {
    let configuration = TrainingConfiguration(learningRate: 0.1, epochs: 1)
    let first = try session(configuration)
    first.checkpointInterval = .miniBatches(2)
    var checkpoints: [TrainingCheckpoint] = []
    try first.run { if case .checkpoint(let checkpoint) = $0 { checkpoints.append(checkpoint) } }
    #expect(first.history.map(\.report.samplesBefore) == [0])
    let checkpoint = try #require(checkpoints.first)
    let next = try session(configuration, from: checkpoint)
    next.checkpointInterval = .miniBatches(1)
    try next.run()
    #expect(next.history.map(\.report.samplesBefore) == [20])
    #expect(next.history.map(\.report.samples) == [43])
  }

  @Test("A row of numbers is read back as the epoch")
  func numbers() throws {
    let whole = try session(TrainingConfiguration(learningRate: 0.1, epochs: 2))
    try whole.run()
    for result in whole.history {
      let read = try #require(EpochResult(numbers: result.numbers))
      #expect(read.report == result.report)
      #expect(read.numbers == result.numbers)
      #expect(read.test?.accuracy == result.test?.accuracy)
      #expect(read.validation?.cost == result.validation?.cost)
    }
    #expect(EpochResult(numbers: [1, 2]) == nil)
    #expect(EpochResult(numbers: [Double](repeating: .nan, count: 21)) == nil)
  }
}
