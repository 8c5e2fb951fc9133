import CZlib

/// Pixels in red, green and blue, and the PNG that shows them.
package struct ColourPicture: Hashable, Sendable {
  package let rows: Int
  package let columns: Int
  /// Row-major [rows, columns, 3].
  package private(set) var pixels: [UInt8]

  /// A colour.
  package struct Colour: Hashable, Sendable {
    package let red: UInt8
    package let green: UInt8
    package let blue: UInt8

    package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
      (self.red, self.green, self.blue) = (red, green, blue)
    }

    package init(grey: UInt8) { self.init(grey, grey, grey) }
  }

  /// A picture all in one colour.
  package init(rows: Int, columns: Int, _ colour: Colour) {
    (self.rows, self.columns) = (rows, columns)
    pixels = (0..<rows * columns).flatMap { _ in [colour.red, colour.green, colour.blue] }
  }

  /// Colours a pixel; one outside is no pixel.
  package mutating func set(_ row: Int, _ column: Int, _ colour: Colour) {
    guard 0..<rows ~= row, 0..<columns ~= column else { return }
    let start = (row * columns + column) * 3
    (pixels[start], pixels[start + 1], pixels[start + 2]) = (colour.red, colour.green, colour.blue)
  }

  /// Colours a square of `size` by `size` pixels.
  package mutating func fill(_ row: Int, _ column: Int, size: Int, _ colour: Colour) {
    for down in 0..<size {
      for right in 0..<size { set(row + down, column + right, colour) }
    }
  }

  /// The picture as a PNG: 8 bits a channel, no row filtered.
  ///
  /// Source: ISO/IEC 15948, Portable Network Graphics.
  package var png: [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity(pixels.count + self.rows)
    for row in 0..<self.rows {
      rows.append(0)  // no filter
      rows += pixels[row * columns * 3..<(row + 1) * columns * 3]
    }
    let header = bigEndianBytes(columns) + bigEndianBytes(self.rows) + [8, 2, 0, 0, 0]
    return PNGFile.signature + chunk("IHDR", header) + chunk("IDAT", deflated(rows)) + chunk("IEND", [])
  }

  private func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let checked = Array(type.utf8) + content
    return bigEndianBytes(content.count) + checked
      + bigEndianBytes(Int(crc32(0, checked, uInt(checked.count))))
  }

  private func bigEndianBytes(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) }
  }
}
