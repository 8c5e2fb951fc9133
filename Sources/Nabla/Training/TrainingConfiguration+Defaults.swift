extension TrainingConfiguration {
  /// f of the output layer, the default filled in.
  public var usedOutputActivation: Activation {
    outputActivation ?? (hiddenActivation == .relu || cost == .logLikelihood ? .softmax : .sigmoid)
  }

  /// The cost, the default filled in.
  public var usedCost: Cost { cost ?? (usedOutputActivation == .softmax ? .logLikelihood : .quadratic) }

  /// How the first parameters are drawn, the default filled in.
  public var usedInitialization: Initialization {
    initialization ?? (hiddenActivation == .relu ? .he : .normalized)
  }

  /// Returns the topology of the network to train: `layers`, or `hiddenSizes` between what the data needs.
  ///
  /// - Throws: `NablaError.invalidTopology`, `NablaError.outOfMemory`.
  public func topology(inputs: Int, outputs: Int) throws(NablaError) -> Topology {
    try Topology(
      layers ?? [inputs] + hiddenSizes + [outputs], hidden: hiddenActivation, output: usedOutputActivation)
  }

  /// Returns a new network as this configuration describes it; `inputs` and `outputs` are used if `layers` is nil.
  ///
  /// - Throws: `NablaError.invalidTopology`, `NablaError.invalidSetting` if cost and output activation do not go
  ///   together, `NablaError.outOfMemory`.
  public func makeNetwork(inputs: Int, outputs: Int) throws(NablaError) -> Network {
    try Network(
      topology: topology(inputs: inputs, outputs: outputs), cost: usedCost,
      initialization: usedInitialization,
      seed: seed)
  }

  /// Returns this configuration with no default left open, as it trains `network`: the layers, activations and cost
  /// are the network's.
  ///
  /// - Throws: `NablaError.invalidSetting` for a value out of range.
  public func resolved(for network: Network) throws(NablaError) -> TrainingConfiguration {
    try validate()
    let topology = network.topology
    _ = try dropoutRates(for: topology)
    var resolved = self
    resolved.layers = topology.layerSizes
    if topology.layers.count > 1 { resolved.hiddenActivation = topology.layers[0].activation }
    resolved.outputActivation = topology.outputActivation
    resolved.cost = network.cost
    resolved.initialization = resolved.usedInitialization
    if topology.layers.count == 1 { resolved.hiddenActivation = .sigmoid }
    resolved.learningRate =
      learningRate
      ?? Self.defaultLearningRate(
        topology: topology, cost: network.cost, rule: rule, miniBatchSize: miniBatchSize)
    return resolved
  }

  /// Returns a learning rate with which a network of this kind learns: the one place to tune it.
  ///
  /// - Adam and AdamW: 0.001, as their papers do.
  /// - Plain descent in networks of sigmoid layers: the book's 3 for the quadratic cost, and 0.5 for the others, up to
  ///   100 neurons a layer. A step moves z of a neuron by the sum over its inputs, so the rate falls with the widest
  ///   hidden layer: faster with the quadratic cost, whose error vanishes where an output saturates ([784,800,10]
  ///   learns MNIST at 0.3 and nothing at 0.5), and for the others with each further hidden layer.
  /// - In networks with tanh or ReLU layers at most 1 and 0.1, whatever their width, and 0.1 without σ′.
  /// - Tanh and identity outputs with the quadratic cost, whose error does not vanish: 0.1 and 0.01.
  /// - Momentum and Nesterov: (1 - μ) times that, because a velocity sums 1/(1 - μ) steps.
  ///
  /// Rounded to two digits, as a person would write it.
  public static func defaultLearningRate(
    topology: Topology, cost: Cost, rule: UpdateRule, miniBatchSize: Int
  ) -> Float {
    let hidden = topology.layers.dropLast()
    let width = max(100, Double(hidden.map(\.outputs).max() ?? 0))
    let narrowing = 100 / width
    let depth = Double(max(1, hidden.count))
    var rate: Double
    switch (cost, topology.outputActivation) {
    case (.quadratic, .sigmoid): rate = 3 * narrowing * narrowing.squareRoot().squareRoot()
    case (.quadratic, .softmax): rate = 0.5 * narrowing
    case (.quadratic, .tanh): rate = 0.1 * narrowing
    case (.quadratic, _): rate = 0.01 * narrowing
    case (.crossEntropy, _), (.logLikelihood, _): rate = 0.5 * narrowing / depth
    }
    if hidden.contains(where: { $0.activation != .sigmoid }) {
      let isRelu = hidden.contains { $0.activation == .relu }
      rate = cost == .quadratic ? min(rate, isRelu ? 0.1 : 1) : 0.1
    }
    switch rule {
    case .adam, .adamw: return 0.001
    case .sgd: return rounded(rate)
    case .momentum(let mu), .nesterov(let mu): return rounded((1 - Double(mu)) * rate)
    }
  }

  /// Returns `rate` with two decimal digits that count: 0.3 instead of 0.30000007.
  private static func rounded(_ rate: Double) -> Float {
    var scale = 1.0
    while rate * scale < 10, scale < 1e9 { scale *= 10 }
    return Float((rate * scale).rounded() / scale)
  }
}
