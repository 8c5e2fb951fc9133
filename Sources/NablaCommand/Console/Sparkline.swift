/// Draws numbers over time as one line of small bars: █▆▃▂▁▁.
enum Sparkline {
  /// Returns at most `width` bars from the least number to the largest; where there are more numbers a bar is the mean of
  /// several. A number that is not finite has the lowest bar.
  static func text(_ values: [Double], width: Int) -> String {
    let bars = min(width, values.count)
    guard bars > 0 else { return "" }
    let means = (0..<bars).map { bar in
      let part = values[bar * values.count / bars..<(bar + 1) * values.count / bars]
      return part.reduce(0, +) / Double(part.count)
    }
    let finite = means.filter(\.isFinite)
    guard let least = finite.min(), let largest = finite.max(), largest > least else {
      return Bars.upright([Float](repeating: 0, count: bars))
    }
    return Bars.upright(means.map { Float(($0 - least) / (largest - least)) })
  }

  /// The place of the bar that has number `index` of `count` in it.
  static func place(of index: Int, among count: Int, width: Int) -> Int {
    let bars = min(width, count)
    return (0..<bars).first { index < ($0 + 1) * count / bars } ?? 0
  }

  /// The sparkline after a title, with the first and the last number behind it, and below it a mark at one of them.
  ///
  /// - Parameter mark: which number is marked, from 0, and what the mark says.
  static func lines(
    _ title: String, _ values: [Double], mark: (index: Int, text: String)?, width terminalWidth: Int
  ) -> [String] {
    guard let first = values.first, let last = values.last, values.count > 1 else { return [] }
    let numbers = "  \(first.short) to \(last.short)"
    let width = min(40, max(8, terminalWidth - title.count - 2 - numbers.count))
    let lines = ["\(title)  \(text(values, width: width))\(numbers)"]
    guard let mark else { return lines }
    let column = title.count + 2 + place(of: mark.index, among: values.count, width: width)
    // The words stand where they fit: behind the mark, or before it.
    let behind = String(repeating: " ", count: column) + "▲ " + mark.text
    let before = (mark.text + " ▲").padded(to: column + 1, right: true)
    return lines + [behind.count <= terminalWidth ? behind : before]
  }
}
