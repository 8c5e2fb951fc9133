import Nabla
import NablaFormats

/// What `nabla evaluate` says about real targets, in words and as JSON, in the targets' units.
package struct RegressionReport {
  private let metrics: RegressionMetrics
  private let targetNames: [String]

  /// - Parameter targetNames: a name for each output, as the data has it.
  package init(_ metrics: RegressionMetrics, targetNames: [String]) {
    precondition(targetNames.count == metrics.outputs.count, "a name for each output")
    self.metrics = metrics
    self.targetNames = targetNames
  }

  /// How far predictions are from targets on average.
  package func firstLine(set: String, cost: Double?) -> String {
    let mean = metrics.mean
    return
      ([
        "\(set) set: \(metrics.count.grouped) \(metrics.count == 1 ? "sample" : "samples"), RMSE \(mean.rootMeanSquared.short)",
        "MAE \(mean.meanAbsolute.short)",
      ] + (mean.rSquared.map { ["R² \($0.short)"] } ?? []) + (cost.map { ["cost \($0.fixed(4))"] } ?? []))
      .joined(separator: ", ")
  }

  /// The median and largest error.
  package var summaryLines: [String] {
    ["median error \(metrics.mean.medianAbsolute.short), largest \(metrics.mean.largest.short)"]
  }

  /// A row for each output, and their mean.
  ///
  /// - Parameter width: columns of the terminal; long names are cut to fit.
  package func perTargetLines(width: Int) -> [String] {
    let column = 12
    let headings = ["RMSE", "MAE", "median", "largest", "R²"]
    let names = targetNames.map(\.onOneLine)
    let room = max(8, width - column * headings.count - 1)
    let nameWidth = min(room, max(6, names.map(\.count).max() ?? 0))
    func row(_ name: String, _ cells: [String]) -> String {
      " " + name.cut(to: nameWidth).padded(to: nameWidth)
        + cells.map { $0.padded(to: column, right: true) }.joined()
    }
    func row(_ name: String, _ errors: RegressionMetrics.Errors) -> String {
      row(
        name,
        [errors.rootMeanSquared, errors.meanAbsolute, errors.medianAbsolute, errors.largest].map(\.short)
          + [errors.rSquared?.short ?? "-"])
    }
    let rows = zip(names, metrics.outputs).map { row($0, $1) }
    let rule = " " + String(repeating: "─", count: nameWidth + column * headings.count)
    return [row("target", headings)] + rows + (rows.count > 1 ? [rule, row("mean", metrics.mean)] : [])
  }

  /// The members of the JSON object, in their order.
  func jsonMembers(set: String, cost: Double?) -> [(String, JSON)] {
    [("set", .string(set)), ("total", .integer(metrics.count))] + metrics.mean.jsonMembers
      + [
        ("cost", cost.json),
        (
          "targets",
          .array(
            zip(targetNames, metrics.outputs).map { .object([("name", .string($0))] + $1.jsonMembers) })
        ),
      ]
  }

  /// The JSON object.
  package func json(set: String, cost: Double?) -> String {
    JSON.object(jsonMembers(set: set, cost: cost)).description
  }
}

extension RegressionMetrics.Errors {
  fileprivate var jsonMembers: [(String, JSON)] {
    [
      ("rmse", .number(rootMeanSquared)), ("mse", .number(meanSquared)), ("mae", .number(meanAbsolute)),
      ("median_absolute_error", .number(medianAbsolute)), ("max_error", .number(largest)),
      ("r2", rSquared.json),
    ]
  }
}
