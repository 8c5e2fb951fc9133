import ArgumentParser
import Nabla

/// The experiments of "Neural Networks and Deep Learning", and exercises of its third chapter.
enum Preset: String, CaseIterable {
  case book1a = "book-1a"
  case book1b = "book-1b"
  case book3a = "book-3a"
  case book3b = "book-3b"
  case book3c = "book-3c"
  case book3d = "book-3d"
  case book3e = "book-3e"
  case book3f = "book-3f"
  case book3g = "book-3g"
  case book3h = "book-3h"
  case book3i = "book-3i"
  case book3j = "book-3j"
  case book3k = "book-3k"
  case book3l = "book-3l"
  case book3m = "book-3m"
  case book3n = "book-3n"
}

extension Preset: ExpressibleByArgument {
  static var allValueDescriptions: [String: String] {
    Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0.experiment.description) })
  }
}

/// What the book sets for an experiment; what it does not say has `TrainingConfiguration`'s defaults.
struct Experiment {
  /// One line for the help.
  let description: String
  let configuration: TrainingConfiguration
  /// Train on so many samples only; nil for all.
  var limit: Int?
  /// What the book prints; nil where it gives no number.
  var published: PublishedResult?
}

/// The best accuracy that the book prints for an experiment.
struct PublishedResult {
  /// Where the book tells of it.
  let chapter: String
  /// The share of digits read, 0 ... 1.
  let accuracy: Double
  let isValidation: Bool

  /// The set it was measured on, in a word.
  var set: String { isValidation ? "validation" : "test" }

  static func test(_ percent: Double, chapter: Int = 3) -> PublishedResult {
    PublishedResult(chapter: "chapter \(chapter)", accuracy: percent / 100, isValidation: false)
  }

  static func validation(_ percent: Double) -> PublishedResult {
    PublishedResult(chapter: "chapter 3", accuracy: percent / 100, isValidation: true)
  }
}
