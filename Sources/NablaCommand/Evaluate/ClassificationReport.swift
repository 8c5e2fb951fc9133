import Nabla
import NablaFormats

/// What `nabla evaluate` says about classes, in words and as JSON.
package struct ClassificationReport {
  let metrics: ClassificationMetrics
  /// A name for each class, fit for one line of a terminal.
  let names: [String]
  private let classNames: [String]

  /// - Parameter classNames: a name for each class, as the data has it.
  package init(_ metrics: ClassificationMetrics, classNames: [String]) {
    precondition(classNames.count == metrics.classes.count, "a name for each class")
    self.metrics = metrics
    self.classNames = classNames
    names = classNames.map(\.onOneLine)
  }

  // MARK: in words

  /// Right answers, of how many.
  package func firstLine(set: String, cost: Double?) -> String {
    "\(set) set: \(metrics.correct) / \(metrics.count) right (\(metrics.accuracy.percent))"
      + (cost.map { ", cost \($0.fixed(4))" } ?? "")
  }

  /// One line with the numbers that the accuracy does not tell, and one with the means over classes.
  package var summaryLines: [String] {
    let top = metrics.topK.filter { $0.k > 1 }.map { "top-\($0.k) \($0.accuracy.percent)" }
    let ranking =
      [metrics.logLoss.map { "log-loss \($0.fixed(4))" }] + top
      + [metrics.rocAUC.map { "ROC AUC \($0.fixed(4))" }]
    let means = [
      "macro F1 \(metrics.macro.f1.fixed(4))",
      metrics.calibrationError.map { "calibration error \($0.fixed(4))" },
    ]
    return [ranking, means].map { $0.compactMap(\.self).joined(separator: ", ") }.filter { !$0.isEmpty }
  }

  /// The most classes that stand in a table.
  package static let longestTable = 30
  /// How many of more classes do.
  static let worstShown = 10

  /// A row for each class, the worst ten where there are many, and the means.
  ///
  /// - Parameter width: columns of the terminal; long names are cut to fit.
  package func perClassLines(width: Int) -> [String] {
    var shown = Array(names.indices)
    var lines: [String] = []
    if shown.count > Self.longestTable {
      shown = shown.filter { metrics.support[$0] > 0 }
        .sorted { (metrics.classes[$0].f1, $0) < (metrics.classes[$1].f1, $1) }
      shown = Array(shown.prefix(Self.worstShown))
      lines.append("\(shown.count) of \(names.count) classes, those with the lowest F1; --json has all")
    }
    let headings = ["precision", "recall", "F1", "support"]
    let columns = [11, 9, 9, 10]
    let means = [("macro", metrics.macro), ("weighted", metrics.weighted)]
    let room = max(8, width - columns.reduce(0, +) - 1)
    let nameWidth = min(room, (shown.map { names[$0].count } + means.map(\.0.count)).max() ?? 0)
    func row(_ name: String, _ cells: [String]) -> String {
      " " + name.cut(to: nameWidth).padded(to: nameWidth)
        + zip(cells, columns).map { $0.padded(to: $1, right: true) }.joined()
    }
    func cells(_ scores: ClassificationMetrics.Scores, _ support: Int) -> [String] {
      [scores.precision.fixed(4), scores.recall.fixed(4), scores.f1.fixed(4), support.grouped]
    }
    lines.append(row("class", headings))
    lines += shown.map { row(names[$0], cells(metrics.classes[$0], metrics.support[$0])) }
    lines.append(" " + String(repeating: "─", count: nameWidth + columns.reduce(0, +)))
    return lines + means.map { row($0.0, cells($0.1, metrics.count)) }
  }

  // MARK: as JSON

  /// The members of the JSON object, in their order.
  func jsonMembers(set: String, cost: Double?) -> [(String, JSON)] {
    [
      ("set", .string(set)),
      ("correct", .integer(metrics.correct)),
      ("total", .integer(metrics.count)),
      ("accuracy", .number(metrics.accuracy)),
      ("cost", cost.json),
      ("log_loss", metrics.logLoss.json),
      ("top_k", .object(metrics.topK.map { ("\($0.k)", .number($0.accuracy)) })),
      ("roc_auc", metrics.rocAUC.json),
      ("calibration_error", metrics.calibrationError.json),
      ("matthews_correlation", .number(metrics.matthewsCorrelation)),
      ("cohen_kappa", metrics.cohenKappa.json),
      ("macro", .object(metrics.macro.jsonMembers)),
      ("weighted", .object(metrics.weighted.jsonMembers)),
      (
        "classes",
        .array(
          classNames.indices.map { index in
            .object(
              [("name", .string(classNames[index]))] + metrics.classes[index].jsonMembers
                + [("support", .integer(metrics.support[index]))])
          })
      ),
      ("class_names", .array(classNames.map(JSON.string))),
      ("confusion", .array(metrics.confusion.map(JSON.integers))),
    ]
  }

  /// The JSON object.
  package func json(set: String, cost: Double?) -> String {
    JSON.object(jsonMembers(set: set, cost: cost)).description
  }
}

extension ClassificationMetrics.Scores {
  fileprivate var jsonMembers: [(String, JSON)] {
    [("precision", .number(precision)), ("recall", .number(recall)), ("f1", .number(f1))]
  }
}

extension Double? {
  /// The number, or null.
  var json: JSON { map { .number($0) } ?? .null }
}

extension String {
  /// The text, or its beginning and "…" where it has more than `width` characters.
  func cut(to width: Int) -> String { count > width ? prefix(max(0, width - 1)) + "…" : self }
}
