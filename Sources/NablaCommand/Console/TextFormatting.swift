import Foundation

extension String {
  /// The text with spaces after it, or before it when it is to stand `right`, up to `width` characters.
  func padded(to width: Int, right: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - count))
    return right ? spaces + self : self + spaces
  }
}

extension [String] {
  /// The texts after `title`, commas between, on lines of at most 80 characters; the second begins below the first
  /// text.
  func listed(after title: String) -> [String] {
    var lines: [String] = []
    var line = title
    for (index, text) in enumerated() {
      let piece = " " + text + (index == count - 1 ? "" : ",")
      if line.count + piece.count > 80, index > 0 {
        lines.append(line)
        line = String(repeating: " ", count: title.count)
      }
      line += piece
    }
    return lines + [line]
  }
}

extension Double {
  /// The number with `digits` after the point: 0.950.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

  /// The number for a table: plain where that says enough, else with an exponent; "0" for zero.
  var short: String {
    if self == 0 { return "0" }
    return magnitude >= 0.001 && magnitude < 10_000 ? fixed(4) : String(format: "%.2e", self)
  }

  /// A share as a percentage: 95.42%.
  var percent: String { (self * 100).fixed(2) + "%" }
}

extension Double {
  /// So many seconds, as people say it: "40 s left", "3 min left".
  var timeLeft: String {
    let minutes = self / 60
    if self < 90 { return "\(Int(rounded())) s left" }
    return minutes < 90 ? "\(Int(minutes.rounded())) min left" : "\((minutes / 60).fixed(1)) h left"
  }
}

extension Float {
  var short: String { Double(self).short }
}
