import Nabla
import Testing

@Suite struct TrainingSessionTests {
  /// What the documentation of `TrainingSession` shows.
  @Test func tenLines() throws {
    let (pixels, labels) = drawnDigits(600)
    var configuration = TrainingConfiguration()
    configuration.layers = [784, 30, 10]
    configuration.epochs = 10
    let digits = try Dataset(images: pixels, labels: labels, imageShape: .init(rows: 28, columns: 28))
    let session = try TrainingSession(
      training: digits[0..<500], validation: digits[500..<600], configuration: configuration)
    var accuracies: [Double] = []
    try session.run { event in
      if case .epochFinished(let result) = event { accuracies.append(result.validation!.accuracy) }
    }
    let confidences = try session.network.feedforward(digits.image(at: 0))
    #expect(accuracies.count == 10 && accuracies.last! > 0.6)
    #expect(confidences.count == 10)
  }

  private func drawnDigits(_ count: Int) -> (pixels: [UInt8], labels: [UInt8]) {
    var pixels = [UInt8](repeating: 0, count: count * 784)
    var labels = [UInt8](repeating: 0, count: count)
    pixels.withUnsafeMutableBufferPointer { pixels in
      labels.withUnsafeMutableBufferPointer { labels in
        SyntheticDigits(seed: 1).render(0..<count, images: pixels, labels: labels)
      }
    }
    return (pixels, labels)
  }

  private func digits(_ count: Int) throws -> Dataset {
    let (pixels, labels) = drawnDigits(count)
    return try Dataset(
      images: pixels, labels: labels, imageShape: .init(rows: 28, columns: 28), classCount: 10)
  }

