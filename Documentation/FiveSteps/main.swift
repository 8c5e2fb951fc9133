import Foundation
import Nabla
import NablaFormats

typealias Vector = [Double]
typealias Matrix = [Vector]

let tiny = try Network(zero: Topology([4, 3, 2]))
try tiny.setWeights([0.1, -0.2, 0.3, 0.4] + [-0.5, 0.6, 0.7, -0.8] + [0.9, 0.2, -0.4, 0.1], layer: 0)
try tiny.setBiases([0.1, -0.1, 0.2], layer: 0)
try tiny.setWeights([0.5, -0.4, 0.3] + [-0.6, 0.2, 0.7], layer: 1)
try tiny.setBiases([0.1, -0.3], layer: 1)

func parameters(of network: Network) -> (w: [Matrix], b: [Vector]) {
  var w: [Matrix] = [[], []]
  var b: [Vector] = [[], []]
  for (index, layer) in network.topology.layers.enumerated() {
    let numbers = network.weights(layer: index).map(Double.init)
    w.append((0..<layer.outputs).map { j in Vector(numbers[j * layer.inputs..<(j + 1) * layer.inputs]) })
    b.append(network.biases(layer: index).map(Double.init))
  }
  return (w, b)
}

var (w, b) = parameters(of: tiny)
for l in 2..<w.count { print("w^\(l) [\(w[l].count), \(w[l][0].count)]   b^\(l) [\(b[l].count)]") }

func input(pixels: [UInt8], label: Int, classes: Int) -> (x: Vector, y: Vector) {
  let x = pixels.map { Double($0) / 255 }
  let y = (0..<classes).map { $0 == label ? 1.0 : 0.0 }
  return (x, y)
}

func text(_ numbers: Vector) -> String { numbers.map { String(format: "%8.4f", $0 + 0) }.joined() }

let pixels: [UInt8] = [0, 255, 51, 102]
let (x, y) = input(pixels: pixels, label: 1, classes: 2)
print("a^1 =", text(x))
print("y   =", text(y))

