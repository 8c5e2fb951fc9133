import ArgumentParser
import Nabla

/// The experiments of "Neural Networks and Deep Learning" whose figures a reader can check.
enum Preset: String, CaseIterable, ExpressibleByArgument {
  case book1a = "book-1a"
  case book1b = "book-1b"
  case book3a = "book-3a"
  case book3b = "book-3b"
  case book3c = "book-3c"

  /// What the book sets for this experiment; what it does not say stands in `TrainingPlan`'s defaults.
  var plan: TrainingPlan {
    var plan = TrainingPlan()
    plan.initialization = .large
    switch self {
    case .book1a: plan.layers = [784, 30, 10]
    case .book1b: plan.layers = [784, 100, 10]
    case .book3a:
      plan.layers = [784, 30, 10]
      (plan.cost, plan.learningRate, plan.regularization) = (.crossEntropy, 0.5, 5)
    case .book3b:
      plan.layers = [784, 100, 10]
      (plan.cost, plan.learningRate, plan.regularization) = (.crossEntropy, 0.5, 5)
    case .book3c:
      plan.layers = [784, 100, 10]
      (plan.cost, plan.learningRate, plan.regularization) = (.crossEntropy, 0.1, 5)
      plan.epochs = 60
    }
    return plan
  }

  /// Where the book tells of it, the best accuracy it prints, and on which set that was measured.
  var published: PublishedResult {
    switch self {
    case .book1a: PublishedResult(chapter: "chapter 1", accuracy: 0.9542, isValidation: false)
    case .book1b: PublishedResult(chapter: "chapter 1", accuracy: 0.9659, isValidation: false)
    case .book3a: PublishedResult(chapter: "chapter 3", accuracy: 0.9649, isValidation: false)
    case .book3b: PublishedResult(chapter: "chapter 3", accuracy: 0.9792, isValidation: true)
    case .book3c: PublishedResult(chapter: "chapter 3", accuracy: 0.9804, isValidation: true)
    }
  }
}

/// An accuracy that the book prints.
struct PublishedResult {
  let chapter: String
  /// The share of digits read, 0 ... 1.
  let accuracy: Double
  let isValidation: Bool

  /// The set it was measured on, in a word.
  var set: String { isValidation ? "validation" : "test" }
}

/// What a training run is to do: the defaults, under a preset's values, under what was typed.
struct TrainingPlan {
  /// nil: as many inputs and outputs as the data needs, with 30 hidden neurons between.
  var layers: [Int]?
  var epochs = 30
  var miniBatchSize = 10
  /// nil: 3 for the quadratic cost, 0.5 for cross-entropy, as in the book.
  var learningRate: Float?
  var regularization: Float = 0
  var cost = Cost.quadratic
  var initialization = Initialization.normalized
  var seed: UInt64 = 1

  var usedLearningRate: Float { learningRate ?? cost.defaultLearningRate }
}

extension Cost {
  fileprivate var defaultLearningRate: Float {
    switch self {
    case .quadratic: 3
    case .crossEntropy, .logLikelihood: 0.5
    }
  }
}

extension Cost: ExpressibleByArgument {}
extension Initialization: ExpressibleByArgument {}
