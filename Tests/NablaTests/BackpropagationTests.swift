import Nabla
import Testing

@Suite struct BackpropagationTests {
  /// Backpropagation in double is right: every derivative equals a central difference of the cost.
  @Test(arguments: Kind.all)
  func referenceEqualsCentralDifferences(_ kind: Kind) throws {
    var reference = ReferenceNetwork(try kind.makeNetwork([5, 7, 6, 4]))
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
  @Test(arguments: [[1, 1], [3, 16, 2], [7, 17, 15, 3], [40, 33, 10], [784, 30, 10]], Kind.all)
  func gradientEqualsReference(_ sizes: [Int], _ kind: Kind) throws {
    let network = try kind.makeNetwork(sizes, seed: 9)
    var random = Philox(seed: 10)
    let image = (0..<sizes[0]).map { _ in UInt8(random.below(256)) }
    let label = sizes.last! - 1
    let trace = try network.backpropagate(image: image, label: label)
    let reference = ReferenceNetwork(network)
    let x = image.map { Double($0) / 255 }
    let expected = reference.gradient(x, label: label)
    // The softmax of one output is 1, and its gradient 0 but for rounding.
    if kind.output == .softmax, sizes.last == 1 {
      #expect(trace.gradient.weights.joined().allSatisfy { abs($0) < 1e-6 })
      return
    }
    #expect(relativeDifference(trace.gradient.weights, expected.weights) < 2e-5)
    #expect(relativeDifference(trace.gradient.biases, expected.biases) < 2e-5)
    let cost = reference.cost(x, label: label)
    #expect(abs(trace.cost - cost) < 1e-5 * max(cost, 0.01))
  }

  /// Sparse or dense, on any number of threads, in one part or several: the same bits.
  @Test(arguments: [Kind(hidden: .relu, output: .softmax, cost: .logLikelihood)], [3, 700])
  func gradientOfManySamples(_ kind: Kind, count: Int) throws {
    let sparse = try randomData(count: count, inputs: 50, classes: 3, percentNonZero: 20)
    let dense = try randomData(count: count, inputs: 50, classes: 3, percentNonZero: 80)
    #expect(sparse.isSparse && !dense.isSparse)
    let network = try kind.makeNetwork([50, 40, 7, 3])
    for data in [sparse, dense] {
      let expected = try network.gradient(of: data, threads: 1)
      for threads in [2, 3, 4] {
        let gradient = try network.gradient(of: data, threads: threads)
        #expect(gradient.weights == expected.weights && gradient.biases == expected.biases)
      }
      // Sample by sample; the pictures one by one are dense.
      var sum = expected.weights.map { $0.map { _ in 0.0 } }
      for index in 0..<count {
        let trace = try network.backpropagate(image: data.image(at: index), label: data.label(at: index))
        for l in sum.indices {
          for i in sum[l].indices { sum[l][i] += Double(trace.gradient.weights[l][i]) }
        }
      }
      #expect(relativeDifference(expected.weights, sum) < 1e-5)
    }
  }

  /// One picture: the sparse gradient has the bits of the dense one.
  @Test func sparseGradientEqualsDense() throws {
    let data = try randomData(count: 30, inputs: 50, classes: 3, percentNonZero: 20)
    let network = try Network(topology: Topology([50, 40, 3]), seed: 4)
    for index in 0..<data.count {
      let sparse = try network.gradient(of: data[index..<index + 1])
      let dense = try network.backpropagate(image: data.image(at: index), label: data.label(at: index))
      #expect(sparse.weights == dense.gradient.weights && sparse.biases == dense.gradient.biases)
    }
  }

  @Test func meaninglessPairsAreRefusedWithTheReason() throws {
    func error(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    #expect(
      error { _ = try Topology([4, 3, 2], hidden: .softmax) }
        == "hidden activation: expected one of sigmoid, tanh, relu, found softmax: softmax makes the neurons of a "
        + "layer compete for a sum of 1, which is for outputs")
    #expect(
      error { _ = try Topology([4, 3, 2], output: .relu) }
        == "output activation: expected one of sigmoid, softmax, tanh, identity, found relu: a ReLU output that is "
        + "0 has no gradient, so a wrong answer may never be corrected")
    #expect(error { _ = try Topology([4, 3, 2], hidden: .identity) } != nil)
    #expect(
      error { _ = try Network(zero: Topology([4, 2], output: .softmax), cost: .crossEntropy) }
        == "cost: expected quadratic or log-likelihood for softmax outputs, found cross-entropy: with softmax outputs "
        + "the cross-entropy is called log-likelihood here")
    for output in Activation.output {
      for cost in Cost.allCases {
        let isRefused = error { _ = try Network(zero: Topology([4, 2], output: output), cost: cost) } != nil
        #expect(isRefused == !cost.fits(output))
      }
    }
  }

  // The four equations, each from the quantities the trace gives on both of its sides.

  private static let sigmoidCosts = Cost.allCases.filter { $0.fits(.sigmoid) }

  private static func trace(_ cost: Cost) throws -> (Network, BackpropagationTrace) {
    let network = try Network(topology: Topology([30, 20, 18, 10]), cost: cost, seed: 21)
    return (network, try network.backpropagate(image: (0..<30).map { UInt8($0 * 8) }, label: 4))
  }

  /// BP1: δ^L = ∇aC ⊙ σ′(z^L), where ∇aC = a - y for the quadratic cost; σ′ cancels for the cross-entropy.
  @Test(arguments: sigmoidCosts)
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
  @Test(arguments: sigmoidCosts)
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
  @Test(arguments: sigmoidCosts)
  func equation3(_ cost: Cost) throws {
    let (_, trace) = try Self.trace(cost)
    #expect(trace.gradient.biases == trace.errors)
  }

  /// BP4: ∂C/∂w^l_jk = a^(l-1)_k δ^l_j, exactly: one product, rounded once.
  @Test(arguments: sigmoidCosts)
  func equation4(_ cost: Cost) throws {
    let (_, trace) = try Self.trace(cost)
    for (l, nablaW) in trace.gradient.weights.enumerated() {
      #expect(nablaW == trace.errors[l].flatMap { delta in trace.activations[l].map { $0 * delta } })
    }
  }
}
