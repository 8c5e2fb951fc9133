import Nabla

/// Training in double by the textbooks' equations, mini-batch by mini-batch: for comparison over a few steps.
struct ReferenceTraining {
  var network: ReferenceNetwork
  let configuration: TrainingConfiguration
  let data: Dataset
  /// Dropout's share of what each layer reads.
  let dropout: [Float]
  /// The first moment or the velocity, and the second moment, of every weight and bias.
  private var first: (w: [[Double]], b: [[Double]])
  private var second: (w: [[Double]], b: [[Double]])
  private var steps = 0
  /// What each sample's cost is multiplied with.
  private let weights: [Double]

  init(
    _ network: Network, _ data: Dataset, _ configuration: TrainingConfiguration, weights: [Double]? = nil
  ) throws {
    self.weights = weights ?? [Double](repeating: 1, count: data.count)
    self.network = ReferenceNetwork(network)
    self.data = data
    self.configuration = try configuration.resolved(for: network)
    dropout = try configuration.dropoutRates(for: network.topology)
    first = (
      self.network.weights.map { [Double](repeating: 0, count: $0.count) },
      self.network.biases.map { [Double](repeating: 0, count: $0.count) }
    )
    second = first
  }

  mutating func trainEpoch(_ epoch: Int) {
    var order = (0..<UInt32(data.count)).map { $0 }
    var random = Philox(seed: configuration.seed, stream: 2 << 32 | UInt64(epoch))
    order.withUnsafeMutableBufferPointer { random.shuffle($0) }
    for start in stride(from: 0, to: order.count, by: configuration.miniBatchSize) {
      let batch = order[start..<min(order.count, start + configuration.miniBatchSize)]
      step(batch.map { Int($0) }, epoch: epoch)
    }
  }

  private mutating func step(_ batch: [Int], epoch: Int) {
    steps += 1
    var sum = (w: first.w.map { $0.map { _ in 0.0 } }, b: first.b.map { $0.map { _ in 0.0 } })
    for sample in batch {
      let gradient = network.gradient(
        input(sample, epoch: epoch),
        target: target(sample), factors: dropout.isEmpty ? nil : factors(sample: sample, epoch: epoch))
      let share = weights[sample] / Double(batch.count)
      for l in sum.w.indices {
        for i in sum.w[l].indices { sum.w[l][i] += gradient.weights[l][i] * share }
        for i in sum.b[l].indices { sum.b[l][i] += gradient.biases[l][i] * share }
      }
    }
    let n = Double(data.count)
    let update = ReferenceRule(configuration: configuration, steps: steps)
    for l in sum.w.indices {
      for i in sum.w[l].indices {
        let w = network.weights[l][i]
        let g =
          sum.w[l][i] + Double(configuration.l2) / n * w
          + Double(configuration.l1) / n * (w > 0 ? 1 : w < 0 ? -1 : 0)
        network.weights[l][i] = update(w, g, &first.w[l][i], &second.w[l][i], isWeight: true)
      }
      for i in sum.b[l].indices {
        network.biases[l][i] = update(
          network.biases[l][i], sum.b[l][i], &first.b[l][i], &second.b[l][i], isWeight: false)
      }
    }
  }

  /// x of a sample, distorted as it is in `epoch`.
  private func input(_ sample: Int, epoch: Int) -> [Double] {
    if data.isTable { return data.input(at: sample).map(Double.init) }
    let picture =
      try? data.image(
        at: sample, distortedBy: configuration.augmentation, seed: configuration.seed, epoch: epoch + 1)
    return (picture ?? []).map { Double($0) / 255 }
  }

  /// y of a sample: 1 for its class, or real targets as they are scaled.
  private func target(_ sample: Int) -> [Double] {
    guard case .values(let values) = data.encoding.target else {
      return (0..<network.sizes.last!).map { $0 == data.label(at: sample) ? 1 : 0 }
    }
    return zip(data.values(at: sample), values).map { y, value in
      (Double(y) - Double(value.offset)) * Double(value.factor)
    }
  }

  /// For each layer what dropout multiplies its inputs with: 0 or 1/(1-p).
  private func factors(sample: Int, epoch: Int) -> [[Double]] {
    network.weights.indices.map { l in
      let p = Double(dropout[l])
      let stream = (3 | UInt64(l) << 8) << 32 | UInt64(epoch)
      return (0..<network.sizes[l]).map { j in
        p == 0 || dropoutWord(j, sample, stream) >= UInt32(p * 0x1p32) ? 1 / (1 - p) : 0
      }
    }
  }

  /// The random word that decides about neuron j, as the header of the kernels defines it.
  private func dropoutWord(_ j: Int, _ sample: Int, _ stream: UInt64) -> UInt32 {
    let block = Philox.block(
      counter: (
        UInt32(j / 64 * 16 + j % 16), UInt32(sample), UInt32(truncatingIfNeeded: stream), UInt32(stream >> 32)
      ),
      key: (UInt32(truncatingIfNeeded: configuration.seed), UInt32(configuration.seed >> 32)))
    return [block.0, block.1, block.2, block.3][j / 16 % 4]
  }
}

/// One step of the rule on one parameter, by the textbooks' equations.
private struct ReferenceRule {
  let configuration: TrainingConfiguration
  /// t, this step included.
  let steps: Int

  func callAsFunction(
    _ w: Double, _ g: Double, _ v: inout Double, _ s: inout Double, isWeight: Bool
  ) -> Double {
    let rate = Double(configuration.learningRate!)
    switch configuration.rule {
    case .sgd: return w - rate * g
    case .momentum(let mu):
      v = Double(mu) * v - rate * g
      return w + v
    case .nesterov(let mu):
      v = Double(mu) * v - rate * g
      return w + Double(mu) * v - rate * g
    case .adam(let beta1, let beta2, let epsilon), .adamw(let beta1, let beta2, let epsilon, _):
      let (beta1, beta2) = (Double(beta1), Double(beta2))
      v = beta1 * v + (1 - beta1) * g
      s = beta2 * s + (1 - beta2) * g * g
      var (power1, power2) = (1.0, 1.0)
      for _ in 0..<steps { (power1, power2) = (power1 * beta1, power2 * beta2) }
      let decay = isWeight ? 1 - rate * Double(configuration.rule.weightDecay ?? 0) : 1
      return decay * w - rate * (v / (1 - power1)) / ((s / (1 - power2)).squareRoot() + Double(epsilon))
    }
  }
}
