import Nabla

extension Double {
  /// The number with `digits` after the point: 0.950. Very large ones, and what is no number, as Swift prints them.
  func fixed(_ digits: Int) -> String {
    let factor = powerOfTen(digits)
    guard isFinite, magnitude * factor < 9e15 else { return description }
    return decimalText(Int((self * factor).rounded()), digits: digits)
  }

  /// The number with four significant digits or a few more: 12,346; 3.142; 0.0001235; 1.235e-9.
  var short: String {
    guard isFinite, self != 0 else { return self == 0 ? "0" : description }
    let exponent = decimalExponent(of: magnitude)
    guard -5...6 ~= exponent else {
      return (self / powerOfTen(exponent)).fixed(3).withoutTrailingZeros + "e\(exponent)"
    }
    guard exponent < 4 else { return Int(rounded()).grouped }
    return fixed(min(8, max(0, 3 - exponent))).withoutTrailingZeros
  }

  /// A share as a percentage: 95.42%.
  var percent: String { (self * 100).fixed(2) + "%" }

  /// A length in a drawing, to a hundredth, without zeros that say nothing.
  var coordinate: String { isFinite ? fixed(2).withoutTrailingZeros : "0" }
}

extension Int {
  /// The number with commas between thousands: 60,000.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = String(digits.dropLast(3))
    }
    return (self < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
  }
}

extension String {
  /// 1.500 as 1.5, 2.00 as 2.
  fileprivate var withoutTrailingZeros: String {
    guard contains("."), !contains("e") else { return self }
    var text = self[...]
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text == "-0" ? "0" : String(text)
  }
}

/// `whole` divided by 10^`digits`, written without rounding: (12345, 2) is 123.45.
func decimalText(_ whole: Int, digits: Int) -> String {
  guard digits > 0 else { return String(whole) }
  var text = String(whole.magnitude)
  text = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  return (whole < 0 ? "-" : "") + text.dropLast(digits) + "." + text.suffix(digits)
}

/// 10^exponent, to the nearest Double.
func powerOfTen(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? (exponent < 0 ? 0 : .infinity) }

/// The e of a x 10^e with 1 <= a < 10.
///
/// - Precondition: `value` is positive and finite.
func decimalExponent(of value: Double) -> Int {
  var exponent = Int((Double(value.exponent) * 0.301029995663981).rounded(.down))
  while exponent < 308, powerOfTen(exponent + 1) <= value { exponent += 1 }
  while powerOfTen(exponent) > value { exponent -= 1 }
  return exponent
}

/// log10 of a positive number, with the same bits on every machine.
func decimalLogarithm(_ value: Double) -> Double { naturalLogarithm(value) * 0.43429448190325182 }
