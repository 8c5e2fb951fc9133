import Nabla
import Testing

@Suite struct BackpropagationTests {
  /// Backpropagation in double is right: every derivative equals a central difference of the cost.
  @Test(arguments: Cost.allCases)
  func referenceEqualsCentralDifferences(_ cost: Cost) throws {
    let network = try Network(topology: Topology([5, 7, 6, 4]), cost: cost, seed: 3)
    var reference = ReferenceNetwork(network)
    let x = [0.1, 0.9, 0, 0.4, 1]
    let (nablaW, nablaB) = reference.gradient(x, label: 2)
    let step = 1e-5
    func difference(_ parameter: WritableKeyPath<ReferenceNetwork, Double>) -> Double {
      let value = reference[keyPath: parameter]
      reference[keyPath: parameter] = value + step
      let above = reference.cost(x, label: 2)
      reference[keyPath: parameter] = value - step
      let below = reference.cost(x, label: 2)
      reference[keyPath: parameter] = value
      return (above - below) / (2 * step)
    }
    let scale = (nablaW + nablaB).flatMap { $0 }.map(abs).max()!
    for l in nablaW.indices {
      for i in nablaW[l].indices {
        #expect(
          abs(difference(\.weights[l][i]) - nablaW[l][i]) <= 1e-6 * max(abs(nablaW[l][i]), 1e-3 * scale))
      }
      for i in nablaB[l].indices {
        #expect(abs(difference(\.biases[l][i]) - nablaB[l][i]) <= 1e-6 * max(abs(nablaB[l][i]), 1e-3 * scale))
      }
    }
  }

  /// The kernels' float gradient is that of the double reference, on shapes around the panel width.
  @Test(arguments: [[1, 1], [3, 16, 2], [7, 17, 15, 3], [40, 33, 10], [784, 30, 10]], Cost.allCases)
  func gradientEqualsReference(_ sizes: [Int], _ cost: Cost) throws {
    let network = try Network(topology: Topology(sizes), cost: cost, seed: 9)
    var random = Philox(seed: 10)
    let image = (0..<sizes[0]).map { _ in UInt8(random.below(256)) }
    let label = sizes.last! - 1
    let trace = try network.backpropagate(image: image, label: label)
    let expected = ReferenceNetwork(network).gradient(image.map { Double($0) / 255 }, label: label)
    #expect(relativeDifference(trace.gradient.weights, expected.weights) < 2e-5)
    #expect(relativeDifference(trace.gradient.biases, expected.biases) < 2e-5)
  }

  // The four equations, each from the quantities the trace gives on both of its sides.

  private static func trace(_ cost: Cost) throws -> (Network, BackpropagationTrace) {
    let network = try Network(topology: Topology([30, 20, 18, 10]), cost: cost, seed: 21)
    return (network, try network.backpropagate(image: (0..<30).map { UInt8($0 * 8) }, label: 4))
  }

  /// BP1: δ^L = ∇aC ⊙ σ′(z^L), where ∇aC = a - y for the quadratic cost; σ′ cancels for the cross-entropy.
  @Test(arguments: Cost.allCases)
  func equation1(_ cost: Cost) throws {
    let (_, trace) = try Self.trace(cost)
    for (j, error) in trace.errors.last!.enumerated() {
      let a = sigmoid(Double(trace.weightedInputs.last![j]))
      let y = j == 4 ? 1.0 : 0
      let expected = cost == .quadratic ? (a - y) * a * (1 - a) : a - y
      #expect(abs(Double(error) - expected) < 1e-6)
    }
  }

  /// BP2: δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ′(z^l).
  @Test(arguments: Cost.allCases)
  func equation2(_ cost: Cost) throws {
    let (network, trace) = try Self.trace(cost)
    for l in 0..<trace.errors.count - 1 {
      let w = network.weights(layer: l + 1)
      let inputs = trace.errors[l].count
      for (k, error) in trace.errors[l].enumerated() {
        let sum = trace.errors[l + 1].enumerated().reduce(0.0) {
          $0 + Double(w[$1.offset * inputs + k]) * Double($1.element)
        }
        let a = sigmoid(Double(trace.weightedInputs[l][k]))
        #expect(abs(Double(error) - sum * a * (1 - a)) < 1e-6)
      }
    }
  }

  /// BP3: ∂C/∂b^l_j = δ^l_j, exactly.
  @Test(arguments: Cost.allCases)
  func equation3(_ cost: Cost) throws {
    let (_, trace) = try Self.trace(cost)
    #expect(trace.gradient.biases == trace.errors)
  }

  /// BP4: ∂C/∂w^l_jk = a^(l-1)_k δ^l_j, exactly: one product, rounded once.
  @Test(arguments: Cost.allCases)
  func equation4(_ cost: Cost) throws {
    let (_, trace) = try Self.trace(cost)
    for (l, nablaW) in trace.gradient.weights.enumerated() {
      #expect(nablaW == trace.errors[l].flatMap { delta in trace.activations[l].map { $0 * delta } })
    }
  }
}
