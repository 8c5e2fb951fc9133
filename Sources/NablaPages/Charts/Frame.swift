/// The place of a chart's axes: what turns numbers into coordinates, and draws what all charts have in common.
///
/// Coordinates are CSS pixels from the upper left corner.
package struct Frame: Sendable {
  /// Pixels between the edge of the drawing and the axes.
  package struct Margins: Sendable {
    package var top, right, bottom, left: Double

    package init(top: Double, right: Double, bottom: Double, left: Double) {
      (self.top, self.right, self.bottom, self.left) = (top, right, bottom, left)
    }
  }

  package let width, height: Double
  package let margins: Margins
  package let x, y: FittedAxis

  package init(width: Double, height: Double, margins: Margins, x: FittedAxis, y: FittedAxis) {
    (self.width, self.height, self.margins, self.x, self.y) = (width, height, margins, x, y)
  }

  /// Margins that hold the marks' numbers, the axes' names above and below, and labels of so many pixels at the right
  /// and above.
  init(width: Double, height: Double, x: FittedAxis, y: FittedAxis, right: Double = 0, top: Double = 0) {
    let numbers = y.ticks.map { textWidth($0.text) }.max() ?? 0
    let overhang = (x.ticks.last.map { textWidth($0.text) } ?? 0) / 2
    self.init(
      width: width, height: height,
      margins: Margins(
        top: max(top, y.axis.label.isEmpty ? 10 : 26), right: max(right, overhang + 2, 10),
        bottom: x.axis.label.isEmpty ? 24 : 40, left: max(numbers + 10, 14)),
      x: x, y: y)
  }

  var left: Double { margins.left }
  var right: Double { width - margins.right }
  var top: Double { margins.top }
  var bottom: Double { height - margins.bottom }

  /// Where a number of the horizontal axis lies.
  package func x(_ value: Double) -> Double { left + x.share(of: value) * (right - left) }

  /// Where a number of the vertical axis lies.
  package func y(_ value: Double) -> Double { bottom - y.share(of: value) * (bottom - top) }

  /// Lines across at the marks of the vertical axis, the base line, the numbers and the names of both axes.
  var axes: Markup {
    var parts: [Markup] = []
    for tick in y.ticks {
      let height = y(tick.value)
      parts.append("<path class=\"grid\" d=\"M\(left) \(height)H\(right)\"/>")
      parts.append("<text class=\"end\" x=\"\(left - 6)\" y=\"\(height + 3.5)\">\(tick.text)</text>")
    }
    parts.append("<path class=\"axis\" d=\"M\(left) \(bottom)H\(right)\"/>")
    for tick in x.ticks {
      let place = x(tick.value)
      parts.append("<path class=\"axis\" d=\"M\(place) \(bottom)v4\"/>")
      parts.append("<text class=\"middle\" x=\"\(place)\" y=\"\(bottom + 16)\">\(tick.text)</text>")
    }
    if !y.axis.label.isEmpty { parts.append("<text class=\"name\" x=\"0\" y=\"11\">\(y.axis.label)</text>") }
    if !x.axis.label.isEmpty {
      parts.append("<text class=\"name end\" x=\"\(right)\" y=\"\(bottom + 33)\">\(x.axis.label)</text>")
    }
    return "\(parts)"
  }

  /// A whole drawing in this frame.
  ///
  /// - Parameter description: what it shows, for those who do not see it.
  func drawing(_ description: String, _ parts: [Markup]) -> Markup {
    drawingMarkup(width: width, height: height, description, [axes] + parts)
  }
}

/// A drawing as an element of a page; as wide as there is room, and no wider than `width`.
///
/// - Parameter description: what it shows, for those who do not see it.
func drawingMarkup(width: Double, height: Double, _ description: String, _ parts: [Markup]) -> Markup {
  """
  <svg class="chart" viewBox="0 0 \(width) \(height)" width="\(width)" \
  height="\(height)" role="img" aria-label="\(description)">
  \(parts)
  </svg>
  """
}

/// About how many pixels a text takes in a chart: its letters are 11 pixels high. Wide characters, such as Chinese
/// ones, take twice as much.
func textWidth(_ text: String) -> Double {
  text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 12 : 6.9) }
}

/// A text that takes at most `width` pixels: its beginning and "…" where it is longer.
func cut(_ text: String, toWidth width: Double) -> String {
  guard textWidth(text) > width else { return text }
  var kept = text
  while !kept.isEmpty, textWidth(kept) + 8 > width { kept.removeLast() }
  return kept + "…"
}
