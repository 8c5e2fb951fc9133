import Foundation
import Nabla
import Testing

/// Golden/metrics.json: outputs, labels and targets, and scikit-learn's numbers for them.
struct MetricsGolden: Decodable, Sendable {
  struct Scores: Decodable, Sendable {
    let precision, recall, f1: [Double]
  }

  struct Classification: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let classes: Int
    let outputs: [Float]
    let labels: [UInt16]
    let accuracy, matthews: Double
    let perClass, macro, weighted: Scores
    let support: [Int]
    let confusion: [[Int]]
    let topK: [String: Double]
    let kappa, logLoss, calibrationError, rocAUC: Double?

    var testDescription: String { name }

    func measured() throws -> ClassificationMetrics {
      try ClassificationMetrics(outputs: outputs.span, labels: labels.span, classCount: classes)
    }
  }

  struct Errors: Decodable, Sendable {
    let meanSquared, rootMeanSquared, meanAbsolute, medianAbsolute, largest: [Double]
    let rSquared: [Double?]
  }

  struct Regression: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let outputs: Int
    let predictions, targets: [Float]
    let each, mean: Errors

    var testDescription: String { name }
  }

  let classification: [Classification]
  let regression: [Regression]

  static let all: MetricsGolden = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/metrics.json")
    // A golden that cannot be read must fail every test that needs it, loudly.
    do {
      return try JSONDecoder().decode(MetricsGolden.self, from: Data(contentsOf: file))
    } catch {
      fatalError("\(file.path): \(error)")
    }
  }()
}
