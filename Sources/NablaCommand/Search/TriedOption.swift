import ArgumentParser
import Foundation
import Nabla

/// An option of `nabla train` and the values that a search tries: `--try learning-rate=log:0.01..3`.
struct TriedOption: Sendable {
  enum Values: Sendable {
    case list([String])
    case range(ValueRange)
  }

  /// Its long name, without the dashes.
  let name: String
  let values: Values

  /// What decides which samples are trained on and measured, and what every run would overwrite or print.
  private static let untried: Set<String> = [
    "data", "max-bytes", "test", "test-at", "validation", "limit", "target", "ignore", "categorical",
    "missing", "task", "weights", "preset", "best-by", "seed", "threads", "ranks", "checkpoint",
    "checkpoint-every", "resume", "allow-changes", "output", "log", "report", "profile", "serve", "port",
    "host", "json", "quiet", "help", "version",
  ]

  /// Reads what was typed after `--try`.
  ///
  /// - Throws: `CommandFailure` (64), also for a value that `nabla train` refuses whatever stands beside it.
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0].hasPrefix("--") ? String(parts[0].dropFirst(2)) : parts[0]
    guard parts.count == 2, !name.isEmpty else {
      throw CommandFailure(
        .usage, "--try: expected OPTION=VALUES, such as learning-rate=log:0.01..3, found '\(text)'")
    }
    guard !Self.untried.contains(name) else {
      throw CommandFailure(
        .usage,
        "--try \(name): expected an option of the network, its update, regularization or run; "
          + "samples, seed and output are the same in all trials")
    }
    self.name = name
    values = try Self.values(parts[1], of: name)
    switch values {
    case .list(let texts): for value in texts { try Self.check(value, of: name) }
    case .range(let range): for value in range.ends { try Self.check(value, of: name) }
    }
  }

  private static func values(_ text: String, of name: String) throws -> Values {
    let isLogarithmic = text.hasPrefix("log:")
    let form = isLogarithmic ? String(text.dropFirst(4)) : text
    if let dots = form.range(of: ".."), !form.contains("|") {
      let ends = [String(form[..<dots.lowerBound]), String(form[dots.upperBound...])]
      let numbers = ends.compactMap(OptionValue.decimalFraction)
      if numbers.count == 2 {
        guard numbers[0] < numbers[1], numbers[0] > 0 || !isLogarithmic else {
          let least = isLogarithmic ? "numbers above 0, the smaller one first" : "the smaller number first"
          throw CommandFailure(.usage, "--try \(name): expected \(least), found '\(text)'")
        }
        let isWhole =
          ends.allSatisfy { Int($0) != nil } && (try? check(ends[0] + ".5", of: name)) == nil
        return .range(ValueRange(ends: ends, isLogarithmic: isLogarithmic, isWhole: isWhole))
      }
    }
    guard !isLogarithmic else {
      throw CommandFailure(.usage, "--try \(name): expected log:A..B with two numbers, found '\(text)'")
    }
    let list = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard list.allSatisfy({ !$0.isEmpty }) else {
      throw CommandFailure(
        .usage, "--try \(name): expected values A|B|C, a range A..B or log:A..B, found '\(text)'")
    }
    return .list(list)
  }

  /// Throws if `nabla train` does not understand the value.
  private static func check(_ value: String, of name: String) throws {
    do {
      _ = try TrainCommand.parse(["--\(name)", value])
    } catch {
      let message = UsageMessage.reworded(TrainCommand.message(for: error))
      throw CommandFailure(
        .usage, message.hasPrefix("--\(name):") ? "--try " + message.dropFirst(2) : "--try: \(message)")
    }
  }

  /// Draws one of the values. Takes one number of `random`, whatever the values are.
  func draw(_ random: inout Philox) -> String {
    let share = random.uniform()
    switch values {
    case .list(let texts): return texts[min(texts.count - 1, Int(share * Double(texts.count)))]
    case .range(let range): return range.value(at: share)
    }
  }

  /// Its values; nil for a range.
  var list: [String]? { if case .list(let values) = values { values } else { nil } }
}

/// Numbers between two others.
struct ValueRange: Sendable {
  /// The smallest and the largest, as they were typed.
  let ends: [String]
  let isLogarithmic: Bool
  /// Whether the option takes whole numbers only.
  let isWhole: Bool

  /// The number that so large a share (0 ..< 1) of the range lies below, as people write it: with three digits that
  /// count, or all those of a whole number.
  func value(at share: Double) -> String {
    let (least, largest) = (Double(ends[0]) ?? 0, Double(ends[1]) ?? 0)
    var value: Double
    if isLogarithmic {
      // The system's functions may differ in the last bit; three digits hide it.
      value = exp(log(least) + share * (log(largest) - log(least)))
      if isWhole { value = value.rounded() }
    } else {
      value =
        isWhole ? least + (share * (largest - least + 1)).rounded(.down) : least + share * (largest - least)
    }
    if !isWhole { value = Double(String(format: "%.3g", value)) ?? value }
    if value <= least { return ends[0] }
    if value >= largest { return ends[1] }
    let text = "\(value)"
    return isWhole ? "\(Int(value))" : text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
