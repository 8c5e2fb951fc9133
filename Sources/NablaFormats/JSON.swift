/// A JSON value, read strictly (RFC 8259): Foundation's reader accepts duplicate keys and rounds whole numbers,
/// and a header that two readers understand differently is how a bad model file gets past a check.
enum JSON: Equatable {
  case null
  case boolean(Bool)
  /// A number as it is written, so that nothing is rounded.
  case number(String)
  case string(String)
  case array([JSON])
  /// Members in the order of the file; no two have the same name.
  case object([Member])

  struct Member: Equatable {
    let name: String
    let value: JSON
  }

  /// Levels of arrays and objects inside each other; more than any file of ours needs, and no stack is exhausted.
  static let greatestDepth = 64

  /// Reads one value that fills `bytes` but for white space.
  ///
  /// - Parameters:
  ///   - path: the file the bytes are from, and `offset`, where they start in it; for messages.
  /// - Throws: `FileError` with the byte where it goes wrong.
  static func parse(_ bytes: UnsafeRawBufferPointer, path: String, offset: Int) throws(FileError) -> JSON {
    var parser = JSONParser(bytes: bytes, path: path, offset: offset)
    return try parser.document()
  }

  /// The exact value of a whole number 0 ... 2^53 written in digits only: "-1", "1e3" and 2^53 + 1, which other
  /// readers would round, are nil.
  var wholeNumber: Int? {
    guard case .number(let text) = self, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(text).flatMap { $0 <= 1 << 53 ? $0 : nil }
  }
}

/// A recursive-descent reader over bytes.
private struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  let path: String
  let offset: Int
  private var position = 0
  private var depth = 0

  init(bytes: UnsafeRawBufferPointer, path: String, offset: Int) {
    self.bytes = bytes
    self.path = path
    self.offset = offset
  }

  mutating func document() throws(FileError) -> JSON {
    let result = try value()
    skipWhiteSpace()
    guard position == bytes.count else { throw wrong("has text after the JSON value", expected: "its end") }
    return result
  }

  private mutating func value() throws(FileError) -> JSON {
    skipWhiteSpace()
    switch current {
    case UInt8(ascii: "{"): return try nested { (parser) throws(FileError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(FileError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"): return try number()
    case let byte? where 0x30...0x39 ~= byte: return try number()
    default:
      if skip("true") { return .boolean(true) }
      if skip("false") { return .boolean(false) }
      if skip("null") { return .null }
      throw wrong("is not valid JSON", expected: "a value")
    }
  }

  private mutating func nested(
    _ read: (inout JSONParser) throws(FileError) -> JSON
  ) throws(FileError) -> JSON {
    guard depth < JSON.greatestDepth else {
      throw FileError(
        path, at: .byte(offset + position), "has JSON nested too deep",
        expected: "at most \(JSON.greatestDepth) levels", found: "more")
    }
    depth += 1
    defer { depth -= 1 }
    position += 1
    return try read(&self)
  }

  private mutating func object() throws(FileError) -> JSON {
    var members: [JSON.Member] = []
    var names: Set<[UInt8]> = []
    skipWhiteSpace()
    if skip("}") { return .object([]) }
    repeat {
      skipWhiteSpace()
      let start = position
      guard current == UInt8(ascii: "\"") else {
        throw wrong("is not valid JSON", expected: "a name in quotes")
      }
      let name = try string()
      // Compared as bytes: Swift's strings count "é" in one and in two code points as the same.
      guard names.insert(Array(name.utf8)).inserted else {
        throw FileError(
          path, at: .byte(offset + start), "has a name twice in one JSON object", expected: "each name once",
          found: "\"\(name.prefix(60))\" again")
      }
      skipWhiteSpace()
      guard skip(":") else { throw wrong("is not valid JSON", expected: "':'") }
      members.append(JSON.Member(name: name, value: try value()))
      skipWhiteSpace()
    } while skip(",")
    guard skip("}") else { throw wrong("is not valid JSON", expected: "',' or '}'") }
    return .object(members)
  }

  private mutating func array() throws(FileError) -> JSON {
    var elements: [JSON] = []
    skipWhiteSpace()
    if skip("]") { return .array([]) }
    repeat {
      elements.append(try value())
      skipWhiteSpace()
    } while skip(",")
    guard skip("]") else { throw wrong("is not valid JSON", expected: "',' or ']'") }
    return .array(elements)
  }

  private mutating func number() throws(FileError) -> JSON {
    let start = position
    _ = skip("-")
    if !skip("0") { try digits() }
    if skip(".") { try digits() }
    if skip("e") || skip("E") {
      if !skip("+") { _ = skip("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws(FileError) {
    let start = position
    while let byte = current, 0x30...0x39 ~= byte { position += 1 }
    guard position > start else { throw wrong("is not valid JSON", expected: "a digit") }
  }

  private mutating func string() throws(FileError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\"") {
      if byte == UInt8(ascii: "\\") {
        text += String(try escape()).utf8
      } else {
        guard byte >= 0x20 else {
          throw wrong("has a control character in a JSON string", expected: "an escape")
        }
        text.append(byte)
        position += 1
      }
    }
    guard skip("\"") else { throw wrong("is not valid JSON", expected: "the end of a string") }
    guard let result = String(validating: text, as: UTF8.self) else {
      throw FileError(
        path, at: .byte(offset + start), "has a JSON string that is not UTF-8", expected: "UTF-8")
    }
    return result
  }

  private mutating func escape() throws(FileError) -> Unicode.Scalar {
    let start = position
    position += 1
    defer { position += 1 }
    switch current {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw wrong("is not valid JSON", expected: "an escape")
    }
    var unit = try codeUnit()
    if 0xD800...0xDBFF ~= unit, skipPastEscapeStart() {
      let low = try codeUnit()
      if 0xDC00...0xDFFF ~= low { unit = 0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00) }
    }
    guard let scalar = Unicode.Scalar(unit) else {
      throw FileError(
        path, at: .byte(offset + start), "has a lone surrogate in a JSON string",
        expected: "a pair of surrogates")
    }
    return scalar
  }

  /// Moves from the last digit of one \u escape to the "u" of the next, if there is one.
  private mutating func skipPastEscapeStart() -> Bool {
    guard position + 2 < bytes.count, bytes[position + 1] == UInt8(ascii: "\\"),
      bytes[position + 2] == UInt8(ascii: "u")
    else { return false }
    position += 2
    return true
  }

  /// Reads the four digits after the "u" at `position`, which ends up at the last of them.
  private mutating func codeUnit() throws(FileError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      position += 1
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw wrong("is not valid JSON", expected: "four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipWhiteSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - position >= count,
      (0..<count).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
    else { return false }
    position += count
    return true
  }

  private func wrong(_ problem: String, expected: String) -> FileError {
    let found =
      switch current {
      case nil: "the end of the text"
      case let byte? where 0x21...0x7E ~= byte: "'\(Unicode.Scalar(byte))'"
      case let byte?: "byte 0x\(hexadecimal(byte))"
      }
    return FileError(path, at: .byte(offset + position), problem, expected: expected, found: found)
  }
}