func sigma(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

func feedforward(_ x: Vector, w: [Matrix], b: [Vector]) -> (z: [Vector], a: [Vector]) {
  var z = b
  var a = b
  a[1] = x
  for l in 2..<w.count {
    for j in b[l].indices {
      for k in a[l - 1].indices { z[l][j] += w[l][j][k] * a[l - 1][k] }
      a[l][j] = sigma(z[l][j])
    }
  }
  return (z, a)
}

let (z, a) = feedforward(x, w: w, b: b)
for l in 2...3 {
  print("z^\(l) =", text(z[l]))
  print("a^\(l) =", text(a[l]))
}

func sigmaPrime(_ z: Double) -> Double { sigma(z) * (1 - sigma(z)) }

func outputError(z: Vector, a: Vector, y: Vector) -> Vector {
  var delta = a
  for j in a.indices { delta[j] = (a[j] - y[j]) * sigmaPrime(z[j]) }
  return delta
}

let deltaL = outputError(z: z[3], a: a[3], y: y)
print("δ^3 =", text(deltaL))

func backpropagatedErrors(_ deltaL: Vector, w: [Matrix], z: [Vector]) -> [Vector] {
  let last = w.count - 1
  var delta = z
  delta[last] = deltaL
  for l in stride(from: last - 1, through: 2, by: -1) {
    for k in z[l].indices {
      var sum = 0.0
      for j in delta[l + 1].indices { sum += w[l + 1][j][k] * delta[l + 1][j] }
      delta[l][k] = sum * sigmaPrime(z[l][k])
    }
  }
  return delta
}

let delta = backpropagatedErrors(deltaL, w: w, z: z)
print("δ^2 =", text(delta[2]))

func output(a: [Vector], delta: [Vector]) -> (nablaW: [Matrix], nablaB: [Vector]) {
  var nablaW: [Matrix] = [[], []]
  for l in 2..<delta.count {
    nablaW.append(delta[l].map { error in a[l - 1].map { activation in activation * error } })
  }
  return (nablaW, delta)
}

let (nablaW, nablaB) = output(a: a, delta: delta)
for row in nablaW[2] { print("∂C/∂w^2 =", text(row)) }
print("∂C/∂b^2 =", text(nablaB[2]))
for row in nablaW[3] { print("∂C/∂w^3 =", text(row)) }
print("∂C/∂b^3 =", text(nablaB[3]))

func cost(_ a: Vector, _ y: Vector) -> Double {
  var sum = 0.0
  for j in a.indices { sum += (a[j] - y[j]) * (a[j] - y[j]) / 2 }
  return sum
}

let h = 1e-5
var (above, below) = (w, w)
above[2][0][1] += h
below[2][0][1] -= h
let costAbove = cost(feedforward(x, w: above, b: b).a[3], y)
let costBelow = cost(feedforward(x, w: below, b: b).a[3], y)
print(
  String(format: "by moving the weight %.8f, by BP4 %.8f", (costAbove - costBelow) / (2 * h), nablaW[2][0][1])
)

let trace = try tiny.backpropagate(image: pixels, label: 1)

func compare(_ name: String, _ ours: Vector, _ library: [Float]) {
  let difference = zip(ours, library).map { abs($0 - Double($1)) }.max() ?? 0
  print("\(name): \(difference < 1e-6 ? "the same to 1e-6" : "DIFFERENT"), \(ours.count) numbers")
}

compare("BP1, δ^3", delta[3], trace.errors[1])
compare("BP2, δ^2", delta[2], trace.errors[0])
compare("BP3, ∂C/∂b^3", nablaB[3], trace.gradient.biases[1])
compare("BP3, ∂C/∂b^2", nablaB[2], trace.gradient.biases[0])
compare("BP4, ∂C/∂w^3", Vector(nablaW[3].joined()), trace.gradient.weights[1])
compare("BP4, ∂C/∂w^2", Vector(nablaW[2].joined()), trace.gradient.weights[0])

func descend(
  _ w: inout [Matrix], _ b: inout [Vector], eta: Double, m: Double, nablaW: [Matrix], nablaB: [Vector]
) {
  for l in 2..<w.count {
    for j in b[l].indices {
      for k in w[l][j].indices { w[l][j][k] -= eta / m * nablaW[l][j][k] }
      b[l][j] -= eta / m * nablaB[l][j]
    }
  }
}

let before = cost(a[3], y)
descend(&w, &b, eta: 3, m: 1, nablaW: nablaW, nablaB: nablaB)
let after = cost(feedforward(x, w: w, b: b).a[3], y)
print(String(format: "C = %.4f before the step, %.4f after it", before, after))

let sample = try Dataset(images: pixels, labels: [1], imageShape: .init(rows: 2, columns: 2))
let oneStep = TrainingConfiguration(layers: [4, 3, 2], learningRate: 3, epochs: 1, miniBatchSize: 1)
try TrainingSession(network: tiny, training: sample, configuration: oneStep).run()
compare("after one step, w^2", Vector(w[2].joined()), tiny.weights(layer: 0))
compare("after one step, w^3", Vector(w[3].joined()), tiny.weights(layer: 1))

let digits = try DataSource.digits(trainingCount: 6_000).load()
let digit = digits.training.image(at: 0)
for row in stride(from: 4, to: 24, by: 1) {
  print(digit[row * 28 + 4..<row * 28 + 24].map { $0 == 0 ? " ·" : $0 < 128 ? " +" : " #" }.joined())
}
print("label:", digits.training.label(at: 0))

let network = try Network(topology: Topology([784, 30, 10]), seed: 1)
(w, b) = parameters(of: network)
for l in 2..<w.count { print("w^\(l) [\(w[l].count), \(w[l][0].count)]   b^\(l) [\(b[l].count)]") }

func backpropagate(
  pixels: [UInt8], label: Int, w: [Matrix], b: [Vector]
) -> (delta: [Vector], nablaW: [Matrix], nablaB: [Vector]) {
  let (x, y) = input(pixels: pixels, label: label, classes: b[w.count - 1].count)
  let (z, a) = feedforward(x, w: w, b: b)
  let deltaL = outputError(z: z[w.count - 1], a: a[w.count - 1], y: y)
  let delta = backpropagatedErrors(deltaL, w: w, z: z)
  let (nablaW, nablaB) = output(a: a, delta: delta)
  return (delta, nablaW, nablaB)
}

let ours = backpropagate(pixels: digit, label: digits.training.label(at: 0), w: w, b: b)
let theirs = try network.backpropagate(image: digit, label: digits.training.label(at: 0))
compare("BP1, δ^3", ours.delta[3], theirs.errors[1])
compare("BP2, δ^2", ours.delta[2], theirs.errors[0])
compare("BP3, ∂C/∂b^3", ours.nablaB[3], theirs.gradient.biases[1])
compare("BP3, ∂C/∂b^2", ours.nablaB[2], theirs.gradient.biases[0])
compare("BP4, ∂C/∂w^3", Vector(ours.nablaW[3].joined()), theirs.gradient.weights[1])
compare("BP4, ∂C/∂w^2", Vector(ours.nablaW[2].joined()), theirs.gradient.weights[0])

let miniBatch = digits.training[0..<10]
var (sumW, sumB) = (ours.nablaW, ours.nablaB)
for index in 1..<miniBatch.count {
  let next = backpropagate(pixels: miniBatch.image(at: index), label: miniBatch.label(at: index), w: w, b: b)
  for l in 2..<w.count {
    for j in b[l].indices {
      for k in w[l][j].indices { sumW[l][j][k] += next.nablaW[l][j][k] }
      sumB[l][j] += next.nablaB[l][j]
    }
  }
}

let librarySum = try network.gradient(of: miniBatch)
compare("ten digits, ∂C/∂w^2", Vector(sumW[2].joined()), librarySum.weights[0])

descend(&w, &b, eta: 3, m: 10, nablaW: sumW, nablaB: sumB)
let oneBatch = TrainingConfiguration(layers: [784, 30, 10], learningRate: 3, epochs: 1, miniBatchSize: 10)
try TrainingSession(network: network, training: miniBatch, configuration: oneBatch).run()
compare("after ten digits, w^2", Vector(w[2].joined()), network.weights(layer: 0))
compare("after ten digits, b^3", b[3], network.biases(layer: 1))

let configuration = TrainingConfiguration(
  layers: [784, 30, 10], learningRate: 3, epochs: 3, miniBatchSize: 10)
let session = try TrainingSession(training: digits.training, test: digits.test, configuration: configuration)
try session.run { event in
  if case .epochFinished(let result) = event, let test = result.test {
    print("epoch \(result.epoch): \(test.correct) of \(test.total) read right")
  }
}

if let firstTest = digits.test?.image(at: 0) {
  print(text(try session.network.feedforward(firstTest).map(Double.init)))
}
try ModelFile.save(session.network, to: "model.safetensors")
print("parameters:", ModelFile.parametersSHA256(of: session.network).prefix(16))
