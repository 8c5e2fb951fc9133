import Foundation

extension String {
  /// The text with spaces after it, or before it when it is to stand `right`, up to `width` characters.
  func padded(to width: Int, right: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - count))
    return right ? spaces + self : self + spaces
  }

  /// The text without control characters: what a person typed or a file contains cannot steer the terminal.
  var onOneLine: String {
    String(
      String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}

extension Int {
  /// The number with a comma between thousands: 60,000.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
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

extension Float {
  var short: String { Double(self).short }
}
