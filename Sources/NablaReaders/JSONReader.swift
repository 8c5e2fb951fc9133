/// Reads JSON strictly (RFC 8259), by recursive descent. Foundation's reader accepts duplicate keys and rounds whole
/// numbers; a header that two readers understand differently is how a bad model file gets past a check.
package struct JSONReader {
  /// Levels of arrays and objects inside each other: more than a model file needs, few enough for any stack.
  static let greatestDepth = 64

  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private let offset: Int
  private var position = 0
  private var depth = 0
  /// Values that may still be read.
  private var room: Int

  /// Reads one value; nothing but white space stands before and after it.
  ///
  /// - Parameters:
  ///   - path: the file that messages name.
  ///   - offset: where in that file `bytes` start; for messages.
  ///   - mostValues: a value takes a hundred bytes of memory, however short its text is.
  /// - Throws: `FileError` with the byte where the text goes wrong.
  package static func read(
    _ bytes: UnsafeRawBufferPointer, path: String, offset: Int, mostValues: Int = 200_000
  ) throws(FileError) -> JSONValue {
    var reader = JSONReader(bytes, path: path, offset: offset, mostValues: mostValues)
    return try reader.document()
  }

  private init(_ bytes: UnsafeRawBufferPointer, path: String, offset: Int, mostValues: Int) {
    room = mostValues
    self.bytes = bytes
    self.path = path
    self.offset = offset
  }

  private mutating func document() throws(FileError) -> JSONValue {
    let result = try value()
    skipWhiteSpace()
    guard position == bytes.count else { throw wrong("has text after the JSON value", expected: "its end") }
    return result
  }

  private mutating func value() throws(FileError) -> JSONValue {
    skipWhiteSpace()
    room -= 1
    guard room >= 0 else {
      throw FileError(
        path, at: .byte(offset + position), "has more JSON values than a file of this kind needs")
    }
    switch current {
    case UInt8(ascii: "{"): return try nested { (reader) throws(FileError) in try reader.object() }
    case UInt8(ascii: "["): return try nested { (reader) throws(FileError) in try reader.array() }
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
    _ read: (inout JSONReader) throws(FileError) -> JSONValue
  ) throws(FileError) -> JSONValue {
    guard depth < Self.greatestDepth else {
      throw FileError(
        path, at: .byte(offset + position), "has JSON nested too deep",
        expected: "at most \(Self.greatestDepth) levels", found: "more")
    }
    depth += 1
    defer { depth -= 1 }
    position += 1
    return try read(&self)
  }

  private mutating func object() throws(FileError) -> JSONValue {
    var members: [JSONValue.Member] = []
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
      members.append(JSONValue.Member(name: name, value: try value()))
      skipWhiteSpace()
    } while skip(",")
    guard skip("}") else { throw wrong("is not valid JSON", expected: "',' or '}'") }
    return .object(members)
  }

  private mutating func array() throws(FileError) -> JSONValue {
    var elements: [JSONValue] = []
    skipWhiteSpace()
    if skip("]") { return .array([]) }
    repeat {
      elements.append(try value())
      skipWhiteSpace()
    } while skip(",")
    guard skip("]") else { throw wrong("is not valid JSON", expected: "',' or ']'") }
    return .array(elements)
  }

  private mutating func number() throws(FileError) -> JSONValue {
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
