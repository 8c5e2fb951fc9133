/// Text of HTML or SVG. Whatever is interpolated is escaped unless it is markup itself, so that no name of a class, no
/// path and no option can become a tag:
///
/// ```swift
/// let name = "<script>"
/// let cell: Markup = "<td>\(name)</td>"  // <td>&lt;script&gt;</td>
/// ```
///
/// Only literals of the source are taken as they are; there is no other way in.
package struct Markup: ExpressibleByStringInterpolation, Sendable {
  /// What is written to a file or sent.
  package private(set) var text: String

  /// No text.
  package init() { text = "" }

  package init(stringLiteral value: String) { text = value }

  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Plain text, escaped.
  package init(escaping plain: String) {
    self.init()
    text.appendEscaped(plain)
  }

  package static func += (markup: inout Markup, more: Markup) { markup.text += more.text }

  package static func + (first: Markup, second: Markup) -> Markup {
    var both = first
    both += second
    return both
  }

  /// What gathers the parts of a literal with interpolations.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { text += literal }

    package mutating func appendInterpolation(_ plain: String) { text.appendEscaped(plain) }

    package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

    /// Nothing, where there is nothing.
    package mutating func appendInterpolation(_ markup: Markup?) { text += markup?.text ?? "" }

    /// One after the other, on lines of their own.
    package mutating func appendInterpolation(_ parts: [Markup]) {
      text += parts.map(\.text).joined(separator: "\n")
    }

    package mutating func appendInterpolation(_ number: Int) { text += String(number) }

    /// A length or coordinate: to a hundredth.
    package mutating func appendInterpolation(_ length: Double) { text += length.coordinate }
  }
}

extension String {
  /// Appends text as it stands between tags and in quoted attributes of HTML and XML. Control characters, which XML has
  /// no way to write, become U+FFFD.
  fileprivate mutating func appendEscaped(_ plain: String) {
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": self += "&amp;"
      case "<": self += "&lt;"
      case ">": self += "&gt;"
      case "\"": self += "&quot;"
      case "'": self += "&#39;"
      case "\t", "\n", "\r": unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value || scalar.value & 0xFFFE == 0xFFFE:
        self += "\u{FFFD}"
      default: unicodeScalars.append(scalar)
      }
    }
  }
}
