extension SyntheticDigits {
  /// A place on the sheet: x to the right, y down.
  struct Point: Sendable {
    var x: Float
    var y: Float
  }

  /// How one sample is written: everything random between the style's sketch and the finished curve.
  struct Hand {
    /// Where on the line through the style's two sketches: 0 the first, 1 the second; -0.15 ... 1.15.
    let mixture: Float
    /// Standard deviation of each point's error, in units of the digit's height.
    let tremble: Float
    /// Displacements of the 4 x 4 control points of the bent sheet, row by row.
    let bend: InlineArray<16, Point>
    /// Width, slant and rotation in one matrix: (x, y) becomes (xx x + xy y, yx x + yy y).
    let xx: Float
    let xy: Float
    let yx: Float
    let yy: Float

    init(_ random: inout Philox) {
      mixture = 1.3 * random.unit() - 0.15
      tremble = 0.02 + 0.05 * random.unit()
      let bending = 0.04 + 0.20 * random.unit()
      bend = InlineArray { _ in Point(x: bending * random.bell(), y: bending * random.bell()) }

      let width = max(0.65, 1.03 + 0.21 * random.bell())
      // Most people lean to the right; y points down, so a lean to the right is a negative x per y.
      let slant = -0.11 - 0.23 * random.bell()
      // The tangent of half the angle gives sine and cosine without trigonometry.
      let tangent = 0.06 * random.bell()
      let cosine = (1 - tangent * tangent) / (1 + tangent * tangent)
      let sine = 2 * tangent / (1 + tangent * tangent)
      xx = cosine * width
      xy = cosine * slant - sine
      yx = sine * width
      yy = sine * slant + cosine
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
        curve.begin(at: onSheet(curve.knots[0]))
        for index in 1..<count {
          section(stroke, from: index - 1, on: &curve)
        }
      }
    }

    /// Adds the piece of the Catmull-Rom curve between the knots `start` and `start + 1`.
    private func section(_ stroke: [Knot], from start: Int, on curve: inout Curve) {
      let p = curve.knots[start]
      let q = curve.knots[start + 1]
      // At the end of a stroke and at a corner the curve has no neighbour to be smooth with.
      let hasPrevious = start > 0 && !stroke[start].isCorner
      let hasNext = start + 2 < stroke.count && !stroke[start + 1].isCorner
      let before = hasPrevious ? curve.knots[start - 1] : p
      let after = hasNext ? curve.knots[start + 2] : q
      let px = hasPrevious ? 0.5 * (q.x - before.x) : q.x - p.x
      let py = hasPrevious ? 0.5 * (q.y - before.y) : q.y - p.y
      let qx = hasNext ? 0.5 * (after.x - p.x) : q.x - p.x
      let qy = hasNext ? 0.5 * (after.y - p.y) : q.y - p.y
      for step in 1...Curve.stepsPerSection {
        let t = Float(step) / Float(Curve.stepsPerSection)
        let s = 1 - t
        // Hermite's basis.
        let h0 = s * s * (1 + 2 * t)
        let h1 = t * t * (1 + 2 * s)
        let g0 = s * s * t
        let g1 = -t * t * s
        curve.draw(
          to: onSheet(
            Point(
              x: h0 * p.x + h1 * q.x + g0 * px + g1 * qx,
              y: h0 * p.y + h1 * q.y + g0 * py + g1 * qy)))
      }
    }

    /// Returns where `point` comes to lie after bending the sheet, narrowing, slanting and rotating.
    private func onSheet(_ point: Point) -> Point {
      let column = Hand.bernstein(point.x)
      let row = Hand.bernstein(point.y)
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

  /// The finished line of the pen: vertices joined by straight segments, in scratch memory.
  struct Curve {
    /// Enough for a turn between two knots to look round at 20 pixels; a fourth step is not visible.
    static let stepsPerSection = 3
    static let maximumKnots = 32
    static let maximumVertices = 256

    let knots: UnsafeMutablePointer<Point>
    private(set) var vertices: UnsafeMutablePointer<Point>
    /// Whether the pen touches the paper on its way to this vertex.
    private(set) var isDown: UnsafeMutablePointer<Bool>
    private(set) var count = 0

    /// Calls `body` with an empty curve, whose memory lives as long as the call.
    static func withScratch(_ body: (inout Curve) -> Void) {
      withUnsafeTemporaryAllocation(of: Point.self, capacity: maximumKnots + maximumVertices) { points in
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: maximumVertices) { flags in
          var curve = Curve(
            knots: points.baseAddress!, vertices: points.baseAddress! + maximumKnots,
            isDown: flags.baseAddress!)
          body(&curve)
        }
      }
    }

    private init(
      knots: UnsafeMutablePointer<Point>, vertices: UnsafeMutablePointer<Point>,
      isDown: UnsafeMutablePointer<Bool>
    ) {
      self.knots = knots
      self.vertices = vertices
      self.isDown = isDown
    }

    mutating func clear() { count = 0 }

    mutating func begin(at point: Point) { append(point, isDown: false) }

    mutating func draw(to point: Point) { append(point, isDown: true) }

    private mutating func append(_ point: Point, isDown down: Bool) {
      vertices[count] = point
      isDown[count] = down
      count += 1
    }

    /// Scales and moves the curve so that a pen that adds `margin` on every side fills a square box, touching
    /// it in the longer direction and centred in the other.
    func fit(box: Float, margin: Float) {
      var low = vertices[0]
      var high = vertices[0]
      for index in 1..<count {
        let vertex = vertices[index]
        low.x = min(low.x, vertex.x)
        low.y = min(low.y, vertex.y)
        high.x = max(high.x, vertex.x)
        high.y = max(high.y, vertex.y)
      }
      // The lower bound is not met in practice; a digit that collapsed would stay small, not divide by 0.
      let scale = (box - 2 * margin) / max(high.x - low.x, high.y - low.y, 0.05)
      let centre = Point(x: 0.5 * (low.x + high.x), y: 0.5 * (low.y + high.y))
      for index in 0..<count {
        vertices[index].x = (vertices[index].x - centre.x) * scale + 0.5 * box
        vertices[index].y = (vertices[index].y - centre.y) * scale + 0.5 * box
      }
    }
  }
}
