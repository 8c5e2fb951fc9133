import Nabla

/// The sample that is explained, as people look at it.
struct ExplainedSample {
  /// What it looks like.
  enum Look {
    case picture(TerminalPicture)
    /// Lines about each column, and what each input is called.
    case row(lines: [String], inputNames: [String])
  }

  let look: Look
  /// What the outputs mean.
  let encoding: DataEncoding
  /// The class; nil for real targets.
  let label: Int?
  /// The real targets in their own units; none for classes.
  let values: [Float]

  /// What several of them are called.
  var plural: String { if case .picture = look { "pictures" } else { "rows" } }

  /// A picture of a data set.
  init(picture index: Int, of data: Dataset, _ encoding: DataEncoding) {
    look = .picture(data.picture(at: index))
    (self.encoding, label, values) = (encoding, data.label(at: index), [])
  }

  /// A row of a table.
  ///
  /// - Parameter encoded: the table as the network reads it.
  init(row index: Int, of table: Dataset, encoded: Dataset, targetNames: [String]) {
    let lines = TableRowLines(table, encoded: encoded, targetNames: targetNames)
    look = .row(
      lines: Array(lines.lines(of: index).dropFirst()),
      inputNames: encoded.encoding.features?.columns.flatMap(Self.inputNames) ?? [])
    encoding = encoded.encoding
    let isRegression = encoding.isRegression
    label = isRegression ? nil : encoded.label(at: index)
    values = isRegression ? encoded.values(at: index) : []
  }

  private static func inputNames(of column: FeatureColumn) -> [String] {
    guard case .category(let words) = column.kind, words.count == column.inputCount else {
      return (0..<column.inputCount).map { _ in column.name.onOneLine }
    }
    return words.map { "\(column.name) = \($0)".onOneLine }
  }

  /// What the network is to say, in a few words: "the digit 3", "setosa", "20.5".
  var truth: String {
    guard let label else { return values.map { Double($0).sixDigits }.joined(separator: ", ") }
    if case .picture = look { return "the digit \(label)" }
    return encoding.className(label).onOneLine
  }
}
