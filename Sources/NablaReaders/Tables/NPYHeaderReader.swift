/// Reads the text of an NPY header: a Python dictionary of exactly three entries, of which none nests deeper than a
/// tuple of whole numbers. Nothing is evaluated, and nothing recurses.
struct NPYHeaderReader {
  /// The three entries.
  struct Fields {
    let description: String
    let isFortranOrder: Bool
    let shape: [Int]
  }

  /// NumPy's own limit. Finding an element's place takes time for each dimension.
  static let mostDimensions = 64

  private let text: [UInt8]
  private let path: String
  private let offset: Int
  private var position = 0

  /// - Parameter offset: where in the file `text` starts; for messages.
  init(_ text: [UInt8], path: String, offset: Int) {
    self.text = text
    self.path = path
    self.offset = offset
  }

  mutating func fields() throws(FileError) -> Fields {
    var description: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try require("{")
    while !skip("}") {
      let start = position
      let key = try string()
      try require(":")
      var isRepeated = false
      switch key {
      case "descr":
        isRepeated = description != nil
        guard peek() != UInt8(ascii: "[") else {
          throw FileError(path, "has elements of several fields", expected: "an array of plain numbers")
        }
        description = try string()
      case "fortran_order":
        isRepeated = isFortranOrder != nil
        isFortranOrder = try boolean()
      case "shape":
        isRepeated = shape != nil
        shape = try tuple()
      default: throw wrong("has an unknown entry in its header", expected: nil, at: start, found: "'\(key)'")
      }
      guard !isRepeated else {
        throw wrong("has an entry twice in its header", expected: nil, at: start, found: "'\(key)'")
      }
      guard skip(",") || peek() == UInt8(ascii: "}") else {
        throw wrong("has a damaged header", expected: "',' or '}'")
      }
    }
    skipBlanks()
    guard position == text.count else { throw wrong("has a damaged header", expected: "its end") }
    guard let description, let isFortranOrder, let shape else {
      throw FileError(path, "lacks an entry in its header", expected: "'descr', 'fortran_order' and 'shape'")
    }
    return Fields(description: description, isFortranOrder: isFortranOrder, shape: shape)
  }

  private mutating func string() throws(FileError) -> String {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw wrong("has a damaged header", expected: "a string")
    }
    let start = position + 1
    guard let end = text[start...].firstIndex(of: quote), !text[start..<end].contains(UInt8(ascii: "\\"))
    else { throw wrong("has a damaged header", expected: "a string without escapes") }
    position = end + 1
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  private mutating func boolean() throws(FileError) -> Bool {
    if skip("True") { return true }
    if skip("False") { return false }
    throw wrong("has a damaged header", expected: "True or False")
  }

  private mutating func tuple() throws(FileError) -> [Int] {
    var sizes: [Int] = []
    try require("(")
    while !skip(")") {
      guard sizes.count < Self.mostDimensions else {
        throw wrong("has too many dimensions", expected: "at most \(Self.mostDimensions)")
      }
      sizes.append(try size())
      guard skip(",") || peek() == UInt8(ascii: ")") && sizes.count > 1 else {
        throw wrong("has a damaged header", expected: sizes.count > 1 ? "',' or ')'" : "','")
      }
    }
    return sizes
  }

  private mutating func size() throws(FileError) -> Int {
    skipBlanks()
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    while let byte = current, 0x30...0x39 ~= byte { position += 1 }
    let digits = String(decoding: text[start..<position], as: UTF8.self)
    guard !digits.isEmpty, digits != "-" else { throw wrong("has a damaged header", expected: "a size") }
    // Python 2 wrote long integers with an L.
    if current == UInt8(ascii: "L") { position += 1 }
    guard let size = Int(digits), size >= 0 else {
      throw wrong(
        "has an impossible size in its shape", expected: "0 ... \(Int.max)", at: start,
        found: String(digits.prefix(24)) + (digits.count > 24 ? "..." : ""))
    }
    return size
  }

  private var current: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipBlanks() {
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  /// The next byte that is not blank.
  private mutating func peek() -> UInt8? {
    skipBlanks()
    return current
  }

  private mutating func skip(_ word: String) -> Bool {
    skipBlanks()
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func require(_ word: String) throws(FileError) {
    guard skip(word) else { throw wrong("has a damaged header", expected: "'\(word)'") }
  }

  private func wrong(_ problem: String, expected: String?, at start: Int? = nil, found: String? = nil)
    -> FileError
  {
    let rest = String(decoding: text[position...].prefix(12), as: UTF8.self)
    return FileError(
      path, at: .byte(offset + (start ?? position)), problem, expected: expected,
      found: found ?? (rest.isEmpty ? "the end of the header" : "\"\(rest)\""))
  }
}
