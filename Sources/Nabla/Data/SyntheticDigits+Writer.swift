extension SyntheticDigits {
  /// How one sample of the varied pen is written: what is one number for a whole digit in `Hand` changes along the
  /// strokes here, strokes stand apart, end early or late, and what is usual depends on the digit.
  struct Writer {
    /// Where on the line through the style's two sketches, at the first and at the last point of a stroke.
    let mixture: (first: Float, last: Float)
    /// Standard deviation of each point's error, in units of the digit's height.
    let tremble: Float
    /// See `Curve.section`.
    let tension: Float
    /// See `Curve.section`; three writers in ten make every corner sharp.
    let roundness: Float
    let sheet: Sheet

    init(_ random: inout Philox, digit: Int) {
      let first = 1.6 * random.unit() - 0.3
      mixture = (first, first + 0.35 * random.bell())
      tremble = 0.022 + 0.068 * random.unit()
      tension = max(0.4, 1 + 0.35 * random.bell())
      roundness = max(0, 1.2 * random.unit() - 0.36)
      let habit = Habit.ofDigit[digit]
      sheet = Sheet(
        &random, bending: (least: 0.04, more: 0.20), width: (mean: habit.width, deviation: 0.2, least: 0.6),
        slant: (mean: habit.slant, deviation: 0.25))
    }

    /// Writes `style` on an emptied `curve`, in units of the digit's height.
    func write(_ style: Style, on curve: inout Curve, _ random: inout Philox) {
      curve.clear()
      for (number, stroke) in style.strokes.enumerated() {
        // The hand lands a little off where the second stroke should begin, and makes it longer or shorter.
        let looseness: Float = number == 0 ? 0 : 0.045
        let miss = Point(x: looseness * random.bell(), y: looseness * random.bell())
        let longer = 3 * looseness * random.bell()
        let last = stroke.count - 1
        for index in 0...last {
          let knot = stroke[index]
          let part = mixture.first + Float(index) / Float(last) * (mixture.last - mixture.first)
          let meant = stroke[0].first.moved(by: 1 + longer, to: knot.first.moved(by: part, to: knot.second))
          curve.knots[index] = Point(
            x: meant.x + miss.x + tremble * random.bell(), y: meant.y + miss.y + tremble * random.bell())
        }
        // People begin and end before or after the point that they mean.
        let begin = max(-0.2, min(0.5, 0.22 * random.bell()))
        let end = 1 - max(-0.25, min(0.5, 0.25 * random.bell()))
        for index in 1...last {
          curve.section(
            stroke, from: index - 1, begin: index == 1 ? begin : 0, end: index == last ? end : 1,
            tension: tension, roundness: roundness, on: sheet)
        }
      }
    }
  }

  /// What is usual for a digit: set so that the means of slant, width and ink of 6,000 drawn digits are near those of
  /// MNIST's training images.
  struct Habit {
    /// Factor of the width that the sketches have.
    let width: Float
    /// The shift of the top to the right, at height 1.
    let slant: Float
    /// Factor of the pen's radius: people write small rings with a light hand, which keeps them open.
    let pressure: Float

    static let ofDigit: InlineArray<10, Habit> = [
      Habit(width: 1.12, slant: 0.20, pressure: 1.05), Habit(width: 1.00, slant: 0.14, pressure: 1.05),
      Habit(width: 1.04, slant: 0.05, pressure: 1.00), Habit(width: 1.05, slant: 0.02, pressure: 1.00),
      Habit(width: 0.97, slant: 0.15, pressure: 0.90), Habit(width: 1.12, slant: 0.03, pressure: 0.90),
      Habit(width: 0.97, slant: 0.08, pressure: 0.96), Habit(width: 1.03, slant: 0.09, pressure: 1.00),
      Habit(width: 1.10, slant: 0.09, pressure: 0.92), Habit(width: 0.97, slant: 0.10, pressure: 0.87),
    ]
  }
}
