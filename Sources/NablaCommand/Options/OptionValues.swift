import Nabla

/// What an option expects, said by a transform that was given something else.
struct Expectation: Error, CustomStringConvertible {
  let description: String
}

/// The options of a training run: limits and defaults are read there, not repeated here.
typealias Setting = TrainingConfiguration.Options

/// Readers of option values, stricter than the standard library's: no 1e3 for a count, no NaN, no 0x10.
enum OptionValue {
  /// Reads decimal digits.
  static func wholeNumber(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
    { text in
      guard let value = decimal(text), range.contains(value) else {
        let most =
          range.upperBound == .max
          ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
        throw Expectation(description: "expected a whole number, \(most)")
      }
      return value
    }
  }

  /// Reads decimal digits, as an option of a training run allows them.
  static func wholeNumber(_ option: TrainingOption<Int>) -> @Sendable (String) throws -> Int {
    { text in
      guard let value = decimal(text), option.allows(value) else {
        throw Expectation(description: "expected a whole number, \(option.expected)")
      }
      return value
    }
  }

  /// Reads a number with a decimal point, as an option of a training run allows it.
  static func number(_ option: TrainingOption<Float>) -> @Sendable (String) throws -> Float {
    { text in
      guard let value = decimalFraction(text), option.allows(value) else {
        throw Expectation(description: "expected \(option.expected), such as 0.5")
      }
      return value
    }
  }

  /// Reads one of some words.
  ///
  /// - Parameter known: words that are understood although they are not expected here, so that the library can
  ///   say why not; nil if there are none.
  static func choice<Value: RawRepresentable<String> & Sendable>(
    _ expected: [Value], among known: [Value]? = nil
  ) -> @Sendable (String) throws -> Value {
    { text in
      guard let value = (known ?? expected).first(where: { $0.rawValue == text }) else {
        throw Expectation(description: "expected \(expected.map(\.rawValue).inWords)")
      }
      return value
    }
  }

  /// Reads a seed: 0 to 2^64 - 1.
  static func seed(_ text: String) throws -> UInt64 {
    guard isDecimal(text), let value = UInt64(text) else {
      throw Expectation(description: "expected a whole number, 0 to \(UInt64.max)")
    }
    return value
  }

  /// Reads a number of threads; `auto` is nil, wrapped so that ArgumentParser can tell it from "not given".
  static func threads(_ text: String) throws -> ThreadCount {
    if text == "auto" { return ThreadCount(number: nil) }
    guard let value = decimal(text), Setting.threads.allows(value) else {
      throw Expectation(description: "expected \(Setting.threads.expected) or auto")
    }
    return ThreadCount(number: value)
  }

  /// Reads layer sizes: two or more whole numbers from 1 up, with commas between.
  static func layers(_ text: String) throws -> [Int] {
    let sizes = list(text, decimal)
    guard let sizes, Setting.layers.allows(sizes) else {
      throw Expectation(
        description: "expected \(Setting.layers.expected), such as \(Setting.layers.standard)")
    }
    return sizes
  }

  /// Reads the sizes of hidden layers, with commas between.
  static func hiddenSizes(_ text: String) throws -> [Int] {
    guard let sizes = list(text, decimal), Setting.layers.allows([1] + sizes) else {
      throw Expectation(description: "expected one or more sizes from 1 up, such as 100 or 100,50")
    }
    return sizes
  }

  /// Reads dropout's shares, with commas between.
  static func shares(_ text: String) throws -> [Float] {
    let shares = list(text, decimalFraction)
    guard let shares, shares.allSatisfy(Setting.dropout.allows) else {
      throw Expectation(description: "expected \(Setting.dropout.expected), or several, such as 0.2,0.5")
    }
    return shares
  }

  /// Reads a schedule: a word, and numbers behind colons.
  static func schedule(_ text: String) throws -> Schedule {
    guard text.allSatisfy({ $0.isASCII && $0 != "+" }), let schedule = Schedule(text) else {
      throw Expectation(description: "expected \(Schedule.forms.inWords)")
    }
    var configuration = TrainingConfiguration()
    configuration.schedule = schedule
    do {
      try configuration.validate()
    } catch {
      guard case .invalidSetting(_, let expected, _) = error else { throw error }
      throw Expectation(description: "expected \(expected)")
    }
    return schedule
  }

  /// Reads how pictures are distorted.
  static func augmentation(_ text: String) throws -> Augmentation {
    do throws(NablaError) {
      return try Augmentation(parsing: text)
    } catch {
      guard case .invalidSetting(_, let expected, _) = error else { throw error }
      throw Expectation(description: "expected \(expected)")
    }
  }

  /// Reads a share in percent: "15%" is 0.15; nil for anything but a number above 0 and below 100.
  static func percentage(_ text: String) -> Double? {
    guard text.hasSuffix("%"), let value = decimalFraction(String(text.dropLast())), value > 0, value < 100
    else { return nil }
    return Double(value) / 100
  }

  /// Reads values with commas between; nil if one of them cannot be read.
  private static func list<Value>(_ text: String, _ read: (String) -> Value?) -> [Value]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { read(String($0)) }
    return values.count == parts.count ? values : nil
  }

  static func decimal(_ text: String) -> Int? { isDecimal(text) ? Int(text) : nil }

  /// Reads a finite number as people write them: no hexadecimal, no "inf".
  static func decimalFraction(_ text: String) -> Float? {
    guard text.allSatisfy("0123456789.eE+-".contains), let value = Float(text), value.isFinite else {
      return nil
    }
    return value
  }

  private static func isDecimal(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

/// A number of threads; nil lets Nabla choose.
struct ThreadCount: Sendable {
  let number: Int?
}

extension Schedule {
  /// What people type after `--schedule`.
  static let forms = [
    "constant", "step:E:F", "exponential:F", "cosine[:FLOOR]", "one-cycle[:WARMUP]", "halving:N[:TIMES]",
  ]
}

extension [String] {
  /// "a, b or c".
  var inWords: String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " or " + last
  }
}

extension Array where Element: RawRepresentable<String> {
  /// "a|b|c", for the help.
  var words: String { map(\.rawValue).joined(separator: "|") }
}
