import Foundation
import Nabla
import Testing

/// One case of Golden/rules.json: a small network that float64 NumPy trained for 50 mini-batches.
struct RuleGolden: Decodable, Sendable, CustomTestStringConvertible {
  /// What several cases train on.
  struct Problem: Decodable, Sendable {
    struct Parameters: Decodable, Sendable {
      let weights, biases: [[Double]]
    }
    let sizes: [Int]
    let seed: UInt64
    let miniBatchSize, epochs: Int
    let pixels: [[UInt8]]
    let labels: [UInt8]
    /// The first parameters, by the word for the initialization.
    let initial: [String: Parameters]

    func makeData() throws -> Dataset {
      try Dataset(
        images: pixels.flatMap { $0 }, labels: labels, imageShape: .init(rows: 1, columns: sizes[0]),
        classCount: sizes.last)
    }
  }

  /// The index of the problem.
  let problem: Int
  let hidden, output, cost, initialization, rule, schedule: String
  let learningRate, momentum, beta2, epsilon, weightDecay, l2, l1: Float
  let dropout: [Float]
  let weights, biases: [[Double]]
  /// The mean cost of each epoch, with its regularization.
  let costs: [Double]

  private struct File: Decodable {
    let problems: [Problem]
    let cases: [RuleGolden]
  }

  private static let file: File = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/rules.json")
    // A golden that cannot be read must fail every test that needs it, loudly.
    do {
      return try JSONDecoder().decode(File.self, from: Data(contentsOf: file))
    } catch {
      fatalError("\(file.path): \(error)")
    }
  }()

  static var problems: [Problem] { file.problems }
  static var all: [RuleGolden] { file.cases }

  var testDescription: String {
    let regularization = (l2 > 0 ? " l2 \(l2)" : "") + (l1 > 0 ? " l1 \(l1)" : "")
    let masks = dropout.isEmpty ? "" : " dropout \(dropout)"
    return "\(problem): \(hidden) \(output) \(cost) \(rule) \(schedule)\(regularization)\(masks)"
  }

  /// The network with its parameters drawn by this package.
  func makeNetwork() throws -> Network {
    let problem = Self.problems[problem]
    return try Network(
      topology: Topology(
        problem.sizes, hidden: Activation(rawValue: hidden)!, output: Activation(rawValue: output)!),
      cost: Cost(rawValue: cost)!, initialization: Initialization(rawValue: initialization)!,
      seed: problem.seed)
  }

  var configuration: TrainingConfiguration {
    let problem = Self.problems[problem]
    var configuration = TrainingConfiguration()
    configuration.rule = UpdateRule.Kind(rawValue: rule)!.rule(
      momentum: momentum, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    configuration.learningRate = learningRate
    (configuration.l2, configuration.l1, configuration.dropout) = (l2, l1, dropout)
    configuration.schedule = Schedule(schedule)!
    (configuration.epochs, configuration.miniBatchSize) = (problem.epochs, problem.miniBatchSize)
    configuration.seed = problem.seed
    return configuration
  }
}
