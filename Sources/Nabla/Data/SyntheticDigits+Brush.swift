extension SyntheticDigits {
  /// The varied pen's point: its line is wider in some directions than in others, and where the pen is pressed.
  struct Brush {
    /// Mean radius, in pixels.
    let radius: Float
    /// Width of the grey edge, in pixels.
    let softness: Float
    /// Relative change of the radius at five places from the beginning to the end of the writing.
    private let pressure: InlineArray<5, Float>
    /// Relative change of the radius where the line runs at the angle a to the right: x cos 2a + y sin 2a, as a
    /// flat nib has it.
    private let flatness: Point

    init(_ random: inout Philox, digit: Int) {
      radius = Habit.ofDigit[digit].pressure * max(0.6, 1.3 + 0.36 * random.bell())
      softness = 1.1 + 0.4 * random.unit()
      let unevenness = 0.09 + 0.31 * random.unit()
      pressure = InlineArray { _ in unevenness * random.bell() }
      flatness = Point(x: 0.14 * random.bell(), y: 0.14 * random.bell())
    }

    /// Returns the radius after the share `progress` of the writing, 0 ..< 1, where the line goes from `a` to `b`.
    func radius(after progress: Float, from a: Point, to b: Point) -> Float {
      let place = 4 * progress
      let index = Int(place)
      let pressed = pressure[index] + (place - Float(index)) * (pressure[index + 1] - pressure[index])
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let length = max(dx * dx + dy * dy, 1e-12)
      let directed = (flatness.x * (dx * dx - dy * dy) + flatness.y * 2 * dx * dy) / length
      return radius * max(0.3, 1 + pressed + directed)
    }
  }
}
