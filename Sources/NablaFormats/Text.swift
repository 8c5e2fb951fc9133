extension String {
  /// The text with every control character replaced, so that neither a file nor what a person typed can
  /// steer a terminal by being quoted in a message.
  package var onOneLine: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { [.control, .format].contains($0.properties.generalCategory) ? "?" : $0 }))
  }

  /// The text as a JSON string, quotes included.
  package var jsonQuoted: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20: result += "\\u00" + hexadecimal(UInt8(scalar.value))
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

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
