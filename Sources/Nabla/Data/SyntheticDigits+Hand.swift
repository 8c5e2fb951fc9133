extension SyntheticDigits {
  /// How one sample is written: everything random between the style's sketch and the finished curve.
  struct Hand {
    /// Where on the line through the style's two sketches: 0 the first, 1 the second; -0.15 ... 1.15.
    let mixture: Float
    /// Standard deviation of each point's error, in units of the digit's height.
    let tremble: Float
    let sheet: Sheet

    init(_ random: inout Philox) {
      mixture = 1.3 * random.unit() - 0.15
      tremble = 0.02 + 0.05 * random.unit()
      sheet = Sheet(
        &random, bending: (least: 0.04, more: 0.20), width: (mean: 1.03, deviation: 0.21, least: 0.65),
        slant: (mean: 0.11, deviation: 0.23))
    }

    /// Writes `style` on an emptied `curve`, in units of the digit's height.
    func write(_ style: Style, on curve: inout Curve, _ random: inout Philox) {
      curve.clear()
      for stroke in style.strokes {
        let count = stroke.count
        for index in 0..<count {
          let knot = stroke[index]
          curve.knots[index] = Point(
            x: knot.first.x + mixture * (knot.second.x - knot.first.x) + tremble * random.bell(),
            y: knot.first.y + mixture * (knot.second.y - knot.first.y) + tremble * random.bell())
        }
        for index in 1..<count { curve.section(stroke, from: index - 1, on: sheet) }
      }
    }
  }
}
