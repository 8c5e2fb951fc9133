import Nabla
import NablaCluster
import Synchronization
import Testing

/// Whole runs: what is measured, kept, stopped and gone on with is the same on every rank, and that of one process.
@Suite struct ClusterSessionTests {
  private struct Sets: Sendable {
    let training: Dataset
    let validation: Dataset
    let test: Dataset

    init() throws {
      let drawn = SyntheticDigits(seed: 1).rendered(0..<900)
      let all = try Dataset(
        images: drawn.pixels, labels: drawn.labels, imageShape: .init(rows: 28, columns: 28), classCount: 10)
      (training, validation, test) = (all[0..<303], all[303..<600], all[600..<900])
    }
  }

  private var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration(
      layers: [784, 40, 10], rule: .adam(), learningRate: 0.01, epochs: 4, miniBatchSize: 10)
    configuration.keep = .best
    configuration.schedule = .halving(patience: 1, times: 3)
    return configuration
  }

  /// What a run has left behind.
  private struct Outcome: Equatable, Sendable {
    var state: TrainingState
    var parameters: [Float]
    var measures: [[Double]]
    var reason: TrainingSummary.Reason
  }

  private func session(
    _ sets: Sets, _ communicator: (any Communicator)?, from checkpoint: TrainingCheckpoint? = nil
  ) throws -> TrainingSession {
    let configuration = configuration
    return try TrainingSession(
      network: configuration.makeNetwork(inputs: 784, outputs: 10), training: sets.training,
      validation: sets.validation, test: sets.test, configuration: configuration, checkpoint: checkpoint,
      communicator: communicator)
  }

  private func outcome(
    of session: TrainingSession, _ listener: (TrainingEvent) -> Void = { _ in }
  ) throws -> Outcome {
    let summary = try session.run(listener)
    let measures = session.history.map { result in
      [result.report.trainingCost, Double(result.learningRate)]
        + [result.validation, result.test].compactMap(\.self).flatMap { evaluation in
          [evaluation.cost, Double(evaluation.correct)] + evaluation.confusion.joined().map(Double.init)
        }
    }
    let network = session.network
    return Outcome(
      state: session.state,
      parameters: (0..<2).flatMap { network.weights(layer: $0) + network.biases(layer: $0) },
      measures: measures, reason: summary.reason)
  }

  @Test("Epochs, measures and the kept network are those of one process", arguments: [2, 3, 4])
  func wholeRuns(ranks: Int) throws {
    let sets = try Sets()
    let expected = try outcome(of: session(sets, nil))
    #expect(expected.reason == .finished || expected.reason == .halvings)
    let outcomes = ThreadCommunicator.run(ranks: ranks) { communicator in
      try? outcome(of: session(sets, communicator))
    }
    let areEqual = outcomes.count == ranks && outcomes.allSatisfy { $0 == expected }
    #expect(areEqual)
  }

  @Test(
    "A checkpoint goes on with another number of ranks to the same bits", arguments: [(3, 2), (1, 3), (2, 1)])
  func resumed(before: Int, after: Int) throws {
    let sets = try Sets()
    let expected = try outcome(of: session(sets, nil))
    let kept = Box()
    _ = ThreadCommunicator.run(ranks: before) { communicator in
      guard let session = try? session(sets, communicator) else { return }
      // Rank 0 alone keeps the time, every 17 mini-batches; all of them make it.
      if communicator.rank == 0 { session.checkpointInterval = .miniBatches(17) }
      _ = try? outcome(of: session) { event in
        if case .checkpoint(let checkpoint) = event, communicator.rank == 0 { kept.add(checkpoint) }
      }
    }
    let all = kept.all
    #expect(all.count >= 5 && all.contains { $0.state.samplesDone > 0 })
    for checkpoint in [all[0], all[all.count / 2]] {
      let outcomes = ThreadCommunicator.run(ranks: after) { communicator in
        let own = communicator.rank == 0 ? checkpoint : nil
        return try? outcome(of: session(sets, communicator, from: own))
      }
      let states = outcomes.map(\.?.state)
      let areEqual = states.count == after && states.allSatisfy { $0 == expected.state }
      #expect(areEqual)
    }
  }

  @Test("A stop that one rank is asked for ends all of them after the same mini-batch")
  func stops() throws {
    let sets = try Sets()
    let samples = ThreadCommunicator.run(ranks: 3) { communicator -> Int? in
      guard let session = try? session(sets, communicator) else { return nil }
      let progress = session.progress
      let watcher =
        communicator.rank == 1
        ? SystemThread {
          while progress.samplesDone < 50 {}; progress.requestStop()
        } : nil
      let summary = try? session.run()
      watcher?.join()
      guard let summary, summary.reason == .stopped else { return nil }
      return summary.epochsDone * 303 + summary.samplesOfPartialEpoch
    }
    #expect(samples.count == 3 && samples[0] != nil && Set(samples).count == 1, "\(samples)")
  }

  private final class Box: Sendable {
    private let checkpoints = Mutex<[TrainingCheckpoint]>([])
    func add(_ checkpoint: TrainingCheckpoint) { checkpoints.withLock { $0.append(checkpoint) } }
    var all: [TrainingCheckpoint] { checkpoints.withLock(\.self) }
  }
}
