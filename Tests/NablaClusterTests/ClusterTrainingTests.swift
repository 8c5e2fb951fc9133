import Nabla
import NablaCluster
import Testing

/// One process is the second implementation: whatever ranks compute together must be its bits.
@Suite struct ClusterTrainingTests {
  /// What a run is made of, and what it leaves.
  struct Run: Sendable {
    var sizes: [Int]
    var data: Dataset
    var configuration: TrainingConfiguration
    var hidden = Activation.sigmoid

    func network() throws -> Network {
      let activations = Array(repeating: hidden, count: sizes.count - 2)
      let output: Activation = data.encoding.isRegression ? .identity : hidden == .relu ? .softmax : .sigmoid
      return try Network(
        topology: Topology(sizes, activations: activations + [output]),
        cost: output == .softmax ? .logLikelihood : .quadratic, seed: 1)
    }

    /// Trains two epochs, the second in two parts, and returns the state at the end with every epoch's cost.
    func train(threads: Int, _ communicator: (any Communicator)?, parts: Int = 57) throws -> Outcome {
      let trainer = try Trainer(
        network: network(), data: data, configuration: configuration,
        pace: TeamPace(members: threads, policy: .fixed), communicator: communicator)
      var costs = [try trainer.trainEpoch().trainingCost]
      let part = try trainer.trainEpoch(samples: parts)
      costs += [part.trainingCost, try trainer.trainEpoch().trainingCost]
      return Outcome(state: trainer.state, costs: costs, samplesOfPart: part.samples)
    }

    struct Outcome: Hashable, Sendable {
      let state: TrainingState
      let costs: [Double]
      let samplesOfPart: Int
    }

    func onRanks(_ ranks: Int, threads: Int) -> [Outcome?] {
      ThreadCommunicator.run(ranks: ranks) { try? train(threads: threads, $0) }
    }
  }

  private func check(
    _ run: Run, ranks: [Int] = [1, 2, 3, 4, 7], sourceLocation: SourceLocation = #_sourceLocation
  )
    throws
  {
    let expected = try run.train(threads: 1, nil)
    for count in ranks {
      for threads in [1, 2] {
        let outcomes = run.onRanks(count, threads: threads)
        let areEqual = outcomes.count == count && outcomes.allSatisfy { $0 == expected }
        #expect(areEqual, "\(count) ranks, \(threads) threads", sourceLocation: sourceLocation)
      }
    }
  }

  @Test(
    "The bits of one process, whatever the network",
    arguments: [
      [50, 40, 33, 7], [50, 150, 20, 7], [50, 30, 7], [50, 7],
    ], [20, 80] as [UInt32])
  func networks(_ sizes: [Int], percentNonZero: UInt32) throws {
    let data = try randomPictures(count: 203, percentNonZero: percentNonZero)
    try check(
      Run(
        sizes: sizes, data: data,
        configuration: TrainingConfiguration(learningRate: 1, l2: 0.1, miniBatchSize: 10)))
  }

  @Test(
    "The bits of one process with every update rule and dropout",
    arguments: [
      UpdateRule.sgd, .momentum(), .nesterov(), .adam(), .adamw(),
    ])
  func rules(_ rule: UpdateRule) throws {
    for percentNonZero: UInt32 in [20, 80] {
      var configuration = TrainingConfiguration(rule: rule, learningRate: 0.01, miniBatchSize: 10)
      configuration.l1 = 0.1
      configuration.dropout = [0.2, 0.5, 0.3]
      configuration.schedule = .cosine()
      configuration.classWeight = .balanced
      let data = try randomPictures(count: 103, percentNonZero: percentNonZero)
      try check(
        Run(sizes: [50, 40, 33, 7], data: data, configuration: configuration, hidden: .relu), ranks: [2, 3])
    }
  }

  @Test("The bits of one process on rows of a table with real targets")
  func tables() throws {
    var random = Philox(seed: 3)
    let features = (0..<97 * 9).map { _ in Float(random.gaussian()) }
    let targets = (0..<97 * 2).map { _ in Float(random.gaussian()) }
    let table = try Dataset(features: features, columnCount: 9, targets: targets, targetCount: 2)
    let data = try table.encoded(by: table.learnedEncoding())
    try check(
      Run(
        sizes: [9, 35, 2], data: data,
        configuration: TrainingConfiguration(learningRate: 0.01, miniBatchSize: 10),
        hidden: .tanh))
  }

  @Test("The bits of one process with distorted pictures")
  func distortedPictures() throws {
    var configuration = TrainingConfiguration(learningRate: 0.5, miniBatchSize: 10)
    configuration.augmentation = try #require(Augmentation("shift:2,rotate:12,scale:15%,elastic:4:34"))
    let drawn = SyntheticDigits(seed: 1).rendered(0..<600)
    let digits = try Dataset(
      images: drawn.pixels, labels: drawn.labels, imageShape: .init(rows: 28, columns: 28), classCount: 10)
    try check(Run(sizes: [784, 40, 10], data: digits, configuration: configuration), ranks: [2, 3])
    configuration.dropout = [0.1, 0.5]
    try check(Run(sizes: [784, 40, 10], data: digits, configuration: configuration), ranks: [2])
  }

  @Test("Layers so large that they travel alone")
  func largeLayers() throws {
    let data = try randomPictures(count: 203, percentNonZero: 80)
    try check(
      Run(
        sizes: [50, 300, 290, 7], data: data,
        configuration: TrainingConfiguration(learningRate: 1, miniBatchSize: 128)),
      ranks: [2, 3])
  }

  /// Pictures of 50 pixels in seven classes; sparse below 40%.
  private func randomPictures(count: Int, percentNonZero: UInt32) throws -> Dataset {
    var random = Philox(seed: 7)
    let pixels = (0..<count * 50).map { _ in
      random.below(100) < percentNonZero ? UInt8(1 + random.below(255)) : 0
    }
    let labels = (0..<count).map { _ in UInt8(random.below(7)) }
    return try Dataset(
      images: pixels, labels: labels, imageShape: .init(rows: 5, columns: 10), classCount: 7)
  }
}
