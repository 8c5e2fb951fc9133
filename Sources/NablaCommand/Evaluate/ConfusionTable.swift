import Nabla

/// A confusion matrix in characters: rows are what was shown, columns what was read; a point is a zero, so that
/// mistakes stand out.
struct ConfusionTable {
  let confusion: [[Int]]
  let names: [String]

  /// Longest names, of rows and of columns.
  private static let (longestRowName, longestColumnName) = (16, 8)

  /// Returns the table, of the classes that fit in `width` columns: those with the most mistakes, in the order of the
  /// classes.
  ///
  /// - Parameter strong: how the right ones are made to stand out.
  func lines(width: Int, strong: (String) -> String) -> [String] {
    guard !confusion.isEmpty else {
      return ["no confusion matrix of more than \(ClassificationMetrics.largestConfusion) classes"]
    }
    let largest = confusion.joined().max() ?? 0
    let nameWidth = min(Self.longestRowName, max(5, names.map(\.count).max() ?? 0))
    let columnName = min(Self.longestColumnName, names.map(\.count).max() ?? 0)
    let cellWidth = max(4, String(largest).count + 1, columnName + 1)
    let shown = classesThatFit(max(1, (width - nameWidth - 4) / cellWidth))
    func right(_ text: String, _ width: Int) -> String {
      text.cut(to: width).padded(to: width, right: true)
    }
    func title(_ text: String) -> String { " \(right(text, nameWidth)) │" }
    var lines: [String] = []
    if shown.count < names.count {
      lines.append(
        "\(shown.count) of \(names.count) classes, those with the most mistakes; --json has all")
    }
    let header = shown.map { " " + right(names[$0], cellWidth - 1) }.joined()
    lines.append(title("shown") + " read as")
    lines.append(title("") + header)
    lines.append(
      String(repeating: "─", count: nameWidth + 2) + "┼" + String(repeating: "─", count: header.count))
    for actual in shown {
      let cells = shown.map { predicted in
        let count = confusion[actual][predicted]
        let cell = (count == 0 ? "·" : String(count)).padded(to: cellWidth, right: true)
        return predicted == actual ? strong(cell) : cell
      }
      lines.append(title(names[actual]) + cells.joined())
    }
    return lines
  }

  /// At most `count` classes: those that are in the most mistakes, as what was shown or what was read.
  private func classesThatFit(_ count: Int) -> [Int] {
    guard names.count > count else { return Array(names.indices) }
    var mistakes = [Int](repeating: 0, count: names.count)
    for (actual, row) in confusion.enumerated() {
      for (predicted, samples) in row.enumerated() where predicted != actual {
        mistakes[actual] += samples
        mistakes[predicted] += samples
      }
    }
    return mistakes.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }.prefix(count).sorted()
  }
}

extension ClassificationReport {
  /// The confusion matrix, as wide as the terminal lets it be.
  ///
  /// - Parameter strong: how the right ones are made to stand out.
  package func confusionLines(width: Int, strong: (String) -> String = { $0 }) -> [String] {
    ConfusionTable(confusion: metrics.confusion, names: names).lines(width: width, strong: strong)
  }
}
