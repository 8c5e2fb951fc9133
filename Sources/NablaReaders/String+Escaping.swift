extension String {
  /// The text with every control character replaced by "?", so that quoting a file or what a person typed in a
  /// message sends no control sequence to the terminal.
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

  /// The text as a cell of CSV: in quotes where it must be.
  package var csvCell: String {
    let isPlain =
      !utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) } && first != " " && last != " "
    return isPlain ? self : "\"" + replacing("\"", with: "\"\"") + "\""
  }
}
