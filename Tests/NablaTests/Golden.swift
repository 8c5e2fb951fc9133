import Foundation
import Nabla
import Testing

/// One case of Golden/backpropagation.json: a small network as float64 NumPy computes it.
struct Golden: Decodable, Sendable, CustomTestStringConvertible {
  struct First: Decodable, Sendable {
    let activations, weightedInputs, errors, nablaW, nablaB: [[Double]]
  }
  let sizes: [Int]
  let cost, initialization: String
  let seed: UInt64
  let miniBatchSize: Int
  let learningRate, regularization: Float
  let epochs: Int
  let pixels: [[UInt8]]
  let labels: [UInt8]
  let order: [Int]
  let weights, biases: [[Double]]
  let first: First
  let firstCost: Double
  let gradientW, gradientB: [[Double]]
  let meanCost: Double
  let trainedWeights, trainedBiases: [[Double]]
  let trainingCosts: [Double]

  static let all: [Golden] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/backpropagation.json")
    // A golden that cannot be read must fail every test that needs it, loudly.
    do {
      return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    } catch {
      fatalError("\(file.path): \(error)")
    }
  }()

  var testDescription: String { "\(sizes) \(cost) \(initialization)" }

  /// The network with its parameters drawn by this package.
  func makeNetwork() throws -> Network {
    try Network(
      topology: Topology(sizes), cost: Cost(rawValue: cost)!,
      initialization: Initialization(rawValue: initialization)!, seed: seed)
  }

  func makeData() throws -> Dataset {
    try Dataset(
      images: pixels.flatMap { $0 }, labels: labels, imageShape: .init(rows: 1, columns: sizes[0]),
      classCount: sizes.last)
  }

  var configuration: TrainingConfiguration {
    TrainingConfiguration(
      learningRate: learningRate, l2: regularization, miniBatchSize: miniBatchSize, seed: seed)
  }
}

/// The largest difference between two lists, relative to the largest expected value.
func relativeDifference(_ found: [[Float]], _ expected: [[Double]]) -> Double {
  guard found.map(\.count) == expected.map(\.count) else { return .infinity }
  var worst = 0.0
  for (found, expected) in zip(found, expected) {
    let scale = expected.map(abs).max() ?? 0
    for (f, e) in zip(found, expected) { worst = max(worst, abs(Double(f) - e) / max(scale, 1e-30)) }
  }
  return worst
}
