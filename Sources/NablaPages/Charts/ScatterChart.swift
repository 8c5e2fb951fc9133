/// Points, with a line where both numbers are equal, or where the second is 0: predictions beside what is true, residuals,
/// calibration.
package struct ScatterChart: Sendable {
  package struct Point: Sendable {
    package var x, y: Double
    /// Pixels from its middle to its edge.
    package var radius: Double

    package init(x: Double, y: Double, radius: Double = 2.5) {
      (self.x, self.y, self.radius) = (x, y, radius)
    }
  }

  /// The line that perfect points lie on.
  package enum Guide: Sendable {
    /// y = x
    case diagonal
    /// y = 0
    case zero
  }

  package var points: [Point]
  package var x, y: Axis
  package var guide: Guide?
  package var colour: Int
  /// Whether the points are joined, from left to right.
  package var isJoined: Bool
  /// What it shows, for those who do not see it.
  package var description: String
  package var width, height: Double

  package init(
    _ points: [Point], x: Axis, y: Axis, guide: Guide? = nil, colour: Int = 1, isJoined: Bool = false,
    description: String, width: Double = 420, height: Double = 300
  ) {
    (self.points, self.x, self.y, self.guide) = (points, x, y, guide)
    (self.colour, self.isJoined, self.description) = (colour, isJoined, description)
    (self.width, self.height) = (width, height)
  }

  /// So many points at most are drawn, evenly taken of all.
  package static let mostPoints = 1500

  /// The place of the axes; with the diagonal, both have the same ends.
  package var frame: Frame {
    var (xs, ys) = (points.map(\.x), points.map(\.y))
    if guide == .diagonal { (xs, ys) = (xs + ys, xs + ys) }
    if guide == .zero { ys.append(0) }
    return Frame(
      width: width, height: height, x: FittedAxis(x, fitting: xs), y: FittedAxis(y, fitting: ys))
  }

  /// The drawing.
  package var svg: Markup {
    let frame = frame
    var parts: [Markup] = []
    switch guide {
    case .diagonal:
      let (low, high) = (max(frame.x.lower, frame.y.lower), min(frame.x.upper, frame.y.upper))
      if low < high {
        parts.append(
          "<path class=\"guide\" d=\"M\(frame.x(low)) \(frame.y(low))L\(frame.x(high)) \(frame.y(high))\"/>")
      }
    case .zero: parts.append("<path class=\"guide\" d=\"M\(frame.left) \(frame.y(0))H\(frame.right)\"/>")
    case nil: break
    }
    let visible = points.filter { frame.x.hasPlace($0.x) && frame.y.hasPlace($0.y) }
    let every = max(1, (visible.count + Self.mostPoints - 1) / Self.mostPoints)
    let drawn = stride(from: 0, to: visible.count, by: every).map { visible[$0] }
    if isJoined, drawn.count > 1 {
      let path = drawn.map { "\(frame.x($0.x).coordinate) \(frame.y($0.y).coordinate)" }
      parts.append("<path class=\"line c\(colour)\" d=\"\("M" + path.joined(separator: "L"))\"/>")
    }
    // Many points lie upon each other: then they let through what is below them.
    let thin = drawn.count > 60 ? " thin" : ""
    for point in drawn {
      parts.append(
        """
        <circle class="dot c\(colour)\(thin)" cx="\(frame.x(point.x))" cy="\(frame.y(point.y))" r="\(point.radius)"/>
        """)
    }
    return frame.drawing(description, parts)
  }
}
