import Nabla
import Testing

@Suite struct TrainingConfigurationTests {
  /// What model files have always told of a plain run, and nothing more.
  @Test func metadataOfAPlainRun() throws {
    let configuration = TrainingConfiguration()
    let network = try configuration.makeNetwork(inputs: 784, outputs: 10)
    #expect(
      try configuration.resolved(for: network).metadata == [
        "topology": "784,30,10", "cost": "quadratic", "epochs": "30", "batch_size": "10",
        "learning_rate": "3.0", "l2": "0.0", "init": "normalized", "seed": "1",
      ])
  }

  private static let configurations: [TrainingConfiguration] = {
    var all: [TrainingConfiguration] = [
      TrainingConfiguration(), TrainingConfiguration(layers: [784, 10], cost: .crossEntropy, l2: 5),
    ]
    for rule in Recipe.rules {
      var configuration = TrainingConfiguration(
        layers: [20, 15, 12, 4], rule: rule, epochs: 7, miniBatchSize: 3, seed: .max)
      configuration.hiddenActivation = .relu
      configuration.l1 = 0.125
      configuration.dropout = [0.2, 0.5, 0.3]
      configuration.schedule = .oneCycle()
      configuration.patience = 5
      configuration.patienceMeasure = .cost
      configuration.keep = .best
      all.append(configuration)
    }
    var tanh = TrainingConfiguration()
    (tanh.hiddenActivation, tanh.outputActivation, tanh.initialization) = (.tanh, .identity, .large)
    return all + [tanh]
  }()

  @Test(arguments: configurations)
  func metadataRoundTrip(_ configuration: TrainingConfiguration) throws {
    let network = try configuration.makeNetwork(inputs: 784, outputs: 10)
    let resolved = try configuration.resolved(for: network)
    let read = try TrainingConfiguration(metadata: resolved.metadata)
    #expect(read == resolved)
    #expect(try read.makeNetwork(inputs: 1, outputs: 1).topology == network.topology)
    #expect(try read.resolved(for: network) == resolved)
  }

  @Test func metadataThatCannotBeRead() {
    for (key, value) in [
      ("epochs", "many"), ("l2", "-1"), ("cost", "cubic"), ("schedule", "cosine:2"), ("update", "newton"),
      ("activations", "sigmoid,"), ("topology", "784"), ("dropout", "0.5,2"), ("momentum", "0.9x"),
    ] {
      var metadata = ["update": "momentum"]
      metadata[key] = value
      #expect(throws: NablaError.self, "\(key)") { try TrainingConfiguration(metadata: metadata) }
    }
  }

  @Test func defaultsFollowTheActivations() throws {
    var configuration = TrainingConfiguration()
    #expect(configuration.usedOutputActivation == .sigmoid && configuration.usedCost == .quadratic)
    #expect(configuration.usedInitialization == .normalized)
    configuration.hiddenActivation = .relu
    #expect(configuration.usedOutputActivation == .softmax && configuration.usedCost == .logLikelihood)
    #expect(configuration.usedInitialization == .he)
    configuration.hiddenActivation = .tanh
    configuration.outputActivation = .tanh
    #expect(configuration.usedCost == .quadratic && configuration.usedInitialization == .normalized)
  }

  private func rate(
    _ sizes: [Int], _ cost: Cost = .quadratic, _ rule: UpdateRule = .sgd, hidden: Activation = .sigmoid,
    output: Activation = .sigmoid, batch: Int = 10
  ) throws -> Float {
    TrainingConfiguration.defaultLearningRate(
      topology: try Topology(sizes, hidden: hidden, output: output), cost: cost, rule: rule,
      miniBatchSize: batch)
  }

  /// The book's rates for the book's networks.
  @Test func defaultLearningRates() throws {
    for sizes in [[784, 30, 10], [784, 100, 10], [784, 10]] {
      #expect(try rate(sizes) == 3)
      #expect(try rate(sizes, .crossEntropy) == 0.5)
    }
    #expect(try rate([784, 800, 10]) < 0.3)
    #expect(try rate([784, 30, 10], .quadratic, .adam()) == 0.001)
    #expect(try rate([784, 30, 10], .quadratic, .momentum(0.9)) == 0.3)
    #expect(try rate([784, 800, 10]) == 0.22)
    #expect(try rate([784, 100, 10], .logLikelihood, hidden: .relu, output: .softmax) == 0.1)
  }

  @Test func heInitialization() throws {
    let network = try Network(
      topology: Topology([784, 100, 10], hidden: .relu, output: .softmax), cost: .logLikelihood,
      initialization: .he, seed: 6)
    let weights = network.weights(layer: 0)
    let variance = weights.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(weights.count)
    #expect(abs(variance * 784 / 2 - 1) < 0.03)
    #expect(network.biases(layer: 0).allSatisfy { $0 == 0 })
    // The same draws as the others, scaled.
    let normalized = try Network(topology: Topology([784, 100, 10]), seed: 6).weights(layer: 0)
    for (he, other) in zip(weights, normalized) { #expect(abs(he - other * Float(2).squareRoot()) < 1e-6) }
  }
}
