/// A rectangle of pixels.
public struct PictureBox: Equatable, Sendable {
  /// The first row.
  public internal(set) var top: Int
  /// The first column.
  public internal(set) var left: Int
  /// Height in pixels.
  public internal(set) var rows: Int
  /// Width in pixels.
  public internal(set) var columns: Int

  var bottom: Int { top + rows }
  var right: Int { left + columns }
  var longest: Int { max(rows, columns) }

  func union(_ other: PictureBox) -> PictureBox {
    let (top, left) = (min(top, other.top), min(left, other.left))
    return PictureBox(
      top: top, left: left, rows: max(bottom, other.bottom) - top, columns: max(right, other.right) - left)
  }

  /// Pixels between two boxes, in the direction in which they are farther apart; 0 where they touch or overlap.
  func gap(to other: PictureBox) -> Int {
    max(
      0, max(other.left - right, left - other.right), max(other.top - bottom, top - other.bottom))
  }
}

/// Ink that hangs together, corners included.
struct InkPart {
  /// Row-major indices of its pixels.
  var pixels: [Int]
  var box: PictureBox
  /// Parts that it was joined from.
  var pieces = 1

  /// Returns the part with another one's pixels.
  func joined(with other: InkPart) -> InkPart {
    InkPart(
      pixels: pixels + other.pixels, box: box.union(other.box), pieces: pieces + other.pieces)
  }
}

extension Ink {
  /// Returns what hangs together and has a pixel that is certainly ink, from the top down.
  func parts() -> [InkPart] {
    var isNew = strength.map { $0 >= threshold }
    var parts: [InkPart] = []
    var waiting: [Int] = []
    for start in isNew.indices where isNew[start] {
      isNew[start] = false
      waiting.append(start)
      var pixels: [Int] = []
      var isCertain = false
      var (top, left, bottom, right) = (rows, columns, 0, 0)
      while let index = waiting.popLast() {
        pixels.append(index)
        if strength[index] >= certain { isCertain = true }
        let (row, column) = (index / columns, index % columns)
        (top, left) = (min(top, row), min(left, column))
        (bottom, right) = (max(bottom, row), max(right, column))
        for y in max(0, row - 1)...min(rows - 1, row + 1) {
          for x in max(0, column - 1)...min(columns - 1, column + 1) where isNew[y * columns + x] {
            isNew[y * columns + x] = false
            waiting.append(y * columns + x)
          }
        }
      }
      guard isCertain else { continue }
      let box = PictureBox(top: top, left: left, rows: bottom - top + 1, columns: right - left + 1)
      parts.append(InkPart(pixels: pixels, box: box))
    }
    return parts
  }

  /// Whether a part reaches the picture's border, as what lies beside the paper does.
  func isCut(_ part: InkPart) -> Bool {
    part.box.top == 0 || part.box.left == 0 || part.box.bottom == rows || part.box.right == columns
  }

  /// Returns those of `all` that can be digits: without specks, and without what reaches in from outside if there is
  /// other ink of some size.
  func largeParts(of all: [InkPart]) -> [InkPart] {
    let inner = all.filter { !isCut($0) }
    let longest = inner.map(\.box.longest).max() ?? 0
    let usable = longest * 6 >= min(rows, columns) ? inner : all
    let size = usable.map(\.box.longest).max() ?? 0
    return usable.filter { $0.box.longest * 8 >= size && $0.box.longest >= 3 }
  }
}
