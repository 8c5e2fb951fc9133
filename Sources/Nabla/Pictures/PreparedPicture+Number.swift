extension PreparedPicture {
  /// The longer side that a row of digits is reduced to, so that each of them keeps enough pixels.
  static let workingSideOfRow = 1280

  /// Makes a picture of a number ready: digits in one line are cut apart, from left to right.
  ///
  /// - Parameter shape: rows and columns of the network's input.
  public init(numberOf picture: GreyPicture, shape: Dataset.ImageShape) throws(Failure) {
    try self.init(picture, shape: shape, side: Self.workingSideOfRow) { (parts, ink) throws(Failure) in
      let row = try DigitRow(parts)
      return row.cut(columns: ink.columns)
    }
  }
}

/// The digits of one line, as parts of ink.
private struct DigitRow {
  /// From left to right; several that touch are one part.
  private var digits: [InkPart]
  /// The height of most of them.
  private let height: Int

  /// Joining takes their number squared: what has more, such as a halftone, would keep a person waiting for minutes.
  private static let mostParts = 1000

  init(_ parts: [InkPart]) throws(PreparedPicture.Failure) {
    guard parts.count <= Self.mostParts else { throw .severalLines }
    // The height that the middle of the ink has: specks have little of it.
    let byHeight = parts.sorted { $0.box.rows < $1.box.rows }
    let ink = byHeight.reduce(0) { $0 + $1.pixels.count }
    var (below, middle) = (0, 1)
    for part in byHeight {
      below += part.pixels.count
      middle = part.box.rows
      if below * 2 >= ink { break }
    }
    height = middle
    digits = Self.joined(parts, height: height).filter { $0.box.rows * 2 >= middle }
      .sorted { $0.box.left < $1.box.left }
    digits = try Self.oneLine(digits, height: height)
  }

  /// Joins strokes of one digit: what lies above, below or inside of other ink, as the bar of a 5 does.
  private static func joined(_ parts: [InkPart], height: Int) -> [InkPart] {
    var (whole, rest) = ([InkPart](), parts.sorted { $0.pixels.count > $1.pixels.count })
    while !rest.isEmpty {
      var part = rest.removeFirst()
      while let next = rest.firstIndex(where: { belong(part.box, $0.box, height: height) }) {
        part = part.joined(with: rest.remove(at: next))
      }
      whole.append(part)
    }
    return whole
  }

  private static func belong(_ part: PictureBox, _ other: PictureBox, height: Int) -> Bool {
    let overlap = min(part.right, other.right) - max(part.left, other.left)
    let narrower = min(part.columns, other.columns)
    let together = part.union(other)
    // Half of the narrower one's width, for a stroke; a small piece may also lie just beside.
    let isAbove = overlap * 2 >= narrower
    let isPiece = min(part.rows, other.rows) * 2 < height && part.gap(to: other) * 8 <= height
    return (isAbove || isPiece) && together.rows * 2 <= height * 3 && part.gap(to: other) * 3 <= height
  }

  /// Follows the line from its largest digit to both sides; what stands above or below it is another line.
  private static func oneLine(
    _ digits: [InkPart], height: Int
  ) throws(PreparedPicture.Failure) -> [InkPart] {
    guard let start = digits.indices.max(by: { digits[$0].pixels.count < digits[$1].pixels.count }) else {
      return []
    }
    func middle(_ index: Int) -> Int { digits[index].box.top + digits[index].box.rows / 2 }
    var line = [start]
    for indices in [Array(start + 1..<digits.count), Array((0..<start).reversed())] {
      var last = start
      for index in indices where abs(middle(index) - middle(last)) * 4 <= height * 3 {
        line.append(index)
        last = index
      }
    }
    let others = digits.indices.filter { !line.contains($0) }
    if others.count * 2 >= line.count { throw .severalLines }
    return line.sorted().map { digits[$0] }
  }

  /// Returns the digits, those that touch cut where little ink joins them.
  func cut(columns: Int) -> [InkPart] {
    let widths = digits.map(\.box.columns).filter { $0 * 10 <= height * 9 }.sorted()
    let usual = max(widths.isEmpty ? height * 2 / 3 : widths[widths.count / 2], height / 2, 1)
    return digits.flatMap { part -> [InkPart] in
      guard part.box.columns * 5 > height * 6 else { return [part] }
      let count = max(2, Int((Double(part.box.columns) / Double(usual)).rounded()))
      guard let cuts = Self.cuts(of: part, into: count, columns: columns, height: height) else {
        return [part]
      }
      return Self.pieces(of: part, at: cuts, columns: columns)
    }
  }

  /// The columns where a part is cut into `count`: those with the least ink near to equal widths; nil where a cut would
  /// go through more than a stroke.
  private static func cuts(of part: InkPart, into count: Int, columns: Int, height: Int) -> [Int]? {
    var ink = [Int](repeating: 0, count: part.box.columns)
    for index in part.pixels { ink[index % columns - part.box.left] += 1 }
    let width = part.box.columns / count
    var cuts: [Int] = []
    for number in 1..<count {
      let wished = part.box.columns * number / count
      let range = max(1, wished - width / 3)...min(part.box.columns - 1, wished + width / 3)
      guard let best = range.min(by: { cost(ink[$0], $0 - wished) < cost(ink[$1], $1 - wished) }),
        ink[best] * 5 <= height * 2
      else { return nil }
      cuts.append(part.box.left + best)
    }
    return cuts
  }

  private static func cost(_ ink: Int, _ distance: Int) -> Int { 4 * ink + abs(distance) }

  private static func pieces(of part: InkPart, at cuts: [Int], columns: Int) -> [InkPart] {
    var pieces = [[Int]](repeating: [], count: cuts.count + 1)
    for index in part.pixels { pieces[cuts.count { $0 <= index % columns }].append(index) }
    var digits = pieces.compactMap { InkPart(pixels: $0, columns: columns) }
    // All but one come from this cut.
    for index in digits.indices { digits[index].pieces = index == 0 ? part.pieces : 0 }
    return digits
  }
}

extension InkPart {
  /// A part with these pixels; nil for none.
  init?(pixels: [Int], columns: Int) {
    guard let first = pixels.first else { return nil }
    let start = PictureBox(top: first / columns, left: first % columns, rows: 1, columns: 1)
    self.init(
      pixels: pixels,
      box: pixels.reduce(into: start) { box, index in
        box = box.union(PictureBox(top: index / columns, left: index % columns, rows: 1, columns: 1))
      })
  }
}
