import Foundation
import Nabla
import Testing

/// The same network in double, one sample at a time, with plain loops: slow, and easy to believe.
struct ReferenceNetwork {
  let sizes: [Int]
  let activations: [Activation]
  let cost: Cost
  /// w^l, row-major [outputs, inputs], and b^l.
  var weights: [[Double]]
  var biases: [[Double]]

  init(_ network: Network) {
    sizes = network.topology.layerSizes
    activations = network.topology.activations
    cost = network.cost
    weights = network.topology.layers.indices.map { network.weights(layer: $0).map(Double.init) }
    biases = network.topology.layers.indices.map { network.biases(layer: $0).map(Double.init) }
  }

  func weightedInput(layer l: Int, _ a: [Double]) -> [Double] {
    (0..<sizes[l + 1]).map { j in
      (0..<sizes[l]).reduce(biases[l][j]) { $0 + weights[l][j * sizes[l] + $1] * a[$1] }
    }
  }

  /// What each layer reads, from x on, and its activations. `factors[l]` multiplies what layer l reads: dropout.
  private func feedforward(_ x: [Double], _ factors: [[Double]]?) -> (inputs: [[Double]], outputs: [[Double]])
  {
    var inputs: [[Double]] = []
    var outputs: [[Double]] = []
    var a = x
    for l in weights.indices {
      if let factors { a = zip(a, factors[l]).map { $0 * $1 } }
      inputs.append(a)
      a = activations[l].values(weightedInput(layer: l, a))
      outputs.append(a)
    }
    return (inputs, outputs)
  }

  func output(_ x: [Double]) -> [Double] { feedforward(x, nil).outputs.last! }

  func cost(_ x: [Double], label: Int) -> Double {
    output(x).enumerated().reduce(0) { sum, output in
      let y = output.offset == label ? 1.0 : 0
      switch cost {
      case .quadratic: return sum + 0.5 * (output.element - y) * (output.element - y)
      case .crossEntropy: return sum - y * log(output.element) - (1 - y) * log(1 - output.element)
      case .logLikelihood: return y == 0 ? sum : sum - log(output.element)
      }
    }
  }

  /// ∂C/∂w and ∂C/∂b by the chain rule, every Jacobian written out.
  func gradient(
    _ x: [Double], label: Int, factors: [[Double]]? = nil
  ) -> (weights: [[Double]], biases: [[Double]]) {
    gradient(x, target: (0..<sizes.last!).map { $0 == label ? 1 : 0 }, factors: factors)
  }

  /// The same for any target y.
  func gradient(
    _ x: [Double], target: [Double], factors: [[Double]]? = nil
  ) -> (weights: [[Double]], biases: [[Double]]) {
    let (inputs, outputs) = feedforward(x, factors)
    var slope = outputs.last!.enumerated().map { j, a in
      let y = target[j]
      switch cost {
      case .quadratic: return a - y
      case .crossEntropy: return (a - y) / (a * (1 - a))
      case .logLikelihood: return -y / a
      }
    }
    var nablaW = weights
    var nablaB = biases
    for l in weights.indices.reversed() {
      let delta = activations[l].pullBack(slope, outputs[l])
      nablaB[l] = delta
      nablaW[l] = delta.flatMap { d in inputs[l].map { d * $0 } }
      slope = (0..<sizes[l]).map { k in
        let sum = delta.indices.reduce(0.0) { $0 + weights[l][$1 * sizes[l] + k] * delta[$1] }
        return sum * (factors?[l][k] ?? 1)
      }
    }
    return (nablaW, nablaB)
  }
}

extension Activation {
  /// f of a layer's weighted inputs.
  func values(_ z: [Double]) -> [Double] {
    switch self {
    case .sigmoid: z.map { logistic($0) }
    case .tanh: z.map { Foundation.tanh($0) }
    case .relu: z.map { max($0, 0) }
    case .identity: z
    case .softmax: softmaxValues(z)
    }
  }

  /// ∂C/∂z from ∂C/∂a and a.
  func pullBack(_ slope: [Double], _ a: [Double]) -> [Double] {
    let derivatives: [Double]
    switch self {
    case .sigmoid: derivatives = a.map { $0 * (1 - $0) }
    case .tanh: derivatives = a.map { 1 - $0 * $0 }
    case .relu: derivatives = a.map { $0 > 0 ? 1 : 0 }
    case .identity: return slope
    case .softmax: return softmaxPullBack(slope, a)
    }
    return zip(slope, derivatives).map { $0 * $1 }
  }
}

private func softmaxValues(_ z: [Double]) -> [Double] {
  let powers = z.map { exp($0) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}

/// Σ_i ∂C/∂a_i ∂a_i/∂z_j with ∂a_i/∂z_j = a_i (δ_ij - a_j).
private func softmaxPullBack(_ slope: [Double], _ a: [Double]) -> [Double] {
  a.indices.map { j -> Double in
    var sum = 0.0
    for i in a.indices {
      let identity: Double = i == j ? 1 : 0
      sum += slope[i] * a[i] * (identity - a[j])
    }
    return sum
  }
}

func sigmoid(_ z: Double) -> Double { logistic(z) }
private func logistic(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

/// Hidden activation, output activation and cost of a network.
struct Kind: Sendable, CustomTestStringConvertible {
  let hidden: Activation
  let output: Activation
  let cost: Cost

  /// Every meaningful one.
  static let all = Activation.hidden.flatMap { hidden in
    Activation.output.flatMap { output in
      Cost.allCases.filter { $0.fits(output) }.map { Kind(hidden: hidden, output: output, cost: $0) }
    }
  }

  var testDescription: String { "\(hidden) \(output) \(cost.rawValue)" }

  func makeNetwork(_ sizes: [Int], seed: UInt64 = 3) throws -> Network {
    try Network(topology: Topology(sizes, hidden: hidden, output: output), cost: cost, seed: seed)
  }
}
