import ArgumentParser
import Foundation
import Nabla
import NablaFormats

/// The options of every command that reads a table to learn from.
struct TableArguments: ParsableArguments {
  @OptionGroup var columns: ColumnOptions

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
    parsing: .unconditional,
    help: ArgumentHelp("A column that says how much each sample weighs.", valueName: "column"))
  var weights: String?

  /// What the reader is told.
  var options: TableOptions {
    var options = columns.options
    options.missing = missing ?? .fill
    options.weights = weights
    return options
  }

  /// Throws `CommandFailure` (64) if one of these was typed for pictures, which have none of it.
  func refuseForPictures(_ source: String) throws {
    try columns.refuseForPictures(source)
    try refuse(
      [
        ("--missing", missing != nil), ("--scale \(scale?.rawValue ?? "")", scale != nil && scale != .pixels),
        ("--weights", weights != nil),
      ], forPictures: source)
  }

  private static func missing(_ text: String) throws -> TableOptions.Missing {
    switch text {
    case "fill": return .fill
    case "error": return .refuse
    default: throw Expectation(description: "expected fill or error")
    }
  }
}

/// The options of every command that reads a table, about its columns.
struct ColumnOptions: ParsableArguments {
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
      "What the target is: one of some classes, or a number. (default: as it looks)",
      valueName: "classification|regression"), completion: .list(["classification", "regression"]),
    transform: Self.task)
  var task: TableOptions.Task?

  /// What the reader is told.
  var options: TableOptions {
    var options = TableOptions()
    options.target = target
    options.ignored = ignore ?? []
    options.categorical = categorical ?? []
    options.task = task ?? .automatic
    return options
  }

  /// Throws `CommandFailure` (64) if one of these was typed for pictures, which have none of it.
  func refuseForPictures(_ source: String) throws {
    try refuse(
      [
        ("--target", target != nil), ("--ignore", ignore != nil), ("--categorical", categorical != nil),
        ("--task regression", task == .regression),
      ], forPictures: source)
  }

  /// Reads names with commas, and blanks, between.
  static func names(_ text: String) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard names.allSatisfy({ !$0.isEmpty }) else {
      throw Expectation(description: "expected names of columns with commas between")
    }
    return names
  }

  private static func task(_ text: String) throws -> TableOptions.Task {
    guard let task = TableOptions.Task(rawValue: text), task != .automatic else {
      throw Expectation(description: "expected classification or regression")
    }
    return task
  }
}

extension TableArguments {
  /// Throws `CommandFailure` (64) if a target was typed and the data are pictures; for commands that have no other of
  /// these options.
  static func refuseTarget(_ target: String?, ifPictures data: Dataset, source: String) throws {
    guard !data.isTable else { return }
    try refuse([("--target", target != nil)], forPictures: source)
  }
}

/// Throws `CommandFailure` (64) naming the first of these options that was typed for pictures.
private func refuse(
  _ options: [(name: String, isTyped: Bool)], forPictures source: String
) throws {
  guard let first = options.first(where: \.isTyped) else { return }
  throw CommandFailure(.usage, "\(first.name): expected with a table, found the pictures of \(source)")
}
