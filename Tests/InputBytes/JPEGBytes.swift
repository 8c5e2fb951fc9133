/// A JPEG of blocks of 8 x 8 pixels, each of one grey, which come back exactly.
///
/// - Parameters:
///   - frame: the second byte of the frame's marker: 0xC0 for baseline.
///   - segments: put between the start and the tables.
package func jpeg(
  _ blocks: [[UInt8]], frame: UInt8 = 0xC0, precision: UInt8 = 8, components: UInt8 = 1, rows: Int? = nil,
  segments: [UInt8] = []
) -> [UInt8] {
  let size = bigEndian(rows ?? blocks.count * 8, 2) + bigEndian(blocks[0].count * 8, 2)
  let parts: [UInt8] = (1...components).flatMap { [$0, 0x11, 0] as [UInt8] }
  var bytes: [UInt8] = [0xFF, 0xD8] + segments
  bytes += jpegSegment(0xDB, [0] + [UInt8](repeating: 8, count: 64))
  bytes += jpegSegment(frame, [precision] + size + [components] + parts)
  // Lengths of 4 bits for twelve sizes of a difference; 1 bit for "no more coefficients".
  let noLengths = [UInt8](repeating: 0, count: 12)
  bytes += jpegSegment(0xC4, [0x00, 0, 0, 0, 12] + noLengths + Array(0..<12))
  bytes += jpegSegment(0xC4, [0x10, 1, 0, 0, 0] + noLengths + [0])
  bytes += jpegSegment(0xDA, [1, 1, 0, 0, 63, 0])
  return bytes + scan(blocks.flatMap(\.self)) + [0xFF, 0xD9]
}

package func jpegSegment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
  [0xFF, marker] + bigEndian(content.count + 2, 2) + content
}

/// EXIF with nothing but an orientation.
package func exif(orientation: Int, isLittleEndian: Bool) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    isLittleEndian ? littleEndian(value, count) : bigEndian(value, count)
  }
  let entry = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + [0, 0]
  return jpegSegment(
    0xE1,
    Array("Exif\0\0".utf8) + Array((isLittleEndian ? "II" : "MM").utf8) + number(42, 2) + number(8, 4)
      + number(1, 2) + entry + number(0, 4))
}

/// The means of blocks, each as its difference from the one before.
private func scan(_ greys: [UInt8]) -> [UInt8] {
  var bits: [UInt8] = []
  var last = 128
  for grey in greys {
    let difference = Int(grey) - last
    last = Int(grey)
    let length = Int.bitWidth - abs(difference).leadingZeroBitCount
    let value = difference < 0 ? difference + (1 << length) - 1 : difference
    bits += (0..<4).reversed().map { UInt8(length >> $0 & 1) }
    bits += (0..<length).reversed().map { UInt8(value >> $0 & 1) } + [0]
  }
  bits += [UInt8](repeating: 1, count: (8 - bits.count % 8) % 8)
  return stride(from: 0, to: bits.count, by: 8).flatMap { start -> [UInt8] in
    let byte = bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
    return byte == 0xFF ? [0xFF, 0] : [byte]
  }
}
