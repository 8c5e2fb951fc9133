/// A small picture inside a page: a PNG in the page's own text, so that no request is made for it.
///
/// Its pixels are stored without compression. Those of a digit take 1.1 KB in the page; as rectangles of SVG they would
/// take ten times as much.
package struct PixelPicture: Sendable {
  /// How values become colours.
  package enum Style: Sendable {
    /// 0 is paper and 255 ink: black on white, and white on black where the page is dark.
    case ink
    /// 0 is black and 255 white, whatever the page.
    case light
    /// 0 ... 126 are below zero, 127 is zero and lets the page through, 128 ... 254 are above.
    case signed
  }

  package let rows, columns: Int
  package let style: Style
  /// Row by row.
  package let values: [UInt8]

  /// - Precondition: rows * columns values, at least one.
  package init(_ values: [UInt8], rows: Int, columns: Int, style: Style) {
    precondition(rows > 0 && columns > 0 && values.count == rows * columns, "a value for each pixel")
    (self.values, self.rows, self.columns, self.style) = (values, rows, columns, style)
  }

  /// Grey pixels as a network reads them: ink on paper where most of the edge is dark, as around a digit, else light.
  package init(pixels: [UInt8], rows: Int, columns: Int) {
    var edge: [UInt8] = pixels.prefix(columns) + pixels.suffix(columns)
    for row in 0..<rows {
      edge.append(pixels[row * columns])
      edge.append(pixels[row * columns + columns - 1])
    }
    let dark = edge.count { $0 < 64 }
    self.init(pixels, rows: rows, columns: columns, style: 2 * dark > edge.count ? .ink : .light)
  }

  /// Numbers around 0, such as the weights of a neuron: the largest magnitude gets the strongest colour.
  ///
  /// - Parameter scale: what counts as the largest magnitude; nil takes that of the numbers.
  package init(signed numbers: [Float], rows: Int, columns: Int, scale: Float? = nil) {
    let largest = scale ?? numbers.reduce(0) { max($0, $1.magnitude) }
    let values = numbers.map { number -> UInt8 in
      guard largest > 0, number.isFinite else { return 127 }
      let step = (number / largest * 127).rounded()
      return UInt8(127 + max(-127, min(127, step)))
    }
    self.init(values, rows: rows, columns: columns, style: .signed)
  }

  /// The picture as an element of a page, `width` CSS pixels wide.
  ///
  /// - Parameter description: what it shows, for those who do not see it.
  package func markup(width: Int, _ description: String) -> Markup {
    let name = style == .ink ? "pixels ink" : "pixels"
    let height = max(1, width * rows / columns)
    return """
      <img class="\(name)" alt="\(description)" width="\(width)" height="\(height)" src="data:image/png;base64,\(base64(png))"/>
      """
  }

  /// The PNG file. Source: ISO/IEC 15948, Portable Network Graphics.
  package var png: [UInt8] {
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let colourType: UInt8 = style == .signed ? 3 : 0
    var header = bigEndian(columns) + bigEndian(rows)
    header += [8, colourType, 0, 0, 0]
    file.appendChunk("IHDR", header)
    if style == .signed {
      file.appendChunk("PLTE", Self.signedPalette.colours)
      file.appendChunk("tRNS", Self.signedPalette.opacities)
    }
    var lines: [UInt8] = []
    lines.reserveCapacity(rows * (columns + 1))
    for row in 0..<rows {
      lines.append(0)
      let line = values[row * columns..<(row + 1) * columns]
      if style == .ink { lines += line.map { 255 - $0 } } else { lines += line }
    }
    file.appendChunk("IDAT", zlibStored(lines))
    file.appendChunk("IEND", [])
    return file
  }

  /// Orange below zero, blue above: they differ for every kind of colour vision, and on light and dark pages.
  private static let signedPalette: (colours: [UInt8], opacities: [UInt8]) = {
    var colours: [UInt8] = []
    var opacities: [UInt8] = []
    for index in 0..<255 {
      colours += index < 127 ? [0xE0, 0x6C, 0x1F] : [0x2B, 0x7B, 0xC4]
      opacities.append(UInt8(min(255, abs(index - 127) * 255 / 127)))
    }
    return (colours, opacities)
  }()
}

private func bigEndian(_ number: Int) -> [UInt8] { bigEndian(UInt32(truncatingIfNeeded: number)) }

private func bigEndian(_ number: UInt32) -> [UInt8] {
  let shifts: [UInt32] = [24, 16, 8, 0]
  return shifts.map { UInt8(truncatingIfNeeded: number >> $0) }
}

extension [UInt8] {
  fileprivate mutating func appendChunk(_ type: String, _ content: [UInt8]) {
    let checked = Array(type.utf8) + content
    self += bigEndian(content.count)
    self += checked
    self += bigEndian(crc32(checked))
  }
}

/// Bytes in zlib's format, stored as they are. Source: RFC 1950, RFC 1951 section 3.2.4.
private func zlibStored(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x78, 0x01]
  let most = 65_535
  for start in stride(from: 0, to: bytes.count, by: most) {
    let block = bytes[start..<Swift.min(start + most, bytes.count)]
    let length = UInt16(block.count)
    result.append(start + most >= bytes.count ? 1 : 0)
    for number in [length, ~length] { result += [UInt8(number & 0xFF), UInt8(number >> 8)] }
    result += block
  }
  // Adler-32.
  var (a, b): (UInt32, UInt32) = (1, 0)
  for byte in bytes {
    a = (a + UInt32(byte)) % 65_521
    b = (b + a) % 65_521
  }
  return result + bigEndian(b << 16 | a)
}

/// Of each byte, what its eight bits add to the sum.
private let crcTable: [UInt32] = (0..<256).map { byte in
  var sum = UInt32(byte)
  for _ in 0..<8 { sum = sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
  return sum
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var sum = ~UInt32(0)
  for byte in bytes { sum = crcTable[Int((sum ^ UInt32(byte)) & 0xFF)] ^ (sum >> 8) }
  return ~sum
}

/// Bytes as the text of a data URI. Source: RFC 4648 section 4.
func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let count = Swift.min(3, bytes.count - start)
    var group = 0
    for offset in 0..<3 { group = group << 8 | (offset < count ? Int(bytes[start + offset]) : 0) }
    for place in 0..<4 {
      let letter = (group >> (18 - 6 * place)) & 63
      text.append(place <= count ? alphabet[letter] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
