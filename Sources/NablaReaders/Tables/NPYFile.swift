/// Writes arrays in NumPy's NPY format, version 1.0.
///
/// Source: NumPy, "A simple file format for NumPy arrays" (numpy.lib.format).
package enum NPYFile {
  /// The content of a file with float32 numbers in C order.
  package static func bytes(_ values: [Float], shape: [Int]) -> [UInt8] {
    var bytes = header("<f4", shape: shape)
    bytes.append(littleEndian: values)
    return bytes
  }

  /// The content of a file with bytes in one row.
  package static func bytes(_ values: [UInt8]) -> [UInt8] { header("|u1", shape: [values.count]) + values }

  /// Everything before the data, which begin on a 64-byte boundary.
  private static func header(_ description: String, shape: [Int]) -> [UInt8] {
    let fields = "{'descr': '\(description)', 'fortran_order': False, 'shape': \(NPYHeader.text(shape)), }"
    var text = Array(fields.utf8)
    // The signature, two bytes of version and two of length stand before the text, a line feed ends it.
    text += Array(repeating: UInt8(ascii: " "), count: (64 - (11 + text.count) % 64) % 64) + [0x0A]
    var bytes = NPYHeader.signature + [1, 0]
    bytes.appendLittleEndian(UInt16(text.count), bytes: 2)
    return bytes + text
  }
}

extension [UInt8] {
  /// Appends the lowest `bytes` bytes of `number`.
  package mutating func appendLittleEndian(_ number: some FixedWidthInteger, bytes: Int) {
    for place in 0..<bytes { append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
  }

  /// Appends the four bytes of each number.
  package mutating func append(littleEndian values: [Float]) {
    let start = count
    values.withUnsafeBytes { append(contentsOf: $0) }
    guard 1.littleEndian != 1 else { return }
    withUnsafeMutableBytes { swapBytes(of: UnsafeMutableRawBufferPointer(rebasing: $0[start...]), size: 4) }
  }
}
