import ArgumentParser
import Nabla

/// The experiments of "Neural Networks and Deep Learning", and exercises of its third chapter; the networks of papers; and
/// the shortest ways we know to an accuracy.
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
  case simard2003 = "simard-2003"
  case ciresan2010Two = "ciresan-2010-2"
  case ciresan2010Six = "ciresan-2010-6"
  case fastest98 = "fastest-98"
  case fastest99 = "fastest-99"
  case best15min = "best-15min"
}

extension Preset: ExpressibleByArgument {
  static var allValueDescriptions: [String: String] {
    Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0.experiment.description) })
  }
}

/// What the book or a paper sets for an experiment; what it does not say has `TrainingConfiguration`'s defaults.
struct Experiment {
  /// One line for the help.
  let description: String
  let configuration: TrainingConfiguration
  /// Train on so many samples only; nil for all.
  var limit: Int?
  /// Whether MNIST's last 10,000 training samples are held out for validation, unless other ones are typed.
  var holdsOut = true
  /// When the test set is measured.
  var testTime = TestTime.epoch
  /// What its source prints; nil where it gives no number.
  var published: PublishedResult?
}

/// The best accuracy that is printed for an experiment.
struct PublishedResult {
  /// Where it is printed.
  let source: String
  /// The share of digits read, 0 ... 1.
  let accuracy: Double
  let isValidation: Bool

  /// The set it was measured on, in a word.
  var set: String { isValidation ? "validation" : "test" }

  static func test(_ percent: Double, in source: String = "The book, chapter 3") -> PublishedResult {
    PublishedResult(source: source, accuracy: percent / 100, isValidation: false)
  }

  static func validation(_ percent: Double) -> PublishedResult {
    PublishedResult(source: "The book, chapter 3", accuracy: percent / 100, isValidation: true)
  }
}
