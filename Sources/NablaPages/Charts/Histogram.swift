/// How often numbers of equal ranges occur, as bars from below.
package struct Histogram: Sendable {
  package var x, y: Axis
  package var colour: Int
  /// What it shows, for those who do not see it.
  package var description: String
  package var width, height: Double
  /// The numbers at the edges of the bars, one more than there are bars.
  package let edges: [Double]
  /// How many numbers lie between two edges.
  package let counts: [Int]

  /// Counts numbers; those that are not finite are left out.
  package init(
    of values: [Double], bins: Int = 30, x: Axis, y: Axis = Axis("samples"), colour: Int = 1,
    description: String, width: Double = 420, height: Double = 240
  ) {
    (self.x, self.y, self.colour, self.description) = (x, y, colour, description)
    (self.width, self.height) = (width, height)
    let drawn = values.filter { FittedAxis.hasPlace($0, on: Axis()) }
    var fitting = x
    fitting.tickCount = bins
    let axis = FittedAxis(fitting, fitting: drawn)
    let bins = max(1, axis.ticks.count - 1)
    let barWidth = (axis.upper - axis.lower) / Double(bins)
    edges = (0..<bins).map { axis.lower + barWidth * Double($0) } + [axis.upper]
    var counts = [Int](repeating: 0, count: bins)
    for value in drawn where axis.lower...axis.upper ~= value {
      counts[max(0, min(bins - 1, Int(axis.share(of: value) * Double(bins))))] += 1
    }
    self.counts = counts
  }

  /// The place of the axes.
  package var frame: Frame {
    var x = x
    x.range = edges[0]...edges[edges.count - 1]
    return Frame(
      width: width, height: height, x: FittedAxis(x, fitting: []),
      y: FittedAxis(y, fitting: counts.map(Double.init) + [0]))
  }

  /// The drawing.
  package var svg: Markup {
    let frame = frame
    let bars = counts.indices.filter { counts[$0] > 0 }.map { bin -> Markup in
      let (left, right) = (frame.x(edges[bin]), frame.x(edges[bin + 1]))
      let top = frame.y(Double(counts[bin]))
      return """
        <rect class="bar c\(colour)" x="\(left + 0.5)" y="\(top)" width="\(max(right - left - 1, 0.5))" \
        height="\(frame.bottom - top)"/>
        """
    }
    return frame.drawing(description, bars)
  }
}
