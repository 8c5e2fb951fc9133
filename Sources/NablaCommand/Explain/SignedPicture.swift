/// Draws numbers of both signs over the pixels of an image, scaled so that the largest is darkest.
struct SignedPicture {
  private let values: [Float]
  private let shape: (rows: Int, columns: Int)
  private let title: String
  private let scale: Float

  init(_ values: [Float], _ shape: (rows: Int, columns: Int), title: String) {
    self.values = values
    self.shape = shape
    self.title = title
    scale = values.reduce(0) { max($0, $1.magnitude) }
  }

  static func sideBySide(_ pictures: [SignedPicture], on terminal: Terminal) -> [String] {
    let columns = pictures.map { $0.lines(on: terminal) }
    guard let height = columns.map(\.count).max() else { return [] }
    return (0..<height).map { row in columns.map { $0[row] }.joined(separator: "    ") }
  }

  /// Two rows a line, averaged: positive values as shades, negative ones as strokes; in colours blue and red.
  private func lines(on terminal: Terminal) -> [String] {
    let legend = "\(title), up to ±\(scale.short)".padded(to: shape.columns)
    return [legend]
      + stride(from: 0, to: shape.rows, by: 2).map { row in
        (0..<shape.columns).map { column in
          let below = row + 1 < shape.rows ? values[(row + 1) * shape.columns + column] : 0
          return character((values[row * shape.columns + column] + below) / 2, terminal)
        }.joined()
      }
  }

  private func character(_ value: Float, _ terminal: Terminal) -> String {
    guard scale > 0 else { return " " }
    let level = min(4, Int(value.magnitude / scale * 5 + 0.2))
    if terminal.hasColour {
      guard level > 0 else { return " " }
      return "\u{1B}[\(value < 0 ? 34 : 31)m" + ["░", "▒", "▓", "█"][level - 1] + "\u{1B}[0m"
    }
    return (value < 0 ? [" ", "·", "-", "=", "≡"] : [" ", "░", "▒", "▓", "█"])[level]
  }
}
