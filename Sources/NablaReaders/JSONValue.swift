/// A JSON value as a file holds it; `JSONReader` reads it.
package enum JSONValue: Equatable {
  case null
  case boolean(Bool)
  /// A number as it is written, so that nothing is rounded.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// Members in the order of the file; no two have the same name.
  case object([Member])

  package struct Member: Equatable {
    package let name: String
    package let value: JSONValue
  }

  /// The exact value of a whole number 0 ... 2^53 written in digits only: "-1", "1e3" and 2^53 + 1, which other
  /// readers would round, are nil.
  package var wholeNumber: Int? {
    guard case .number(let text) = self, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(text).flatMap { $0 <= 1 << 53 ? $0 : nil }
  }
}
