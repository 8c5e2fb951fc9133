import CZlib

/// `value` as `count` bytes, the greatest first.
package func bigEndian(_ value: Int, _ count: Int = 4) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

package func littleEndian(_ value: Int, _ count: Int = 4) -> [UInt8] { bigEndian(value, count).reversed() }

/// An IDX file of unsigned bytes.
package func idx(_ sizes: [Int], _ data: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { bigEndian($0) } + data
}

/// `count` bytes that differ, and do not compress to nothing.
package func sampleBytes(_ count: Int) -> [UInt8] {
  var state: UInt32 = 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(state >> 28)
  }
}

/// `bytes` in zlib's format, or in gzip's.
package func deflated(_ bytes: [UInt8], gzip: Bool) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(
    &stream, 9, Z_DEFLATED, MAX_WBITS + (gzip ? 16 : 0), 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  var input = bytes
  var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 1024)
  return input.withUnsafeMutableBufferPointer { input in
    let count = output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      deflate(&stream, Z_FINISH)
      return output.count - Int(stream.avail_out)
    }
    deflateEnd(&stream)
    return Array(output[..<count])
  }
}

package func gzip(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, gzip: true) }

package func checksum(_ bytes: [UInt8]) -> Int { Int(crc32(0, bytes, UInt32(bytes.count))) }

/// A PNG chunk.
package func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
  let content = Array(type.utf8) + data
  return bigEndian(data.count) + content + bigEndian(checksum(content))
}

package let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

/// A PNG header chunk.
package func imageHeader(rows: Int, columns: Int, depth: UInt8 = 8, colour: UInt8 = 0, interlace: UInt8 = 0)
  -> [UInt8]
{
  chunk("IHDR", bigEndian(columns) + bigEndian(rows) + [depth, colour, 0, 0, interlace])
}

/// A PNG file; every row of `data` starts with its filter byte.
package func png(
  rows: Int, columns: Int, depth: UInt8 = 8, colour: UInt8 = 0, data: [UInt8], extra: [UInt8] = []
) -> [UInt8] {
  pngSignature + imageHeader(rows: rows, columns: columns, depth: depth, colour: colour) + extra
    + chunk("IDAT", deflated(data, gzip: false)) + chunk("IEND", [])
}

/// PNG rows without a filter.
package func unfiltered(_ pixels: [UInt8], bytesPerRow: Int) -> [UInt8] {
  stride(from: 0, to: pixels.count, by: bytesPerRow).flatMap { [0] + pixels[$0..<$0 + bytesPerRow] }
}

/// A safetensors file with this header and data.
package func safetensors(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  littleEndian(header.utf8.count, 8) + Array(header.utf8) + data
}

/// F32 values as a file holds them.
package func floats(_ values: [Float]) -> [UInt8] { values.flatMap { littleEndian(Int($0.bitPattern)) } }

/// The `count` bytes that a stream in zlib's format holds; nil where it holds others.
package func inflated(_ bytes: [UInt8], count: Int) -> [UInt8]? {
  var result = [UInt8](repeating: 0, count: count)
  var length = uLong(count)
  let status = uncompress(&result, &length, bytes, uLong(bytes.count))
  return status == Z_OK && length == uLong(count) ? result : nil
}
