/// The cells of a line of svmlight text: what stands between blanks, up to a comment.
struct SVMLightLine {
  typealias Cell = UnsafeBufferPointer<UInt8>

  /// What stands before a query's number.
  static let query = Array("qid:".utf8)

  private var rest: Cell

  init(_ line: UnsafeBufferPointer<UInt8>) { rest = line }

  /// The next cell; nil after the last.
  mutating func next() -> Cell? {
    var start = 0
    while start < rest.count, Self.isBlank(rest[start]) { start += 1 }
    var end = start
    while end < rest.count, !Self.isBlank(rest[end]), rest[end] != UInt8(ascii: "#") { end += 1 }
    guard end > start else { return nil }
    defer { rest = Cell(rebasing: rest[end...]) }
    return Cell(rebasing: rest[start..<end])
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  /// Reads "index:value"; nil where the cell is something else.
  static func feature(_ cell: Cell) -> (index: Int, value: Float)? {
    guard let colon = cell.firstIndex(of: 0x3A), let index = index(cell[..<colon]),
      let value = number(Cell(rebasing: cell[(colon + 1)...]))
    else { return nil }
    // Through a double, as NumPy's arrays come to float32.
    return (index, Float(value))
  }

  /// Reads a whole number of at most 18 digits.
  static func index(_ digits: some Collection<UInt8>) -> Int? {
    guard 1...18 ~= digits.count else { return nil }
    var value = 0
    for byte in digits {
      let digit = byte &- 0x30
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int(digit)
    }
    return value
  }

  /// Reads a decimal number, "nan" or "inf".
  static func number(_ cell: Cell) -> Double? {
    // Swift also reads hexadecimal numbers, which no writer of this format means.
    if cell.allSatisfy(isPartOfNumber) { return Double(String(decoding: cell, as: UTF8.self)) }
    let word = String(decoding: cell, as: UTF8.self).lowercased()
    return ["nan", "-nan", "inf", "+inf", "-inf", "infinity", "-infinity"].contains(word) ? Double(word) : nil
  }

  static func isPartOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
      UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// The start of a cell, in quotes, for a message.
  static func excerpt(_ cell: Cell) -> String {
    "\"\(String(decoding: cell.prefix(24), as: UTF8.self))\(cell.count > 24 ? "..." : "")\""
  }
}
