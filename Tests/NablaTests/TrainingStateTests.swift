import Nabla
import Testing

@Suite struct TrainingStateTests {
  private static let data = Result {
    try randomData(count: 53, inputs: 30, classes: 5, percentNonZero: 20)
  }

  private func makeNetwork(seed: UInt64 = 1) throws -> Network {
    try Network(
      topology: Topology([30, 40, 20, 5], hidden: .relu, output: .softmax), cost: .logLikelihood,
      initialization: .he, seed: seed)
  }

  /// A run that is stopped at several mini-batches in mid-epoch, taken down and set up anew from its state, on other
  /// threads, ends with the same parameters and the same reported costs.
  @Test(arguments: Recipe.all)
  func goingOnFromAStateChangesNoBit(_ recipe: Recipe) throws {
    let data = try Self.data.get()
    let whole = try makeNetwork()
    let trainer = try Trainer(network: whole, data: data, configuration: recipe.configuration)
    let reports = try (0..<3).map { _ in try trainer.trainEpoch() }

    var network = try makeNetwork()
    var part = try Trainer(
      network: network, data: data, configuration: recipe.configuration,
      pace: TeamPace(members: 1, policy: .fixed))
    var costs: [Double] = []
    var threads = 1
    for samples in [10, 11, nil, 1, 30, nil, 50, nil] as [Int?] {
      let report = try part.trainEpoch(samples: samples)
      if report.wasStopped {
        #expect(part.epochsDone == costs.count)
        #expect(report.epoch == costs.count + 1)
      } else {
        costs.append(report.trainingCost)
      }
      let state = part.state
      threads = threads % 3 + 1
      // A network of other parameters: all that counts comes from the state.
      network = try makeNetwork(seed: 99)
      part = try Trainer(
        network: network, data: data, configuration: recipe.configuration, state: state,
        pace: TeamPace(members: threads, policy: .fixed))
      #expect(part.state == state)
    }
    #expect(costs == reports.prefix(costs.count).map(\.trainingCost))
    while part.epochsDone < 3 { costs.append(try part.trainEpoch().trainingCost) }
    #expect(costs == reports.map(\.trainingCost))
    let isEqual = parameterBytes(network) == parameterBytes(whole)
    #expect(isEqual)
    #expect(part.state == trainer.state)
  }

  /// A requested stop and the same trainer going on.
  @Test func aStoppedEpochGoesOn() throws {
    let data = try Self.data.get()
    let configuration = TrainingConfiguration(rule: .momentum(), learningRate: 0.1)
    let whole = try Trainer(network: makeNetwork(), data: data, configuration: configuration)
    let expected = try whole.trainEpoch()
    let trainer = try Trainer(network: makeNetwork(), data: data, configuration: configuration)
    let progress = TrainingProgress()
    progress.requestStop()
    for index in 1...5 {
      let report = try trainer.trainEpoch(progress: progress)
      #expect(report.wasStopped && report.samples == 10 * index && report.samplesBefore == 10 * (index - 1))
      #expect(trainer.epochsDone == 0)
    }
    let report = try trainer.trainEpoch(progress: progress)
    #expect(!report.wasStopped && report.epoch == 1 && report.trainingCost == expected.trainingCost)
    #expect(trainer.state == whole.state)
  }

  @Test func statesThatDoNotFitAreRefused() throws {
    let data = try Self.data.get()
    let configuration = TrainingConfiguration(rule: .momentum(), learningRate: 0.1)
    let trainer = try Trainer(network: makeNetwork(), data: data, configuration: configuration)
    try trainer.trainEpoch(samples: 20)
    let state = trainer.state
    func isRefused(_ state: TrainingState, _ configuration: TrainingConfiguration) throws -> Bool {
      let network = try makeNetwork()
      do throws(NablaError) {
        _ = try Trainer(network: network, data: data, configuration: configuration, state: state)
        return false
      } catch { return true }
    }
    #expect(try !isRefused(state, configuration))
    #expect(try isRefused(state, TrainingConfiguration(rule: .adam())))
    #expect(try isRefused(state, TrainingConfiguration(learningRate: 0.1)))
    #expect(try isRefused(state, TrainingConfiguration(rule: .momentum(), miniBatchSize: 7)))
    let short = TrainingState(parameters: [1, 2], ruleStates: state.ruleStates)
    #expect(try isRefused(short, configuration))
    let far = TrainingState(parameters: state.parameters, ruleStates: state.ruleStates, samplesDone: 60)
    #expect(try isRefused(far, configuration))
  }

  /// A state made of its parts, as a checkpoint reads them, is the state.
  @Test func aStateIsItsParts() throws {
    let trainer = try Trainer(
      network: makeNetwork(), data: Self.data.get(), configuration: TrainingConfiguration(rule: .adam()))
    try trainer.trainEpoch()
    try trainer.trainEpoch(samples: 20)
    let state = trainer.state
    #expect(state.ruleStates.count == 2 && state.samplesDone == 20 && state.epoch == 1)
    #expect(state.betaPowers.first != 1)
    let copy = TrainingState(
      parameters: state.parameters, ruleStates: state.ruleStates, betaPowers: state.betaPowers,
      epoch: state.epoch, samplesDone: state.samplesDone, costSum: state.costSum,
      costProduct: state.costProduct, selection: state.selection)
    #expect(copy == state)
  }
}
