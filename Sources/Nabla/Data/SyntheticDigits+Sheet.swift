extension SyntheticDigits {
  /// A place on the sheet: x to the right, y down.
  struct Point: Sendable {
    var x: Float
    var y: Float

    /// Returns the place on the way to `other`: 0 here, 1 there, or beyond.
    func moved(by part: Float, to other: Point) -> Point {
      Point(x: x + part * (other.x - x), y: y + part * (other.y - y))
    }
  }

  /// The sheet of paper that a sample is written on: bent, then narrowed or widened, slanted and rotated.
  struct Sheet {
    /// Displacements of the 4 x 4 control points of the bent sheet, row by row.
    let bend: InlineArray<16, Point>
    /// Width, slant and rotation in one matrix: (x, y) becomes (xx x + xy y, yx x + yy y).
    let xx: Float
    let xy: Float
    let yx: Float
    let yy: Float

    /// Draws a sheet.
    ///
    /// - Parameters:
    ///   - bending: the least standard deviation of a control point, and how much more it may be, in units of the
    ///     digit's height.
    ///   - width: the factor of all widths.
    ///   - slant: the lean to the right, as the shift of the top of a digit of height 1.
    init(
      _ random: inout Philox, bending: (least: Float, more: Float),
      width: (mean: Float, deviation: Float, least: Float), slant: (mean: Float, deviation: Float)
    ) {
      let bending = bending.least + bending.more * random.unit()
      bend = InlineArray { _ in Point(x: bending * random.bell(), y: bending * random.bell()) }

      let width = max(width.least, width.mean + width.deviation * random.bell())
      // y points down, so a lean to the right is a negative x per y.
      let slant = -slant.mean - slant.deviation * random.bell()
      // The tangent of half the angle gives sine and cosine without trigonometry.
      let tangent = 0.06 * random.bell()
      let cosine = (1 - tangent * tangent) / (1 + tangent * tangent)
      let sine = 2 * tangent / (1 + tangent * tangent)
      xx = cosine * width
      xy = cosine * slant - sine
      yx = sine * width
      yy = sine * slant + cosine
    }

    /// Returns where `point` comes to lie after bending the sheet, narrowing, slanting and rotating.
    func place(_ point: Point) -> Point {
      let column = Sheet.bernstein(point.x)
      let row = Sheet.bernstein(point.y)
      var x = point.x
      var y = point.y
      for i in 0..<4 {
        for j in 0..<4 {
          let weight = row[i] * column[j]
          x += weight * bend[4 * i + j].x
          y += weight * bend[4 * i + j].y
        }
      }
      return Point(x: xx * x + xy * y, y: yx * x + yy * y)
    }

    /// Returns the four cubic Bernstein polynomials at t, the weights of a Bezier patch in one direction.
    private static func bernstein(_ t: Float) -> InlineArray<4, Float> {
      let s = 1 - t
      return [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t]
    }
  }
}
