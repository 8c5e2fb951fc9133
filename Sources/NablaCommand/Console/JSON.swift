import NablaFormats

/// A JSON value to print. Its members keep the order in which they were written, so that two runs print alike.
enum JSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])
  /// A number in its shortest form that reads back as the same bits.
  case literal(String)

  /// JSON has no NaN or infinity; they become null.
  static func number(_ value: Double) -> JSON { value.isFinite ? .literal(value.description) : .null }
  static func number(_ value: Float) -> JSON { value.isFinite ? .literal(value.description) : .null }
  static func numbers(_ values: [Float]) -> JSON { .array(values.map { .number($0) }) }
  static func integers(_ values: [Int]) -> JSON { .array(values.map { .integer($0) }) }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(nilLiteral: ()) { self = .null }
}

extension JSON: CustomStringConvertible {
  /// The value on one line.
  var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .literal(let text): text
    case .string(let text): text.jsonQuoted
    case .array(let values): "[" + values.map(\.description).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\($0.jsonQuoted):\($1)" }.joined(separator: ",") + "}"
    }
  }
}
