import Nabla

/// Reads PGM, the plainest of grey images: "P2" with numbers as text or "P5" with bytes; then columns, rows and
/// the greatest value, with comments from `#` to the end of a line.
///
/// Source: Netpbm, pgm(5).
struct PGMFile {
  let rows: Int
  let columns: Int
  private let greatestValue: Int
  private let isText: Bool
  private let dataStart: Int
  private let file: InputFile

  /// Reads and checks the header.
  ///
  /// - Throws: `FileError`.
  init(_ file: InputFile) throws(FileError) {
    self.file = file
    var scanner = PGMScanner(try file.bytes(at: 0, count: min(file.length, 65536)), position: 2)
    isText = scanner.bytes[1] == UInt8(ascii: "2")
    func number(_ name: String, _ range: ClosedRange<Int>) throws(FileError) -> Int {
      let found = scanner.number()
      guard let found, range ~= found else {
        throw FileError(
          file.path, at: .byte(scanner.position), "has no usable \(name) in its header",
          expected: "\(range.lowerBound) ... \(range.upperBound)", found: found.map { "\($0)" })
      }
      return found
    }
    columns = try number("number of columns", 1...PNGFile.greatestSide)
    rows = try number("number of rows", 1...PNGFile.greatestSide)
    greatestValue = try number("greatest value", 1...65535)
    // One character of white space, then the data, whose first byte may look like white space too.
    dataStart = scanner.position + 1
    try checkLength()
  }

  private func checkLength() throws(FileError) {
    let bytesPerValue = isText ? 2 : greatestValue > 255 ? 2 : 1
    let expected = rows * columns * bytesPerValue
    let found = file.length - dataStart
    // Text: a digit and a blank each, the last blank may be missing; and no more blanks than is sane.
    let isPlausible = isText ? (expected - 1...expected * 8 + 65536) ~= found : found == expected
    guard isPlausible else {
      throw FileError(
        file.path, found < expected ? "is shorter than its header says" : "is longer than its header says",
        expected: "\(isText ? "about " : "")\(expected) bytes of pixels", found: "\(max(found, 0))")
    }
  }

  /// Returns rows * columns grey values, scaled to 0 ... 255.
  ///
  /// - Throws: `FileError`; for a picture of more than `maxBytes` pixels before anything is read.
  func pixels(maxBytes: Int) throws(FileError) -> [UInt8] {
    guard rows * columns <= maxBytes else {
      throw FileError.overLimit(file.path, maxBytes: maxBytes, found: "\(rows) x \(columns) pixels")
    }
    var scanner = PGMScanner(try file.bytes(at: dataStart, count: file.length - dataStart), position: 0)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(rows * columns)
    while pixels.count < rows * columns {
      let value = isText ? scanner.number() : scanner.bigEndian(bytes: greatestValue > 255 ? 2 : 1)
      guard let value, value <= greatestValue else {
        throw FileError(
          file.path, at: .byte(dataStart + scanner.position), "has no usable value for pixel \(pixels.count)",
          expected: "0 ... \(greatestValue)", found: value.map { "\($0)" })
      }
      pixels.append(UInt8((value * 255 + greatestValue / 2) / greatestValue))
    }
    guard !isText || scanner.isAtEnd else {
      throw FileError(
        file.path, at: .byte(dataStart + scanner.position), "has something after its last pixel",
        expected: "\(rows * columns) values")
    }
    return pixels
  }
}

private struct PGMScanner {
  let bytes: [UInt8]
  var position: Int

  init(_ bytes: [UInt8], position: Int) {
    self.bytes = bytes
    self.position = position
  }

  /// Skips white space and comments, then reads digits; nil when there are none, or too many.
  mutating func number() -> Int? {
    skipBlanks()
    let start = position
    var value = 0
    while position < bytes.count, 0x30...0x39 ~= bytes[position], position - start < 10 {
      value = value * 10 + Int(bytes[position] - 0x30)
      position += 1
    }
    let isDelimited = position == bytes.count || Self.isBlank(bytes[position]) || bytes[position] == 0x23
    return position > start && isDelimited ? value : nil
  }

  mutating func bigEndian(bytes count: Int) -> Int? {
    defer { position += count }
    return bytes[position..<position + count].reduce(0) { $0 << 8 | Int($1) }
  }

  var isAtEnd: Bool {
    var rest = self
    rest.skipBlanks()
    return rest.position == bytes.count
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "#") {
        position = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
      } else if Self.isBlank(bytes[position]) {
        position += 1
      } else {
        return
      }
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}
