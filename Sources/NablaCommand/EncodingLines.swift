import Nabla
import NablaFormats

/// What a model's inputs and outputs mean, in words.
struct EncodingLines {
  private let encoding: DataEncoding

  /// Columns that people see; `--json` has all.
  private static let mostColumns = 30

  init(_ encoding: DataEncoding) { self.encoding = encoding }

  /// A row for each column of the table, then the classes or the real targets; none for pictures whose classes are
  /// called by their numbers.
  var lines: [String] { columnLines + targetLines }

  private var columnLines: [String] {
    guard let features = encoding.features else { return [] }
    let shown = Array(zip(features.columns, features.numbers).prefix(Self.mostColumns))
    let width = Self.width(shown.map(\.0.name))
    var lines = [
      "",
      Self.row("column", width, ["offset", "factor", "fill"]) + "  scaling \(features.scaling.rawValue)",
    ]
    for (column, numbers) in shown {
      switch column.kind {
      case .number:
        lines.append(
          Self.row(column.name, width, [numbers.offset, numbers.factor, numbers.fill].map(Self.text)))
      case .category(let words):
        let fill =
          words.indices.contains(Int(numbers.fill)) ? words[Int(numbers.fill)].onOneLine.cut(to: 13) : ""
        let start = Self.row(column.name, width, ["-", "-", fill]) + "  "
        lines.append(start + words.map(\.onOneLine).joined(separator: ", ").cut(to: 80 - start.count))
      }
    }
    let rest = features.columns.count - shown.count
    if rest > 0 {
      lines.append("and \(rest.grouped) more \(rest == 1 ? "column" : "columns"); --json prints all")
    }
    return lines
  }

  private var targetLines: [String] {
    switch encoding.target {
    case .classes(let names):
      guard !names.isEmpty else { return [] }
      let shown = names.prefix(Self.mostColumns).map(\.onOneLine)
      let rest = names.count - shown.count
      return [""] + (shown + (rest > 0 ? ["and \(rest.grouped) more"] : [])).listed(after: "classes    ")
    case .values(let values):
      let width = Self.width(values.map(\.name))
      return ["", Self.row("target", width, ["offset", "factor"])]
        + values.map { Self.row($0.name, width, [$0.offset, $0.factor].map(Self.text)) }
    }
  }

  private static func text(_ number: Float) -> String { Double(number).sixDigits }

  private static func width(_ names: [String]) -> Int {
    min(24, max(6, names.map(\.onOneLine.count).max() ?? 0))
  }

  private static func row(_ name: String, _ width: Int, _ cells: [String]) -> String {
    "  " + name.onOneLine.cut(to: width).padded(to: width)
      + cells.map { $0.padded(to: 14, right: true) }.joined()
  }
}
