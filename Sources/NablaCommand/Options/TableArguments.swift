import ArgumentParser
import Nabla
import NablaFormats

/// The options of every command that reads a table to learn from.
struct TableArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The column to learn, by name or number; several, with commas between, are learned as numbers. (default: one \
      named label, class, target, y or species, else the last)
      """, valueName: "column"))
  var target: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Columns to leave out.", valueName: "columns"), transform: Self.names)
  var ignore: [String]?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Columns whose cells are words, an input each. (default: those with words in them)",
      valueName: "columns"),
    transform: Self.names)
  var categorical: [String]?

  @Option(
    help: ArgumentHelp(
      "Empty cells, NA, NaN and ?: filled with the column's median, or an error. (default: fill)",
      valueName: "fill|error"), completion: .list(["fill", "error"]),
    transform: Self.missing)
  var missing: TableOptions.Missing?

  @Option(
    help: ArgumentHelp(
      """
      How numbers become inputs: mean 0 and deviation 1; 0 to 1; divided by 255; or as they are. Learned on the \
      training samples. (default: standard for tables, pixels for pictures)
      """, valueName: FeatureEncoding.Scaling.allCases.words),
    completion: .list(FeatureEncoding.Scaling.allCases.map(\.rawValue)),
    transform: OptionValue.choice(FeatureEncoding.Scaling.allCases))
  var scale: FeatureEncoding.Scaling?

  @Option(
    help: ArgumentHelp(
      "What the target is: one of some classes, or a number. (default: as it looks)",
      valueName: "classification|regression"), completion: .list(["classification", "regression"]),
    transform: Self.task)
  var task: TableOptions.Task?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A column that says how much each sample weighs.", valueName: "column"))
  var weights: String?

  /// What the reader is told.
  var options: TableOptions {
    var options = TableOptions()
    options.target = target
    options.ignored = ignore ?? []
    options.categorical = categorical ?? []
    options.missing = missing ?? .fill
    options.task = task ?? .automatic
    options.weights = weights
    return options
  }

  /// Throws `CommandFailure` (64) if one of these was typed for pictures, which have none of it.
  func refuseForPictures(_ source: String) throws {
    let typed: [(option: String, isTyped: Bool)] = [
      ("--target", target != nil), ("--ignore", ignore != nil), ("--categorical", categorical != nil),
      ("--missing", missing != nil), ("--scale \(scale?.rawValue ?? "")", scale != nil && scale != .pixels),
      ("--task regression", task == .regression), ("--weights", weights != nil),
    ]
    guard let first = typed.first(where: \.isTyped) else { return }
    throw CommandFailure(.usage, "\(first.option): expected with a table, found the pictures of \(source)")
  }

  /// Reads names with commas between.
  static func names(_ text: String) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.allSatisfy({ !$0.isEmpty }) else {
      throw Expectation(description: "expected names of columns with commas between")
    }
    return names
  }

  private static func missing(_ text: String) throws -> TableOptions.Missing {
    switch text {
    case "fill": return .fill
    case "error": return .refuse
    default: throw Expectation(description: "expected fill or error")
    }
  }

  private static func task(_ text: String) throws -> TableOptions.Task {
    guard let task = TableOptions.Task(rawValue: text), task != .automatic else {
      throw Expectation(description: "expected classification or regression")
    }
    return task
  }
}
