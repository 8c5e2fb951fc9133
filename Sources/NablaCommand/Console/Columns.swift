/// Lays out lines beside each other, or below where the terminal is too narrow.
enum Columns {
  /// Returns `left` (each line `width` characters wide, however many bytes its colours take) with `right`
  /// beside it, vertically centred.
  static func beside(_ left: [String], width: Int, _ right: [String], on terminal: Terminal) -> [String] {
    guard width + 4 + (right.map(\.count).max() ?? 0) <= terminal.width else { return left + [""] + right }
    let height = max(left.count, right.count)
    let (leftTop, rightTop) = ((height - left.count) / 2, (height - right.count) / 2)
    return (0..<height).map { row in
      let picture =
        left.indices.contains(row - leftTop) ? left[row - leftTop] : String(repeating: " ", count: width)
      guard right.indices.contains(row - rightTop) else { return picture }
      return picture + "    " + right[row - rightTop]
    }
  }
}
