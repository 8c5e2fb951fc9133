/// Numbers over numbers as lines, with each line's name at its end.
package struct LineChart: Sendable {
  /// One line.
  package struct Series: Sendable {
    package var name: String
    /// (x, y) from left to right; what is not finite is a gap.
    package var points: [(x: Double, y: Double)]
    /// Its colour, 1 ... `ChartStyle.colourCount`.
    package var colour: Int
    package var isDashed: Bool

    package init(_ name: String, _ points: [(x: Double, y: Double)], colour: Int, isDashed: Bool = false) {
      (self.name, self.points, self.colour, self.isDashed) = (name, points, colour, isDashed)
    }
  }

  /// A place on the horizontal axis that is named, such as the best epoch.
  package struct Mark: Sendable {
    package var x: Double
    package var text: String

    package init(x: Double, _ text: String) { (self.x, self.text) = (x, text) }
  }

  package var series: [Series]
  package var x, y: Axis
  package var marks: [Mark]
  /// What it shows, for those who do not see it.
  package var description: String
  package var width, height: Double

  package init(
    _ series: [Series], x: Axis, y: Axis, marks: [Mark] = [], description: String, width: Double = 420,
    height: Double = 240
  ) {
    (self.series, self.x, self.y, self.marks) = (series, x, y, marks)
    (self.description, self.width, self.height) = (description, width, height)
  }

  /// A line has at most so many points in the drawing: beyond, of each group of neighbours the least and the largest
  /// are drawn, which on a screen looks the same.
  package static let mostPoints = 800

  /// The place of the axes.
  package var frame: Frame {
    let points = series.flatMap(\.points)
    let names = series.count > 1 ? series.map { textWidth($0.name) }.max() ?? 0 : 0
    return Frame(
      width: width, height: height, x: FittedAxis(x, fitting: points.map(\.x)),
      y: FittedAxis(y, fitting: points.map(\.y)), right: names > 0 ? names + 12 : 0,
      top: marks.isEmpty ? 0 : 22)
  }

  /// The drawing.
  package var svg: Markup {
    let frame = frame
    var parts: [Markup] = []
    for mark in marks where frame.x.hasPlace(mark.x) {
      let place = frame.x(mark.x)
      parts.append("<path class=\"mark\" d=\"M\(place) \(frame.top)V\(frame.bottom)\"/>")
      parts.append("<text class=\"small middle\" x=\"\(place)\" y=\"\(frame.top - 6)\">\(mark.text)</text>")
    }
    for line in series {
      let runs = Self.runs(of: line.points, frame)
      let path = runs.filter { $0.count > 1 }.map(Self.path).joined()
      if !path.isEmpty {
        parts.append(
          "<path class=\"line c\(line.colour)\(line.isDashed ? " dashed" : "")\" d=\"\(path)\"/>")
      }
      // Few points are shown as such; one by itself would not be seen otherwise.
      let isSparse = line.points.count <= 12
      for run in runs where isSparse || run.count == 1 {
        for point in run {
          parts.append(
            "<circle class=\"dot c\(line.colour)\" cx=\"\(point.x)\" cy=\"\(point.y)\" r=\"2.5\"/>")
        }
      }
    }
    if series.count > 1 { parts += names(frame) }
    return frame.drawing(description, parts)
  }

  /// Names at the ends of the lines, pushed apart where they would overlap.
  private func names(_ frame: Frame) -> [Markup] {
    let distance = 13.0
    var ends = series.compactMap { line -> (line: Series, y: Double)? in
      guard let last = Self.runs(of: line.points, frame).last?.last else { return nil }
      return (line, last.y)
    }
    ends.sort { $0.y < $1.y }
    for index in ends.indices.dropFirst() {
      ends[index].y = max(ends[index].y, ends[index - 1].y + distance)
    }
    // Then up again, as far as the lowest is below the axis.
    var lowest = frame.bottom
    for index in ends.indices.reversed() {
      ends[index].y = min(ends[index].y, lowest)
      lowest = ends[index].y - distance
    }
    return ends.map {
      "<text class=\"label c\($0.line.colour)\" x=\"\(frame.right + 6)\" y=\"\($0.y + 3.5)\">\($0.line.name)</text>"
    }
  }

  /// The points as coordinates, divided at gaps.
  private static func runs(
    of points: [(x: Double, y: Double)], _ frame: Frame
  ) -> [[(x: Double, y: Double)]] {
    var runs: [[(x: Double, y: Double)]] = [[]]
    for point in points {
      if frame.x.hasPlace(point.x), frame.y.hasPlace(point.y) {
        runs[runs.count - 1].append((frame.x(point.x), frame.y(point.y)))
      } else if !(runs.last?.isEmpty ?? true) {
        runs.append([])
      }
    }
    return runs.filter { !$0.isEmpty }.map(thinned)
  }

  private static func thinned(_ run: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard run.count > mostPoints else { return run }
    let group = (2 * run.count + mostPoints - 1) / mostPoints
    var kept: [(x: Double, y: Double)] = []
    for start in stride(from: 0, to: run.count, by: group) {
      let part = start..<min(start + group, run.count)
      let least = part.min { run[$0].y < run[$1].y } ?? start
      let largest = part.max { run[$0].y < run[$1].y } ?? start
      for index in Set([least, largest]).sorted() { kept.append(run[index]) }
    }
    return kept
  }

  private static func path(_ run: [(x: Double, y: Double)]) -> String {
    "M" + run.map { "\($0.x.coordinate) \($0.y.coordinate)" }.joined(separator: "L")
  }
}
