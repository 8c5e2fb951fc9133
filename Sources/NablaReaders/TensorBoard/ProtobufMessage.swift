/// The bytes of a protocol buffer message: fields in the order in which they are added.
///
/// Source: protobuf.dev/programming-guides/encoding.
package struct ProtobufMessage {
  /// The message so far.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  private mutating func begin(_ field: Int, _ type: WireType) {
    append(varint: UInt64(field) << 3 | type.rawValue)
  }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  package mutating func add(_ field: Int, _ value: Int) {
    begin(field, .varint)
    append(varint: UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: Int, _ value: Double) {
    begin(field, .eightBytes)
    bytes += littleEndianBytes(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ value: Float) {
    begin(field, .fourBytes)
    bytes += littleEndianBytes(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ value: [UInt8]) {
    begin(field, .lengthDelimited)
    append(varint: UInt64(value.count))
    bytes += value
  }

  package mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

  package mutating func add(_ field: Int, _ value: ProtobufMessage) { add(field, value.bytes) }

  /// Adds a field that is a message, as `fill` makes it.
  package mutating func add(_ field: Int, _ fill: (inout ProtobufMessage) -> Void) {
    var value = ProtobufMessage()
    fill(&value)
    add(field, value)
  }

  /// Adds a packed repeated field of doubles.
  package mutating func add(_ field: Int, packed values: [Double]) {
    add(field, values.flatMap { littleEndianBytes($0.bitPattern) })
  }
}

extension ProtobufMessage {
  /// A field at the top of a message: its number, and its value where that is a varint.
  private struct Field {
    let number: UInt64
    let varint: UInt64?
  }

  /// Takes the first field away from `rest`; nil where the bytes are no message, or at their end.
  private static func takeField(from rest: inout ArraySlice<UInt8>) -> Field? {
    guard let key = takeVarint(from: &rest) else { return nil }
    let length: UInt64
    switch WireType(rawValue: key & 7) {
    case .varint?:
      guard let value = takeVarint(from: &rest) else { return nil }
      return Field(number: key >> 3, varint: value)
    case .eightBytes?: length = 8
    case .fourBytes?: length = 4
    case .lengthDelimited?:
      guard let count = takeVarint(from: &rest) else { return nil }
      length = count
    case nil: return nil
    }
    guard length <= UInt64(rest.count) else { return nil }
    rest = rest.dropFirst(Int(length))
    return Field(number: key >> 3, varint: nil)
  }

  private static func takeVarint(from rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// Returns the first value of a varint field; nil where there is none or the bytes are no message.
  package static func varint(_ number: Int, in message: ArraySlice<UInt8>) -> Int? {
    var rest = message
    while let field = takeField(from: &rest) {
      if field.number == UInt64(number), let value = field.varint { return Int(truncatingIfNeeded: value) }
    }
    return nil
  }

  /// Whether a message has a field.
  package static func hasField(_ number: Int, in message: ArraySlice<UInt8>) -> Bool {
    var rest = message
    while let field = takeField(from: &rest) {
      if field.number == UInt64(number) { return true }
    }
    return false
  }
}

/// The bytes of a number, the lowest first.
func littleEndianBytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
