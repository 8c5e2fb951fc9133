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

  /// The drawing: right answers, on the diagonal, in one colour and mistakes in another. How strong it is tells the share
  /// of the row; of mistakes, beside the largest share of any.
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
    let opacities = opacities
    for (row, numbers) in values.enumerated() {
      let y = origin.y + Double(row) * cell.height
      parts.append(
        """
        <text class="end" x="\(origin.x - 8)" y="\(y + cell.height / 2 + 4)">\
        \(cut(rowNames[row], toWidth: Self.longestName))</text>
        """)
      for (column, number) in numbers.enumerated() {
        let x = origin.x + Double(column) * cell.width
        parts.append(cellMarkup(number, opacities[row][column], isRight: row == column, x: x, y: y, cell))
      }
    }
    let height = origin.y + cell.height * Double(rowNames.count) + 4
    return drawingMarkup(width: width, height: height, description, parts)
  }

  /// How strong each cell's colour is, 0 ... 1. A right answer is what is expected: pale, so that mistakes stand out,
  /// however few they are.
  package var opacities: [[Double]] {
    let shares = values.map { row -> [Double] in
      let total = row.reduce(0) { $0 + max($1, 0) }
      return row.map { total > 0 ? Double(max($0, 0)) / Double(total) : 0 }
    }
    var largest = 0.0
    for (row, own) in shares.enumerated() {
      for (column, share) in own.enumerated() where row != column { largest = max(largest, share) }
    }
    return shares.enumerated().map { row, own in
      own.enumerated().map { column, share in
        share == 0 ? 0 : row == column ? 0.1 + 0.45 * share : 0.08 + 0.82 * share / largest
      }
    }
  }

  private func cellMarkup(
    _ number: Int, _ opacity: Double, isRight: Bool, x: Double, y: Double,
    _ cell: (width: Double, height: Double)
  ) -> Markup {
    let isDark = opacity > 0.6
    return """
      <rect class="\(isRight ? "right" : "wrong")" x="\(x + 1)" y="\(y + 1)" width="\(cell.width - 2)" \
      height="\(cell.height - 2)" rx="2" fill-opacity="\(opacity)"/>\
      <text class="middle\(number == 0 ? " zero" : isDark ? " inverse" : " strong")" x="\(x + cell.width / 2)" \
      y="\(y + cell.height / 2 + 4)">\(number == 0 ? "·" : number.grouped)</text>
      """
  }
}
