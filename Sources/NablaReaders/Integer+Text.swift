extension Int {
  /// The number with a comma between thousands: 60,000.
  package var grouped: String {
    let digits = Array(String(magnitude))
    let groups = digits.indices.map { index in
      let separates = index > 0 && (digits.count - index) % 3 == 0
      return (separates ? "," : "") + String(digits[index])
    }
    return (self < 0 ? "-" : "") + groups.joined()
  }
}

/// `byte` as two hexadecimal digits.
package func hexadecimal(_ byte: UInt8) -> String {
  (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
}
