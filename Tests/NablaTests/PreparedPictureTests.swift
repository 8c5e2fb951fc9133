import Nabla
import Testing

@Suite struct PreparedPictureTests {
  private let shape = Dataset.ImageShape(rows: 28, columns: 28)

  /// A picture of strokes: rectangles of ink, in a light that falls off to the right.
  private func picture(
    _ rows: Int, _ columns: Int, isDark: Bool = true, falloff: Double = 0, noise: Int = 0,
    _ strokes: [(top: Int, left: Int, rows: Int, columns: Int)]
  ) -> GreyPicture {
    var state: UInt32 = 7
    let pixels = (0..<rows * columns).map { index -> UInt8 in
      let (row, column) = (index / columns, index % columns)
      let isInk = strokes.contains {
        ($0.top..<$0.top + $0.rows).contains(row) && ($0.left..<$0.left + $0.columns).contains(column)
      }
      state = state &* 1_664_525 &+ 1_013_904_223
      let grain = noise == 0 ? 0 : Double(Int(state >> 16) % (2 * noise + 1) - noise)
      let reflected = isInk == isDark ? 50.0 : 210.0
      return UInt8(min(max(reflected * (1 - falloff * Double(column) / Double(columns)) + grain, 0), 255))
    }
    return GreyPicture(rows: rows, columns: columns, pixels: pixels)
  }

  /// A 7 whose bar is `thick`.
  private func seven(at top: Int, _ left: Int, height: Int, thick: Int)
    -> [(top: Int, left: Int, rows: Int, columns: Int)]
  {
    [(top, left, thick, height / 2), (top, left + height / 2 - thick, height, thick)]
  }

  private func centreOfMass(_ digit: PreparedPicture.Digit) -> (Double, Double) {
    var (mass, down, across) = (0.0, 0.0, 0.0)
    for (index, value) in digit.pixels.enumerated() {
      mass += Double(value)
      down += Double(value) * (Double(index / 28) + 0.5)
      across += Double(value) * (Double(index % 28) + 0.5)
    }
    return (down / mass, across / mass)
  }

  @Test("Ink is scaled to 20 pixels, white on black, and its centre of mass lies in the middle")
  func fits() throws {
    let made = try PreparedPicture(
      digitOf: picture(120, 90, seven(at: 10, 20, height: 80, thick: 10)), shape: shape)
    let digit = try #require(made.digits.first)
    #expect(made.isDarkInk)
    #expect((digit.inkShape.rows, digit.inkShape.columns) == (20, 10))
    #expect(abs(digit.box.top - 10) <= 1 && abs(digit.box.left - 20) <= 1 && abs(digit.box.rows - 80) <= 2)
    let centre = centreOfMass(digit)
    #expect(abs(centre.0 - 14) <= 0.5 && abs(centre.1 - 14) <= 0.5)
    let inkedRows = (0..<28).filter { row in digit.pixels[row * 28..<row * 28 + 28].contains { $0 > 30 } }
    #expect(inkedRows.count == 20)
    #expect(digit.pixels.max() == 255 && digit.pixels.first == 0)
  }

  @Test("Light ink on dark paper, and uneven light, give nearly the same pixels", arguments: [0, 0.5, 0.7])
  func polarityAndLight(falloff: Double) throws {
    let strokes = seven(at: 30, 60, height: 90, thick: 12)
    let plain = try PreparedPicture(digitOf: picture(150, 180, strokes), shape: shape)
    for isDark in [true, false] {
      let made = try PreparedPicture(
        digitOf: picture(150, 180, isDark: isDark, falloff: falloff, noise: 4, strokes), shape: shape)
      #expect(made.isDarkInk == isDark)
      let difference = zip(made.digits[0].pixels, plain.digits[0].pixels).reduce(0) {
        $0 + abs(Int($1.0) - Int($1.1))
      }
      #expect(difference < 784 * 6, "\(difference)")
    }
  }

  @Test("Specks are left out, and what reaches in from outside")
  func specks() throws {
    let strokes = seven(at: 40, 60, height: 80, thick: 9)
    let specks = [(top: 10, left: 10, rows: 3, columns: 3), (130, 150, 4, 4), (0, 160, 150, 12)]
    let clean = try PreparedPicture(digitOf: picture(150, 180, strokes), shape: shape)
    let dirty = try PreparedPicture(digitOf: picture(150, 180, strokes + specks), shape: shape)
    #expect(dirty.droppedParts == 3)
    #expect(clean.droppedParts == 0)
    #expect(dirty.digits[0].inkShape == clean.digits[0].inkShape)
    let difference = zip(dirty.digits[0].pixels, clean.digits[0].pixels).reduce(0) {
      $0 + abs(Int($1.0) - Int($1.1))
    }
    #expect(difference < 784 * 3, "\(difference)")
  }

