import Nabla
import NablaFormats

/// Rows of a table in words: each cell as it stands there, and what a network reads instead.
struct TableRowLines {
  /// As it stands in the table.
  private let table: Dataset
  /// As a network reads it.
  private let encoded: Dataset
  private let targetNames: [String]

  /// Inputs of a category that are shown one by one.
  private static let mostInputs = 8

  /// Learns the scaling on all rows.
  ///
  /// - Precondition: `table` is a table.
  /// - Throws: `NablaError`, as `Dataset.learnedEncoding` does.
  init(
    _ table: Dataset, scaling: FeatureEncoding.Scaling, targetNames: [String]
  ) throws(NablaError) {
    self.table = table
    encoded = try table.encoded(by: table.learnedEncoding(scaling: scaling))
    self.targetNames = targetNames
  }

  /// - Parameter encoded: the same rows, as a model reads them.
  init(_ table: Dataset, encoded: Dataset, targetNames: [String]) {
    (self.table, self.encoded, self.targetNames) = (table, encoded, targetNames)
  }

  /// The target, then a line for each column, the first ones.
  func lines(of row: Int) -> [String] {
    let columns = table.encoding.features?.columns ?? []
    let input = encoded.input(at: row)
    let shown = columns.prefix(TableMeasures.mostColumns)
    let nameWidth = min(24, max(6, shown.map(\.name.onOneLine.count).max() ?? 0))
    func line(_ name: String, _ cell: String, _ input: String) -> String {
      "  " + name.onOneLine.cut(to: nameWidth).padded(to: nameWidth) + "  " + cell.cut(to: 22).padded(to: 22)
        + "  " + input
    }
    var lines = ["row \(row): \(target(of: row))", line("column", "in the table", "as the network reads it")]
    var start = 0
    for (place, column) in shown.enumerated() {
      let inputs = input[start..<start + column.inputCount]
      start += column.inputCount
      lines.append(line(column.name, cell(row, place, column), text(of: inputs, column)))
    }
    let rest = columns.count - shown.count
    if rest > 0 { lines.append("  and \(rest.grouped) more \(rest == 1 ? "column" : "columns")") }
    return lines
  }

  /// What the row is, in words.
  func target(of row: Int) -> String {
    if case .values = table.encoding.target {
      return zip(targetNames, table.values(at: row)).map { "\($0.onOneLine) \(Double($1).sixDigits)" }
        .joined(separator: ", ")
    }
    return
      "\((targetNames.first ?? "class").onOneLine) \(table.encoding.className(table.label(at: row)).onOneLine)"
  }

  private func cell(_ row: Int, _ place: Int, _ column: FeatureColumn) -> String {
    let cell = table.cell(row, place)
    if cell.isNaN { return "(missing)" }
    switch column.kind {
    case .number: return Double(cell).sixDigits
    case .category(let words): return words[Int(cell)].onOneLine
    }
  }

  private func text(of inputs: ArraySlice<Float>, _ column: FeatureColumn) -> String {
    guard column.kind != .number else { return inputs.map { Double($0).fixed(4) }.joined() }
    guard inputs.count > Self.mostInputs else {
      return inputs.map { String(Int($0)) }.joined(separator: " ")
    }
    let place = inputs.firstIndex(of: 1).map { $0 - inputs.startIndex + 1 } ?? 0
    return "1 in input \(place) of \(inputs.count), 0 in the others"
  }
}
