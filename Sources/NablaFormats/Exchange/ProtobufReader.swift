/// Takes a message of Protocol Buffers apart, field by field; `ProtobufMessage` makes one. Nothing is copied, and no
/// length is believed that goes past the message's end.
struct ProtobufReader {
  enum Value {
    case integer(UInt64)
    /// Text, bytes, a message, or packed numbers: their place in the file.
    case bytes(Range<Int>)
    /// The bits of a number of 4 bytes.
    case fixed32(UInt32)
    /// The bits of a number of 8 bytes.
    case fixed64(UInt64)
  }

  /// The whole file.
  let file: UnsafeRawBufferPointer
  let path: String
  private var position: Int
  private let end: Int

  /// - Parameter range: where the message lies in the file; nil if it is the file.
  init(_ file: UnsafeRawBufferPointer, _ range: Range<Int>? = nil, path: String) {
    self.file = file
    self.path = path
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? file.count
  }

  /// Whether the message has been read to its end.
  var isAtEnd: Bool { position >= end }

  /// A reader of the message at `range`.
  func message(_ range: Range<Int>) -> ProtobufReader { ProtobufReader(file, range, path: path) }

  /// The next field; nil at the end of the message.
  mutating func field() throws(FileError) -> (number: Int, value: Value)? {
    guard position < end else { return nil }
    let start = position
    let key = try varint()
    let number = Int(truncatingIfNeeded: key >> 3)
    guard number > 0, number < 1 << 29 else { throw damaged(at: start, "a field's number", "\(key >> 3)") }
    switch key & 7 {
    case 0: return (number, .integer(try varint()))
    case 1: return (number, .fixed64(UInt64(littleEndian: try load(UInt64.self))))
    case 2:
      let lengthStart = position
      let length = try varint()
      guard length <= UInt64(end - position) else {
        throw damaged(at: lengthStart, "a length of at most \(end - position) bytes", "\(length)")
      }
      defer { position += Int(length) }
      return (number, .bytes(position..<position + Int(length)))
    case 5: return (number, .fixed32(UInt32(littleEndian: try load(UInt32.self))))
    default: throw damaged(at: start, "a field of a known kind", "kind \(key & 7)")
    }
  }

  /// The next number of 7 bits a byte.
  mutating func varint() throws(FileError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard position < end else { throw damaged(at: start, "a whole number", "the end of the message") }
      let byte = file[position]
      position += 1
      guard shift < 63 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw damaged(at: start, "a whole number of at most 64 bits", "more")
  }

  private mutating func load<Number>(_ type: Number.Type) throws(FileError) -> Number {
    let size = MemoryLayout<Number>.size
    guard size <= end - position else {
      throw damaged(at: position, "\(size) bytes", "the end of the message")
    }
    defer { position += size }
    return file.loadUnaligned(fromByteOffset: position, as: type)
  }

  private func damaged(at byte: Int, _ expected: String, _ found: String) -> FileError {
    FileError(path, at: .byte(byte), "is not valid Protocol Buffers", expected: expected, found: found)
  }
}