  /// Whatever ends a run, the best epoch so far is not lost: here parameters too large for the next one.
  @Test func aRunThatDivergesKeepsItsBest() throws {
    var configuration = TrainingConfiguration(layers: [784, 30, 10], epochs: 3)
    configuration.keep = .best
    configuration.outputActivation = .identity
    let session = try TrainingSession(
      training: digits(300), validation: digits(100), configuration: configuration)
    var best: [UInt8] = []
    #expect(throws: NablaError.self) {
      try session.run { event in
        guard case .epochFinished(let result) = event, result.epoch == 1 else { return }
        best = parameterBytes(session.network)
        try session.network.setWeights([Float](repeating: 1e38, count: 300), layer: 1)
      }
    }
    #expect(session.history.map(\.epoch) == [1])
    let isBest = parameterBytes(session.network) == best
    #expect(isBest)
  }

  /// A session and a hand-written loop around a trainer end with the same bits.
  @Test func aSessionIsALoopOfEpochs() throws {
    let data = try digits(300)
    var configuration = TrainingConfiguration(layers: [784, 30, 10])
    configuration.epochs = 3
    let session = try TrainingSession(training: data, test: data, configuration: configuration)
    var events: [String] = []
    let summary = try session.run { event in
      switch event {
      case .started(let start): events.append("started \(start.epochsDone)")
      case .epochFinished(let result): events.append("epoch \(result.epoch)")
      case .warning: events.append("warning")
      case .checkpoint: events.append("checkpoint")
      case .finished(let summary): events.append("finished \(summary.reason)")
      }
    }
    #expect(events == ["started 0", "epoch 1", "epoch 2", "epoch 3", "finished finished"])
    #expect(summary.keptEpoch == 3 && summary.bestEpoch == nil)
    let network = try Network(topology: Topology([784, 30, 10]), seed: 1)
    let trainer = try Trainer(
      network: network, data: data, configuration: TrainingConfiguration(learningRate: 3))
    for _ in 0..<3 { try trainer.trainEpoch() }
    #expect(parameterBytes(network) == parameterBytes(session.network))
    #expect(try session.history.last?.test == network.evaluate(data))
  }

  /// Labels without sense: the validation set does not get better, and the run ends.
  @Test func patienceEndsTheRun() throws {
    let training = try digits(200)
    let validation = try randomData(count: 100, inputs: 784, classes: 10, percentNonZero: 10)
    var configuration = TrainingConfiguration(layers: [784, 20, 10], epochs: 200)
    configuration.patience = 3
    configuration.patienceMeasure = .cost
    let session = try TrainingSession(
      training: training, validation: validation, configuration: configuration)
    let summary = try session.run()
    #expect(summary.reason == .patience)
    let best = try #require(summary.bestEpoch)
    #expect(summary.epochsDone == best + 3)
    let costs = session.history.map { $0.validation!.cost }
    #expect(costs.min() == costs[best - 1])
    #expect(session.history.filter(\.isBest).last?.epoch == best)
  }

  @Test(arguments: [TrainingConfiguration.Measure.accuracy, .cost])
  func keepBest(_ measure: TrainingConfiguration.Measure) throws {
    let data = try digits(300)
    var configuration = TrainingConfiguration(layers: [784, 20, 10], learningRate: 3, epochs: 12)
    configuration.keep = .best
    configuration.patienceMeasure = measure
    // Few epochs of few samples: accuracy goes up and down.
    let session = try TrainingSession(
      training: data[0..<100], validation: data[100..<130], configuration: configuration)
    let summary = try session.run()
    let best = try #require(summary.bestEpoch)
    #expect(summary.keptEpoch == best)
    let kept = session.history[best - 1].validation
    #expect(try session.network.evaluate(data[100..<130]) == kept)
    // The state goes on from the last epoch, not from the best.
    #expect(session.state.epoch == 12)
    #expect(session.state.selection.bestEpoch == best)
    var longer = configuration
    longer.epochs = 14
    let next = try TrainingSession(
      network: Network(topology: Topology([784, 20, 10]), seed: 5), training: data[0..<100],
      validation: data[100..<130], configuration: longer, state: session.state)
    try next.run()
    let whole = try TrainingSession(
      training: data[0..<100], validation: data[100..<130], configuration: longer)
    try whole.run()
    #expect(next.state == whole.state)
    #expect(parameterBytes(next.network) == parameterBytes(whole.network))
    #expect(next.history.map(\.validation) == whole.history.suffix(2).map(\.validation))
  }

  @Test func halvingHalvesAndEnds() throws {
    let training = try digits(100)
    let validation = try randomData(count: 50, inputs: 784, classes: 10, percentNonZero: 10)
    var configuration = TrainingConfiguration(layers: [784, 10, 10], learningRate: 1, epochs: 500)
    configuration.schedule = .halving(patience: 2, times: 3)
    let session = try TrainingSession(
      training: training, validation: validation, configuration: configuration)
    let summary = try session.run()
    #expect(summary.reason == .halvings)
    let rates = session.history.map(\.learningRate)
    #expect(Set(rates) == [1, 0.5, 0.25])
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(session.state.selection.halvings == 3)
  }

  /// Stopped in mid-epoch from an event's thread, and gone on with: the same bits.
  @Test func aStopInTheMiddle() throws {
    let data = try digits(300)
    let configuration = TrainingConfiguration(layers: [784, 20, 10], rule: .adam(), epochs: 4)
    let whole = try TrainingSession(training: data, configuration: configuration)
    try whole.run()
    let progress = TrainingProgress()
    let network = try configuration.makeNetwork(inputs: 784, outputs: 10)
    let session = try TrainingSession(
      network: network, training: data, configuration: configuration, progress: progress)
    let summary = try session.run { event in
      if case .epochFinished(let result) = event, result.epoch == 2 { progress.requestStop() }
    }
    #expect(summary.reason == .stopped && summary.epochsDone == 2 && summary.samplesOfPartialEpoch == 0)
    let other = try TrainingSession(
      network: configuration.makeNetwork(inputs: 784, outputs: 10), training: data,
      configuration: configuration, state: session.state)
    #expect(try other.run().reason == .finished)
    #expect(parameterBytes(other.network) == parameterBytes(whole.network))
    #expect(other.history.map(\.epoch) == [3, 4])
  }

  @Test func comparingEpochsNeedsAValidationSet() throws {
    let data = try digits(50)
    for change in [{ $0.patience = 3 }, { $0.keep = .best }, { $0.schedule = .halving() }]
      as [@Sendable (inout TrainingConfiguration) -> Void]
    {
      var configuration = TrainingConfiguration(layers: [784, 10, 10])
      change(&configuration)
      #expect(throws: NablaError.self) {
        try TrainingSession(training: data, test: data, configuration: configuration)
      }
      _ = try TrainingSession(training: data, validation: data, configuration: configuration)
    }
  }

  @Test func anErrorOfTheListenerEndsTheRun() throws {
    struct Full: Error {}
    let session = try TrainingSession(
      training: digits(50), configuration: TrainingConfiguration(layers: [784, 10, 10]))
    #expect(throws: Full.self) {
      try session.run { if case .epochFinished = $0 { throw Full() } }
    }
    #expect(session.history.count == 1)
  }

  /// Far too large a step: the outputs saturate, or ReLU neurons die, and the run says so once.
  @Test(arguments: [
    (Activation.sigmoid, Float(200), TrainingWarning.Kind.saturated), (.relu, 100, .dead),
  ])
  func aRunThatLearnsNothingSaysSo(
    _ hidden: Activation, _ learningRate: Float, _ kind: TrainingWarning.Kind
  ) throws {
    var configuration = TrainingConfiguration(learningRate: learningRate, epochs: 5)
    configuration.layers = [784, 100, 10]
    configuration.hiddenActivation = hidden
    let data = try digits(400)
    let session = try TrainingSession(training: data, test: data, configuration: configuration)
    var warnings: [TrainingWarning] = []
    try session.run { if case .warning(let warning) = $0 { warnings.append(warning) } }
    #expect(warnings.count == 1)
    let warning = try #require(warnings.first)
    #expect(warning.kind == kind && warning.shares.count == 2 && warning.shares[warning.layer] >= 0.5)
    #expect(warning.description.contains("a smaller learning rate"))
    #expect(!warning.description.contains("--"))
  }

  @Test func aRunThatLearnsDoesNot() throws {
    let data = try digits(1000)
    for hidden in Activation.hidden {
      var configuration = TrainingConfiguration(layers: [784, 30, 10], epochs: 4)
      configuration.hiddenActivation = hidden
      let session = try TrainingSession(training: data, test: data, configuration: configuration)
      try session.run { if case .warning(let warning) = $0 { Issue.record("\(hidden): \(warning)") } }
    }
  }
}
