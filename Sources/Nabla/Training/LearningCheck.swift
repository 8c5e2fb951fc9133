/// Looks for the reason why a run learns nothing.
struct LearningCheck {
  /// Samples looked at.
  private static let samples = 1000
  /// A share of dead or saturated neurons that explains it.
  private static let alarm = 0.5
  /// Up to so many times what guessing reads right counts as nothing learned.
  private static let chanceFactor = 1.5
  /// Epochs a run gets first.
  private static let epochs = 2

  let network: Network
  let configuration: TrainingConfiguration
  private let data: Dataset

  init(network: Network, training: Dataset, configuration: TrainingConfiguration) {
    self.network = network
    self.configuration = configuration
    data = training[0..<min(Self.samples, training.count)]
  }

  /// Returns what is wrong after an epoch that ended with `accuracy`; nil if the run learns, or for no visible reason
  /// does not. Without an `accuracy`, the first training samples are evaluated once.
  func warning(epoch: Int, accuracy: Double?) throws(NablaError) -> TrainingWarning? {
    let chance = 1 / Double(network.topology.outputSize)
    guard epoch >= Self.epochs, data.classCount > 1 else { return nil }
    let measured: Double
    if let accuracy {
      measured = accuracy
    } else if epoch == Self.epochs {
      measured = try network.evaluate(data, threads: 1).accuracy
    } else {
      return nil
    }
    guard measured <= Self.chanceFactor * chance else { return nil }
    let shares = try network.deadShares(on: data)
    guard let worst = shares.indices.max(by: { shares[$0] < shares[$1] }), shares[worst] >= Self.alarm else {
      return nil
    }
    return TrainingWarning(
      epoch: epoch, accuracy: measured, chance: chance,
      kind: network.topology.layers[worst].activation == .relu ? .dead : .saturated, layer: worst,
      shares: shares, suggestions: suggestions)
  }

  private var suggestions: [TrainingWarning.Suggestion] {
    var suggestions = [TrainingWarning.Suggestion.smallerLearningRate]
    let isReLU = network.topology.layers[0].activation == .relu
    let fitting: Initialization = isReLU ? .he : .normalized
    if configuration.usedInitialization != fitting {
      suggestions.append(isReLU ? .heInitialization : .normalizedInitialization)
    }
    if network.cost == .quadratic, network.topology.outputActivation == .sigmoid {
      suggestions.append(.crossEntropy)
    }
    return suggestions
  }
}

extension Network {
  /// For each layer the share of its neurons that are dead (ReLU: 0 for every sample), or of all others' values where f
  /// is flat.
  ///
  /// - Throws: `NablaError.mismatch` if the data does not fit the network, `NablaError.outOfMemory`.
  package func deadShares(on data: Dataset) throws(NablaError) -> [Double] {
    let data = try fitting(data)
    let chunk = min(predictionChunk, data.count)
    let workspace = try Workspace(
      network: self, capacity: chunk, .feedforward(isSparse: data.isSparse))
    let layers = topology.layers
    var isAlive = layers.map { [Bool](repeating: false, count: $0.outputs) }
    var flat = layers.map { _ in 0 }
    data.withView { view in
      for start in stride(from: 0, to: data.count, by: chunk) {
        let count = min(chunk, data.count - start)
        workspace.feedforward(view.batch(from: start, count: count))
        for (l, layer) in layers.enumerated() {
          let pass = workspace.pass.layers[l]
          for s in 0..<count {
            let a = pass.a + s * pass.paddedOutputs
            for j in 0..<layer.outputs {
              if layer.activation == .relu {
                if a[j] > 0 { isAlive[l][j] = true }
              } else if layer.activation.isFlat(at: a[j]) {
                flat[l] += 1
              }
            }
          }
        }
      }
    }
    return layers.enumerated().map { l, layer in
      layer.activation == .relu
        ? Double(isAlive[l].count { !$0 }) / Double(layer.outputs)
        : Double(flat[l]) / Double(data.count * layer.outputs)
    }
  }
}

extension Activation {
  /// Whether f′ is below 2% of its largest value, for a = f(z). Never for softmax, whose neurons share a sum of 1,
  /// and for identity.
  fileprivate func isFlat(at a: Float) -> Bool {
    switch self {
    case .sigmoid: derivative(activation: a) < 0.02 * 0.25
    case .tanh: derivative(activation: a) < 0.02
    case .relu, .softmax, .identity: false
    }
  }
}
