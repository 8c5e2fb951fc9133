import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads XML, and remembers what stood in it.
final class WellFormed: NSObject, XMLParserDelegate {
  /// Every element with its attributes, in their order.
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  /// All text between tags.
  private(set) var text = ""

  /// - Throws: where the text is no well-formed XML.
  init(_ markup: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    super.init()
    let parser = XMLParser(data: Data(markup.utf8))
    parser.delegate = self
    let isRead = parser.parse()
    try #require(
      isRead, "line \(parser.lineNumber): \(String(describing: parser.parserError))",
      sourceLocation: sourceLocation)
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?, attributes attributeDict: [String: String] = [:]
  ) {
    elements.append((elementName, attributeDict))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  /// Elements of one name.
  func all(_ name: String) -> [[String: String]] {
    elements.filter { $0.name == name }.map(\.attributes)
  }

  /// Numbers of an attribute of all elements of one name and class.
  func numbers(_ name: String, _ attribute: String, class style: String? = nil) -> [Double] {
    var numbers: [Double] = []
    for element in all(name) {
      let styles = (element["class"] ?? "").split(separator: " ").map(String.init)
      guard style.map({ styles.contains($0) }) ?? true else { continue }
      if let number = element[attribute].flatMap(Double.init) { numbers.append(number) }
    }
    return numbers
  }
}
