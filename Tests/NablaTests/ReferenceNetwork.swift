import Foundation
import Nabla

/// The same network in double, one sample at a time, with plain loops: slow, and easy to believe.
struct ReferenceNetwork {
  let sizes: [Int]
  let cost: Cost
  /// w^l, row-major [outputs, inputs], and b^l.
  var weights: [[Double]]
  var biases: [[Double]]

  init(_ network: Network) {
    sizes = network.topology.layerSizes
    cost = network.cost
    weights = network.topology.layers.indices.map { network.weights(layer: $0).map(Double.init) }
    biases = network.topology.layers.indices.map { network.biases(layer: $0).map(Double.init) }
  }

  func weightedInput(layer l: Int, _ a: [Double]) -> [Double] {
    (0..<sizes[l + 1]).map { j in
      (0..<sizes[l]).reduce(biases[l][j]) { $0 + weights[l][j * sizes[l] + $1] * a[$1] }
    }
  }

  func cost(_ x: [Double], label: Int) -> Double {
    var a = x
    for l in weights.indices { a = weightedInput(layer: l, a).map(sigmoid) }
    return a.enumerated().reduce(0) { sum, output in
      let y = output.offset == label ? 1.0 : 0
      switch cost {
      case .quadratic: return sum + 0.5 * (output.element - y) * (output.element - y)
      case .crossEntropy: return sum - y * log(output.element) - (1 - y) * log(1 - output.element)
      }
    }
  }

  /// ∂C/∂w and ∂C/∂b by the book's five steps.
  func gradient(_ x: [Double], label: Int) -> (weights: [[Double]], biases: [[Double]]) {
    var activations = [x]
    for l in weights.indices { activations.append(weightedInput(layer: l, activations[l]).map(sigmoid)) }
    var delta = activations[weights.count].enumerated().map { j, a in
      let difference = a - (j == label ? 1 : 0)
      return cost == .quadratic ? difference * a * (1 - a) : difference
    }
    var nablaW = weights
    var nablaB = biases
    for l in weights.indices.reversed() {
      nablaB[l] = delta
      nablaW[l] = delta.flatMap { d in activations[l].map { d * $0 } }
      delta = (0..<sizes[l]).map { k in
        let a = activations[l][k]
        return delta.indices.reduce(0) { $0 + weights[l][$1 * sizes[l] + k] * delta[$1] } * a * (1 - a)
      }
    }
    return (nablaW, nablaB)
  }
}

func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
