import Nabla
import Testing

/// One way of training: what the tests of bits and of states go through.
struct Recipe: Sendable, CustomTestStringConvertible {
  let name: String
  let configuration: TrainingConfiguration

  var testDescription: String { name }

  static let rules: [UpdateRule] = [
    .sgd, .momentum(), .nesterov(0.8), .adam(),
    .adamw(beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1),
  ]

  /// Every rule, plain and with everything that changes a step.
  static let all: [Recipe] = rules.flatMap { rule in
    func recipe(_ name: String, _ change: (inout TrainingConfiguration) -> Void) -> Recipe {
      var configuration = TrainingConfiguration(rule: rule, miniBatchSize: 10)
      configuration.learningRate = rule.stateCount == 2 ? 0.01 : rule.stateCount == 1 ? 0.1 : 0.5
      configuration.epochs = 3
      change(&configuration)
      return Recipe(name: "\(rule.name) \(name)", configuration: configuration)
    }
    return [
      recipe("plain") { _ in },
      recipe("dropout") { $0.dropout = [0.2, 0.5, 0.3] },
      recipe("augmented") {
        $0.augmentation = Augmentation("shift:0.5,rotate:2,scale:20%,shear:5,elastic:1.5:2") ?? .none
        $0.dropout = [0.2, 0, 0]
      },
      recipe("cosine") { $0.schedule = .cosine() },
      recipe("l1") { $0.l1 = 0.5 },
      recipe("l2") { $0.l2 = 0.5 },
    ]
  }
}

@Suite struct UpdateRuleTests {
  /// 50 steps are those of the textbooks' equations in double, the last mini-batch of an epoch shorter.
  @Test(arguments: Recipe.all.filter { !$0.name.hasSuffix("cosine") })
  func fiftySteps(_ recipe: Recipe) throws {
    let data = try randomData(count: 47, inputs: 70, classes: 5, percentNonZero: 30)
    let network = try Network(
      topology: Topology([70, 40, 18, 5], hidden: .tanh, output: .softmax), cost: .logLikelihood, seed: 3)
    var configuration = recipe.configuration
    if recipe.configuration.rule.stateCount < 2 { configuration.learningRate = 0.05 }
    var reference = try ReferenceTraining(network, data, configuration)
    let trainer = try Trainer(network: network, data: data, configuration: configuration)
    for epoch in 0..<10 {
      try trainer.trainEpoch()
      reference.trainEpoch(epoch)
    }
    let layers = network.topology.layers.indices
    // Adam divides by √s, so where a gradient nearly vanishes a rounding of it counts; and with L1 a weight near 0
    // has its sign by rounding.
    let isAdam = recipe.configuration.rule.stateCount == 2
    let tolerance = isAdam ? recipe.configuration.l1 > 0 ? 2e-2 : 1e-3 : 2e-5
    #expect(
      relativeDifference(layers.map { network.weights(layer: $0) }, reference.network.weights) < tolerance)
    #expect(
      relativeDifference(layers.map { network.biases(layer: $0) }, reference.network.biases) < tolerance)
  }

  /// Sparse or dense, on 1 to 4 threads, on every instruction set, and with teams that change in mid-epoch.
  @Test(arguments: Recipe.all, [[50, 40, 20, 7], [50, 260, 30, 7]])
  func sameBits(_ recipe: Recipe, _ sizes: [Int]) throws {
    let data = try randomData(count: 103, inputs: 50, classes: 7, percentNonZero: 20)
    func train(threads: Int, allowsSparse: Bool, policy: TeamPace.Policy = .fixed) throws -> [UInt8] {
      let network = try Network(
        topology: Topology(sizes, hidden: .relu, output: .softmax), cost: .logLikelihood, initialization: .he,
        seed: 1)
      let trainer = try Trainer(
        network: network, data: data, configuration: recipe.configuration, allowsSparse: allowsSparse,
        pace: TeamPace(members: threads, policy: policy))
      #expect(trainer.isSparse == allowsSparse)
      for _ in 0..<2 { try trainer.trainEpoch() }
      return parameterBytes(network)
    }
    let chosen = InstructionSet.current
    defer { try? chosen.select() }
    let expected = try train(threads: 1, allowsSparse: false)
    for instructionSet in InstructionSet.available {
      try instructionSet.select()
      for threads in [1, 2, 3, 4] {
        for allowsSparse in [true, false] {
          let isEqual = try train(threads: threads, allowsSparse: allowsSparse) == expected
          #expect(isEqual, "\(instructionSet), \(threads) threads, \(allowsSparse ? "sparse" : "dense")")
        }
      }
      let isEqual = try train(threads: 2, allowsSparse: true, policy: .alternating) == expected
      #expect(isEqual, "\(instructionSet), two threads and one in turn")
    }
  }

  /// Dropout of inputs alone, on pictures with empty rows and far apart pixels.
  @Test func droppedInputsAreTheSameSparseAndDense() throws {
    let data = try randomData(count: 40, inputs: 2000, classes: 4, percentNonZero: 1)
    var configuration = TrainingConfiguration(learningRate: 0.5, miniBatchSize: 7)
    configuration.dropout = [0.5, 0]
    let bytes = try [true, false].map { allowsSparse in
      let network = try Network(topology: Topology([2000, 20, 4]), seed: 1)
      let trainer = try Trainer(
        network: network, data: data, configuration: configuration, allowsSparse: allowsSparse,
        pace: TeamPace(members: 2, policy: .fixed))
      for _ in 0..<3 { try trainer.trainEpoch() }
      return parameterBytes(network)
    }
    let areEqual = bytes[0] == bytes[1]
    #expect(areEqual)
  }

  @Test func dropoutThatDoesNotFitIsRefused() throws {
    let data = try randomData(count: 10, inputs: 8, classes: 3)
    func error(_ sizes: [Int], _ dropout: [Float]) throws -> String? {
      var configuration = TrainingConfiguration()
      configuration.dropout = dropout
      let network = try Network(topology: Topology(sizes), seed: 1)
      do throws(NablaError) {
        _ = try Trainer(network: network, data: data, configuration: configuration)
        return nil
      } catch { return error.description }
    }
    #expect(try error([8, 4, 3], [0.5]) == nil)
    #expect(try error([8, 4, 3], [0.2, 0.5]) == nil)
    #expect(
      try error([8, 4, 3], [0, 0.5, 0.5])
        == "dropout: expected 1 number for all hidden layers, or 2: input and hidden layers, found 3 for [8,4,3]"
    )
    #expect(
      try error([8, 3], [0.5]) == "dropout: expected a network with hidden layers, found 1 for [8,3]")
    #expect(try error([8, 4, 3], [1]) == "dropout: expected a number from 0 up, below 1, found 1.0")
  }
}
