/// A digit's ink in a field of its own, and what makes its strokes as wide as those the network knows.
struct DigitInk {
  private(set) var rows: Int
  private(set) var columns: Int
  /// 0 (paper) ... 1 (ink).
  private(set) var strength: [Float]

  /// The longer side that strokes are measured at: small pictures are enlarged to it.
  static let finestSide = 80
  /// Strokes of MNIST's digits are 2 to 4 pixels wide where the digit is 20 high; thinner and wider ones than these
  /// become as wide.
  static let widths: ClosedRange<Float> = 2...4

  /// Takes a part's ink, its soft edge included, out of the picture.
  init(_ part: InkPart, of ink: Ink) {
    // A pixel around, for the edge.
    let box = part.box
    (rows, columns) = (box.rows + 2, box.columns + 2)
    strength = [Float](repeating: 0, count: rows * columns)
    for index in part.pixels {
      let (row, column) = (index / ink.columns - box.top + 1, index % ink.columns - box.left + 1)
      for y in row - 1...row + 1 {
        for x in column - 1...column + 1 {
          let (sourceRow, sourceColumn) = (y + box.top - 1, x + box.left - 1)
          guard (0..<ink.rows).contains(sourceRow), (0..<ink.columns).contains(sourceColumn) else { continue }
          let value = ink.strength[sourceRow * ink.columns + sourceColumn]
          strength[y * columns + x] = min(max((value - 0.15) / 0.6, 0), 1)
        }
      }
    }
    crop()
  }

  /// Leaves out empty rows and columns at the edges.
  private mutating func crop() {
    let inked = strength.indices.filter { strength[$0] > 0.2 }
    guard let top = inked.map({ $0 / columns }).min(), let bottom = inked.map({ $0 / columns }).max(),
      let left = inked.map({ $0 % columns }).min(), let right = inked.map({ $0 % columns }).max()
    else { return }
    let old = (columns: columns, strength: strength)
    (rows, columns) = (bottom - top + 1, right - left + 1)
    strength = (0..<rows * columns).map { index in
      old.strength[(top + index / columns) * old.columns + left + index % columns]
    }
  }

  /// Enlarges a small digit by a whole factor, linearly between the centres of its pixels.
  private mutating func enlarge() {
    let factor = (Self.finestSide + max(rows, columns) - 1) / max(rows, columns)
    guard factor > 1 else { return }
    let old = self
    (rows, columns) = (rows * factor, columns * factor)
    strength = (0..<rows * columns).map { index in
      // Paper lies around.
      let y = (Float(index / columns) + 0.5) / Float(factor) - 0.5
      let x = (Float(index % columns) + 0.5) / Float(factor) - 0.5
      let (top, left) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
      let (down, across) = (y - Float(top), x - Float(left))
      let above = old.at(top, left) * (1 - across) + old.at(top, left + 1) * across
      let below = old.at(top + 1, left) * (1 - across) + old.at(top + 1, left + 1) * across
      return above * (1 - down) + below * down
    }
  }

  private func at(_ row: Int, _ column: Int) -> Float {
    (0..<rows).contains(row) && (0..<columns).contains(column) ? strength[row * columns + column] : 0
  }

  /// The mean width of the strokes: in a stroke of width w the mean distance to its edges is w / 4.
  private func meanWidth() -> Float {
    let distances = Self.distances(rows, columns) { strength[$0] < 0.5 }
    var (sum, count): (Float, Float) = (0, 0)
    for index in strength.indices where strength[index] >= 0.5 {
      // Outside the field is paper.
      let (row, column) = (index / columns, index % columns)
      let edge = Float(min(row, column, rows - 1 - row, columns - 1 - column)) + 1
      sum += min(distances[index], edge) - 0.5
      count += 1
    }
    return count > 0 ? max(4 * sum / count, 1) : 1
  }

  /// Makes thin strokes wider and wide ones thinner, for a digit that is to be `side` pixels high or wide.
  mutating func adjustWidth(side: Int) {
    enlarge()
    let scale = Float(max(rows, columns)) / Float(side)
    let width = meanWidth() / scale
    let change = (min(max(width, Self.widths.lowerBound), Self.widths.upperBound) - width) / 2 * scale
    guard abs(change) > 0.25 else { return }
    if change > 0 {
      let room = Int(change.rounded(.up))
      var wider = DigitInk(rows: rows + 2 * room, columns: columns + 2 * room)
      for row in 0..<rows {
        for column in 0..<columns {
          wider.strength[(row + room) * wider.columns + column + room] = strength[row * columns + column]
        }
      }
      let distances = Self.distances(wider.rows, wider.columns) { wider.strength[$0] >= 0.5 }
      wider.strength = distances.map { min(max(change + 1 - $0, 0), 1) }
      self = wider
    } else {
      let distances = Self.distances(rows, columns) { strength[$0] < 0.5 }
      strength = distances.map { min(max($0 + change, 0), 1) }
    }
    crop()
  }

  private init(rows: Int, columns: Int) {
    (self.rows, self.columns) = (rows, columns)
    strength = [Float](repeating: 0, count: rows * columns)
  }

  /// The distance of each pixel to the nearest one of a set, along steps to the side and across.
  ///
  /// Source: Borgefors 1986, the chamfer distance.
  private static func distances(_ rows: Int, _ columns: Int, to isInSet: (Int) -> Bool) -> [Float] {
    var distances = (0..<rows * columns).map { isInSet($0) ? 0 : Float(rows + columns) }
    let across = Float(2).squareRoot()
    func lower(_ index: Int, _ row: Int, _ column: Int, _ step: Float) {
      guard (0..<rows).contains(row), (0..<columns).contains(column) else { return }
      distances[index] = min(distances[index], distances[row * columns + column] + step)
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        lower(index, row, column - 1, 1)
        lower(index, row - 1, column - 1, across)
        lower(index, row - 1, column, 1)
        lower(index, row - 1, column + 1, across)
      }
    }
    for row in (0..<rows).reversed() {
      for column in (0..<columns).reversed() {
        let index = row * columns + column
        lower(index, row, column + 1, 1)
        lower(index, row + 1, column + 1, across)
        lower(index, row + 1, column, 1)
        lower(index, row + 1, column - 1, across)
      }
    }
    return distances
  }
}
