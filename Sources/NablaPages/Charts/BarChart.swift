/// Numbers by name as bars from left to right.
package struct BarChart: Sendable {
  /// One bar.
  package struct Bar: Sendable {
    package var name: String
    package var value: Double
    /// From the lowest to the highest of several measurements; nil where there is one.
    package var spread: ClosedRange<Double>?
    /// What stands behind it.
    package var text: String
    package var colour: Int

    package init(
      _ name: String, _ value: Double, spread: ClosedRange<Double>? = nil, text: String, colour: Int = 1
    ) {
      (self.name, self.value, self.spread, self.text, self.colour) = (name, value, spread, text, colour)
    }
  }

  package var bars: [Bar]
  package var axis: Axis
  /// What it shows, for those who do not see it.
  package var description: String
  package var width: Double

  package init(_ bars: [Bar], axis: Axis, description: String, width: Double = 420) {
    (self.bars, self.axis, self.description, self.width) = (bars, axis, description, width)
  }

  /// Pixels from one bar to the next.
  static let barDistance = 22.0
  private static let longestName = 165.0

  /// The place of the axes: 0 is always on the horizontal one.
  package var frame: Frame {
    var values = [0.0]
    for bar in bars {
      values.append(bar.value)
      if let spread = bar.spread { values += [spread.lowerBound, spread.upperBound] }
    }
    let names = bars.map { min(textWidth($0.name), Self.longestName) }.max() ?? 0
    let texts = bars.map { textWidth($0.text) }.max() ?? 0
    return Frame(
      width: width, height: Self.barDistance * Double(bars.count) + 44,
      margins: Frame.Margins(top: 4, right: texts + 12, bottom: 40, left: names + 10),
      x: FittedAxis(axis, fitting: values),
      y: FittedAxis(Axis(range: 0...Double(max(bars.count, 1))), fitting: []))
  }

  /// The drawing.
  package var svg: Markup {
    let frame = frame
    var parts: [Markup] = []
    for tick in frame.x.ticks {
      let x = frame.x(tick.value)
      parts.append("<path class=\"grid\" d=\"M\(x) \(frame.top)V\(frame.bottom)\"/>")
      parts.append("<text class=\"middle\" x=\"\(x)\" y=\"\(frame.bottom + 14)\">\(tick.text)</text>")
    }
    parts.append(
      "<text class=\"name end\" x=\"\(frame.right)\" y=\"\(frame.bottom + 31)\">\(axis.label)</text>")
    let zero = frame.x(max(frame.x.lower, min(0, frame.x.upper)))
    for (index, bar) in bars.enumerated() {
      let y = frame.top + (Double(index) + 0.5) * Self.barDistance
      parts.append(
        """
        <text class="end" x="\(frame.left - 6)" y="\(y + 4)">\(cut(bar.name, toWidth: Self.longestName))</text>
        """)
      guard frame.x.hasPlace(bar.value) else { continue }
      let end = frame.x(bar.value)
      parts.append(
        """
        <rect class="bar c\(bar.colour)" x="\(min(zero, end))" y="\(y - 6)" width="\(max(zero, end) - min(zero, end))" \
        height="12"/>
        """)
      var last = max(zero, end)
      if let spread = bar.spread, frame.x.hasPlace(spread.lowerBound), frame.x.hasPlace(spread.upperBound) {
        let (low, high) = (frame.x(spread.lowerBound), frame.x(spread.upperBound))
        parts.append(
          "<path class=\"spread\" d=\"M\(low) \(y)H\(high)M\(low) \(y - 3)v6M\(high) \(y - 3)v6\"/>")
        last = max(last, high)
      }
      parts.append("<text class=\"strong\" x=\"\(last + 6)\" y=\"\(y + 4)\">\(bar.text)</text>")
    }
    parts.append("<path class=\"axis\" d=\"M\(zero) \(frame.top)V\(frame.bottom)\"/>")
    return drawingMarkup(width: frame.width, height: frame.height, description, parts)
  }
}