  @Test("Thin and wide strokes become as wide as those of MNIST", arguments: [2, 8, 12, 40])
  func strokeWidths(thick: Int) throws {
    let made = try PreparedPicture(
      digitOf: picture(220, 200, seven(at: 20, 40, height: 160, thick: thick)), shape: shape)
    // The middle of the upright stroke, across.
    let row = made.digits[0].pixels[16 * 28..<17 * 28]
    let width = row.reduce(0) { $0 + Double($1) } / 255
    #expect((1.6...5).contains(width), "\(width)")
  }

  @Test("A picture without ink is refused", arguments: [0, 5])
  func blank(noise: Int) {
    #expect(throws: PreparedPicture.Failure.noInk) {
      try PreparedPicture(digitOf: picture(60, 60, noise: noise, []), shape: shape)
    }
  }

  @Test("Tiny and odd sizes do not trap", arguments: [(1, 1), (1, 40), (40, 1), (2, 3), (5, 5), (700, 3)])
  func sizes(rows: Int, columns: Int) {
    for strokes in [[], [(top: 0, left: 0, rows: 1, columns: 1)], [(0, 0, rows, max(1, columns / 2))]] {
      let picture = picture(rows, columns, strokes)
      let digit = try? PreparedPicture(digitOf: picture, shape: shape)
      #expect(digit.map { $0.digits.count == 1 } ?? true)
      let number = try? PreparedPicture(numberOf: picture, shape: shape)
      #expect(number.map { !$0.digits.isEmpty } ?? true)
    }
  }

  @Test("Digits in a row are cut apart from left to right; specks and a dash are left out")
  func number() throws {
    let strokes =
      seven(at: 20, 30, height: 50, thick: 6) + [(top: 24, left: 80, rows: 50, columns: 7)]
      + seven(at: 18, 110, height: 50, thick: 6) + [(45, 160, 5, 14), (2, 2, 2, 2)]
    let made = try PreparedPicture(numberOf: picture(100, 200, strokes), shape: shape)
    #expect(made.digits.map { $0.box.left / 10 } == [3, 8, 11])
    #expect(made.droppedParts == 2)
    let alone = try PreparedPicture(
      digitOf: picture(100, 200, seven(at: 20, 30, height: 50, thick: 6)), shape: shape)
    #expect(made.digits[0].inkShape == alone.digits[0].inkShape)
  }

  @Test("A broken stroke is one digit; three that touch are three")
  func brokenAndTouching() throws {
    let broken: [(top: Int, left: Int, rows: Int, columns: Int)] = [(20, 30, 20, 6), (44, 30, 26, 6)]
    let touching =
      seven(at: 20, 60, height: 50, thick: 6) + seven(at: 20, 84, height: 50, thick: 6)
      + seven(at: 20, 108, height: 50, thick: 6)
    let made = try PreparedPicture(
      numberOf: picture(100, 200, broken + touching + seven(at: 20, 140, height: 50, thick: 6)), shape: shape)
    #expect(made.digits.count == 5)
    #expect(made.digits.map(\.box.rows).allSatisfy { (49...52).contains($0) })
  }

  @Test("A halftone's thousands of dots are refused, and not joined to one another first")
  func halftone() {
    let side = 640
    let pixels = (0..<side * side).map { index -> UInt8 in
      (index / side) % 5 > 1 && (index % side) % 5 > 1 ? 0 : 255
    }
    #expect(throws: PreparedPicture.Failure.severalLines) {
      try PreparedPicture(numberOf: GreyPicture(rows: side, columns: side, pixels: pixels), shape: shape)
    }
  }

  @Test("Two lines are refused")
  func lines() {
    let strokes =
      seven(at: 10, 30, height: 50, thick: 6) + seven(at: 10, 80, height: 50, thick: 6)
      + seven(at: 90, 30, height: 50, thick: 6) + seven(at: 90, 80, height: 50, thick: 6)
    #expect(throws: PreparedPicture.Failure.severalLines) {
      try PreparedPicture(numberOf: picture(160, 150, strokes), shape: shape)
    }
  }
}
