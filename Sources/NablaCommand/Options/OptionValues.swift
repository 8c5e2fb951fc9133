/// What an option expects, said by a transform that was given something else.
struct Expectation: Error, CustomStringConvertible {
  let description: String
}

/// Readers of option values, stricter than the standard library's: no 1e3 for a count, no NaN, no 0x10.
enum OptionValue {
  /// Reads decimal digits.
  static func wholeNumber(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
    { text in
      guard isDecimal(text), let value = Int(text), range.contains(value) else {
        let most = range.upperBound == .max ? "\(range.lowerBound) or more" : spoken(range)
        throw Expectation(description: "expected a whole number, \(most)")
      }
      return value
    }
  }

  /// Reads a number with a decimal point; finite as the Float it becomes, and above or from 0.
  static func number(zeroAllowed: Bool) -> @Sendable (String) throws -> Float {
    { text in
      let characters = "0123456789.eE+-"
      guard text.allSatisfy(characters.contains), let value = Float(text), value.isFinite,
        value > 0 || (zeroAllowed && value == 0)
      else {
        throw Expectation(
          description: "expected a number \(zeroAllowed ? "from 0 up" : "above 0"), such as 0.5")
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
    guard isDecimal(text), let value = Int(text), (1...1024).contains(value) else {
      throw Expectation(description: "expected 1 to 1024 or auto")
    }
    return ThreadCount(number: value)
  }

  /// Reads layer sizes: two or more whole numbers from 1 up, with commas between.
  static func layers(_ text: String) throws -> [Int] {
    let sizes = text.split(separator: ",", omittingEmptySubsequences: false).map {
      isDecimal(String($0)) ? Int($0) : nil
    }
    guard sizes.count >= 2, sizes.allSatisfy({ $0.map { (1...Int(Int32.max)).contains($0) } ?? false }) else {
      throw Expectation(description: "expected two or more layer sizes from 1 up, such as 784,30,10")
    }
    return sizes.compactMap(\.self)
  }

  private static func isDecimal(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func spoken(_ range: ClosedRange<Int>) -> String {
    "\(range.lowerBound) to \(range.upperBound)"
  }
}

/// A number of threads; nil lets Nabla choose.
struct ThreadCount: Sendable {
  let number: Int?
}
