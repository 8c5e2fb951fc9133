/// The type of an array's elements.
enum NPYType: Equatable {
  /// IEEE 754, 2, 4 or 8 bytes.
  case float(bytes: Int)
  case signed(bytes: Int)
  case unsigned(bytes: Int)
  case boolean
  /// ASCII text, ended by zeros ('S').
  case bytes(Int)
  /// Text of 4 bytes a code point, ended by zeros ('U').
  case unicode(Int)

  /// Bytes of an element.
  var byteCount: Int {
    switch self {
    case .float(let bytes), .signed(let bytes), .unsigned(let bytes), .bytes(let bytes): bytes
    case .unicode(let count): 4 * count
    case .boolean: 1
    }
  }

  var isText: Bool {
    switch self {
    case .bytes, .unicode: true
    case .float, .signed, .unsigned, .boolean: false
    }
  }

  /// Bytes that change places between little- and big-endian.
  var swappedBytes: Int {
    switch self {
    case .float(let bytes), .signed(let bytes), .unsigned(let bytes): bytes
    case .unicode: 4
    case .boolean, .bytes: 1
    }
  }

  var name: String {
    switch self {
    case .float(let bytes): "float\(8 * bytes)"
    case .signed(let bytes): "int\(8 * bytes)"
    case .unsigned(let bytes): "uint\(8 * bytes)"
    case .boolean: "bool"
    case .bytes: "bytes"
    case .unicode: "text"
    }
  }

  /// Reads NumPy's short form, such as "<f4": byte order, kind, bytes.
  ///
  /// - Throws: `FileError` that names what cannot be read.
  static func parsed(_ text: String, path: String) throws(FileError) -> (NPYType, isBigEndian: Bool) {
    let orders = "<>|="
    let order = text.first.flatMap { orders.contains($0) ? $0 : nil }
    let rest = order == nil ? Substring(text) : text.dropFirst()
    let kind = rest.first
    let digits = rest.dropFirst()
    let size = digits.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(digits) : nil
    let type: NPYType? =
      switch (kind, size) {
      case ("f", let size?) where [2, 4, 8].contains(size): .float(bytes: size)
      case ("i", let size?) where [1, 2, 4, 8].contains(size): .signed(bytes: size)
      case ("u", let size?) where [1, 2, 4, 8].contains(size): .unsigned(bytes: size)
      case ("b", 1?): .boolean
      // No name of a class is longer, and an element's bytes are read at once.
      case ("S", let size?) where 1...NPYHeader.greatestLength ~= size: .bytes(size)
      case ("U", let size?) where 1...NPYHeader.greatestLength ~= size: .unicode(size)
      default: nil
      }
    guard let type else { throw unreadable(text, kind: kind, path: path) }
    // Without an order, what has one is little-endian, as on the machines NumPy runs on.
    return (type, isBigEndian: order == ">" && type.swappedBytes > 1)
  }

  private static func unreadable(_ text: String, kind: Character?, path: String) -> FileError {
    let kinds: [Character: String] = [
      "O": "Python objects", "c": "complex numbers", "V": "records", "M": "dates", "m": "time spans",
      "f": "floats of another size", "i": "integers of another size", "u": "integers of another size",
      "S": "bytes of another size", "U": "text of another size",
    ]
    let name = kind.flatMap { kinds[$0] }
    let quoted = "'\(text.prefix(24))'"
    return FileError(
      path, name.map { "holds \($0)" } ?? "has an unknown type of elements",
      expected: "float16, float32, float64, bool, integers, or text as labels", found: quoted)
  }
}
