/// A matrix of counts as coloured cells with their numbers: a confusion matrix.
package struct HeatMap: Sendable {
  /// values[row][column]; negative ones count as 0.
  package var values: [[Int]]
  package var rowNames, columnNames: [String]
  /// What rows and columns are.
  package var rowTitle, columnTitle: String
  /// What it shows, for those who do not see it.
  package var description: String

  package init(
    values: [[Int]], rowNames: [String], columnNames: [String], rowTitle: String, columnTitle: String,
    description: String
  ) {
    precondition(values.count == rowNames.count, "a name for each row")
    precondition(values.allSatisfy { $0.count == columnNames.count }, "a name for each column")
    (self.values, self.rowNames, self.columnNames) = (values, rowNames, columnNames)
    (self.rowTitle, self.columnTitle, self.description) = (rowTitle, columnTitle, description)
  }

  /// Names longer than so many pixels are cut.
  private static let longestName = 96.0

  /// Pixels of a cell: room for the largest number and, where they are short, the columns' names.
  package var cellSize: (width: Double, height: Double) {
    let largest = values.joined().max() ?? 0
    let names = columnNames.map { textWidth($0) }.max() ?? 0
    let number = textWidth(largest.grouped) + 10
    let name = names + 10
    return (min(max(number, name <= 48 ? name : 0, 34), 60), 28)
  }

  /// Names of columns that do not fit side by side stand slanted.
  private var isSlanted: Bool { (columnNames.map { textWidth($0) }.max() ?? 0) + 6 > cellSize.width }

  /// Where the cells begin.
  package var origin: (x: Double, y: Double) {
    let rows = rowNames.map { min(textWidth($0), Self.longestName) }.max() ?? 0
    let columns = columnNames.map { min(textWidth($0), Self.longestName) }.max() ?? 0
    return (max(rows, textWidth(rowTitle)) + 10, isSlanted ? columns * 0.71 + 32 : 38)
  }

  /// The drawing: right answers, on the diagonal, in one colour and mistakes in another; how strong the colour is tells
  /// the share of the row.
  package var svg: Markup {
    let (cell, origin) = (cellSize, origin)
    // A slanted name of the last column reaches beyond it.
    let overhang =
      isSlanted ? (columnNames.last.map { min(textWidth($0), Self.longestName) } ?? 0) * 0.71 : 0
    let width = origin.x + cell.width * Double(columnNames.count) + max(overhang - cell.width / 2, 0) + 4
    var parts: [Markup] = [
      "<text class=\"name end\" x=\"\(origin.x - 8)\" y=\"\(origin.y - 8)\">\(rowTitle)</text>",
      "<text class=\"name\" x=\"\(origin.x)\" y=\"11\">\(columnTitle)</text>",
    ]
    for (column, name) in columnNames.enumerated() {
      let x = origin.x + (Double(column) + 0.5) * cell.width
      let text = cut(name, toWidth: Self.longestName)
      parts.append(
        isSlanted
          ? "<text transform=\"translate(\(x) \(origin.y - 8)) rotate(-45)\">\(text)</text>"
          : "<text class=\"middle\" x=\"\(x)\" y=\"\(origin.y - 8)\">\(text)</text>")
    }
    for (row, numbers) in values.enumerated() {
      let y = origin.y + Double(row) * cell.height
      parts.append(
        """
        <text class="end" x="\(origin.x - 8)" y="\(y + cell.height / 2 + 4)">\
        \(cut(rowNames[row], toWidth: Self.longestName))</text>
        """)
      let total = numbers.reduce(0) { $0 + max($1, 0) }
      for (column, number) in numbers.enumerated() {
        parts.append(
          cellMarkup(
            number, of: total, isRight: row == column, x: origin.x + Double(column) * cell.width, y: y, cell))
      }
    }
    let height = origin.y + cell.height * Double(rowNames.count) + 4
    return drawingMarkup(width: width, height: height, description, parts)
  }

  /// The opacity of a cell's colour: a mistake of a percent of the row is to be seen, so roots instead of shares.
  package static func opacity(_ number: Int, of total: Int) -> Double {
    guard number > 0, total > 0 else { return 0 }
    return max(0.08, (Double(number) / Double(total)).squareRoot())
  }

  private func cellMarkup(
    _ number: Int, of total: Int, isRight: Bool, x: Double, y: Double, _ cell: (width: Double, height: Double)
  ) -> Markup {
    // A right answer is what is expected: pale, so that mistakes stand out.
    let opacity = Self.opacity(number, of: total) * (isRight ? 0.55 : 1)
    let isDark = opacity > 0.55
    return """
      <rect class="\(isRight ? "right" : "wrong")" x="\(x + 1)" y="\(y + 1)" width="\(cell.width - 2)" \
      height="\(cell.height - 2)" rx="2" fill-opacity="\(opacity)"/>\
      <text class="middle\(number == 0 ? " zero" : isDark ? " inverse" : " strong")" x="\(x + cell.width / 2)" \
      y="\(y + cell.height / 2 + 4)">\(number == 0 ? "·" : number.grouped)</text>
      """
  }
}
