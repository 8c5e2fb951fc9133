extension SyntheticDigits {
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

    /// Adds the piece of the smooth curve between the knots `start` and `start + 1` of `stroke`, as it lies on
    /// `sheet`; the first piece begins the stroke.
    ///
    /// - Parameters:
    ///   - begin: where the piece begins: 0 at its first knot.
    ///   - end: where it ends: 1 at its second knot. Beyond 0 and 1 the curve goes on.
    ///   - tension: how long its tangents are: 0 makes a polygon, 1 a Catmull-Rom curve.
    ///   - roundness: how round the corners are: 0 sharp, 1 no corners.
    mutating func section(
      _ stroke: [Knot], from start: Int, begin: Float = 0, end: Float = 1, tension: Float = 1,
      roundness: Float = 0, on sheet: Sheet
    ) {
      let p = knots[start]
      let q = knots[start + 1]
      // At the end of a stroke and at a sharp corner the curve has no neighbour to be smooth with.
      let chord = Point(x: q.x - p.x, y: q.y - p.y)
      var (atP, atQ) = (chord, chord)
      if start > 0 {
        let before = knots[start - 1]
        let smooth = Point(x: 0.5 * (q.x - before.x), y: 0.5 * (q.y - before.y))
        atP = stroke[start].isCorner ? chord.moved(by: roundness, to: smooth) : smooth
      }
      if start + 2 < stroke.count {
        let after = knots[start + 2]
        let smooth = Point(x: 0.5 * (after.x - p.x), y: 0.5 * (after.y - p.y))
        atQ = stroke[start + 1].isCorner ? chord.moved(by: roundness, to: smooth) : smooth
      }
      for step in (start == 0 ? 0 : 1)...Curve.stepsPerSection {
        let t = begin + (end - begin) * (Float(step) / Float(Curve.stepsPerSection))
        let s = 1 - t
        // Hermite's basis.
        let h0 = s * s * (1 + 2 * t)
        let h1 = t * t * (1 + 2 * s)
        let g0 = tension * s * s * t
        let g1 = -tension * t * t * s
        let point = sheet.place(
          Point(
            x: h0 * p.x + h1 * q.x + g0 * atP.x + g1 * atQ.x,
            y: h0 * p.y + h1 * q.y + g0 * atP.y + g1 * atQ.y))
        append(point, isDown: step > 0)
      }
    }

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
