import Nabla

/// A digit as a picture, with what a network makes of it underneath.
struct Card {
  let width: Int
  private let lines: [String]

  /// - Parameter compact: half as wide as the picture has columns.
  init(_ picture: TerminalPicture, _ confidences: [Float], label: Int, compact: Bool, on terminal: Terminal) {
    let prediction = indexOfLargest(confidences)
    let isRight = prediction == label
    let verdict = isRight ? "reads \(prediction) ✓" : "reads \(prediction), is \(label)"
    let pictureWidth = compact ? picture.compactWidth : picture.columns
    let width = max(pictureWidth, confidences.count, verdict.count)
    self.width = width

    let digits = confidences.indices.map { String($0 % 10) }.joined()
    let space = String(repeating: " ", count: width - pictureWidth)
    func centred(_ text: String) -> String {
      text.padded(to: (width + text.count) / 2, right: true).padded(to: width)
    }
    lines =
      (compact ? picture.compactLines() : picture.lines(on: terminal)).map { $0 + space } + [
        centred(Bars.upright(confidences)),
        terminal.styled(centred(digits), .faint),
        terminal.styled(centred(verdict), isRight ? .right : .wrong),
      ]
  }

  /// Lays cards beside each other.
  static func sideBySide(_ cards: [Card]) -> [String] {
    guard let height = cards.map(\.lines.count).max() else { return [] }
    return (0..<height).map { row in
      cards.map { $0.lines[row] }.joined(separator: "  ")
    }
  }
}
