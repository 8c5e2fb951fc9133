import CPng
import CZlib
import Nabla

/// Reads PNG images as grey pixels. What the header promises is checked against the file before libpng sees a
/// byte; it is handed only the chunks that make up the picture, so that no text or profile is ever unpacked.
///
/// Source: ISO/IEC 15948, Portable Network Graphics.
struct PNGFile {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The greatest side, as in libpng's own default limits.
  static let greatestSide = 1_000_000
  /// More chunks than any encoder writes for a picture of this kind; looking at each takes time.
  static let greatestChunkCount = 10_000

  let rows: Int
  let columns: Int
  private let header: Header
  private let file: InputFile

  /// Reads and checks the header.
  ///
  /// - Throws: `FileError`.
  init(_ file: InputFile) throws(FileError) {
    self.file = file
    let first = try Chunk(at: 8, of: file)
    guard first.type == "IHDR", first.length == 13 else {
      throw FileError(
        file.path, at: .byte(8), "does not start with a PNG header", expected: "IHDR of 13 bytes",
        found: "\(first.type) of \(first.length)")
    }
    header = try Header(Array(first.bytes(of: file)[8..<21]), path: file.path)
    rows = header.rows
    columns = header.columns
  }

  /// Returns rows * columns grey values. Colour becomes its luminance, 16 bits become 8, and
  /// transparent pixels are blended onto white.
  ///
  /// - Throws: `FileError`; for a picture of more than `maxBytes` pixels before anything is read.
  func pixels(maxBytes: Int) throws(FileError) -> [UInt8] {
    guard rows * columns <= maxBytes else {
      throw FileError.overLimit(file.path, maxBytes: maxBytes, found: "\(rows) x \(columns) pixels")
    }
    let picture = try pictureChunks()
    try checkPixelData(picture.compressed)
    let output = try AlignedBuffer<UInt8>(count: rows * columns, for: file.path)
    // libpng reads the bytes in both of its calls.
    try picture.bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try decode(bytes, into: output.pointer)
    }
    return Array(output.elements)
  }

  private func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, into output: UnsafeMutablePointer<UInt8>
  ) throws(FileError) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    var white = png_color(red: 255, green: 255, blue: 255)
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw damaged(image)
    }
    image.format = png_uint_32(PNG_FORMAT_GRAY)
    // Grey levels of 16-bit files are spaced as those of 8-bit files are, not linear in light.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    guard png_image_finish_read(&image, &white, output, Int32(columns), nil) != 0 else {
      throw damaged(image)
    }
  }

  private func damaged(_ image: png_image) -> FileError {
    let message = withUnsafeBytes(of: image.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return FileError(file.path, "is a damaged PNG: \(message)")
  }

  /// Collects the chunks that make up the picture as a PNG of their own, and the compressed pixels by themselves.
  private func pictureChunks() throws(FileError) -> (bytes: [UInt8], compressed: [UInt8]) {
    // Incompressible pixels grow by 5 bytes for every 16 KiB; twice the size is more than any encoder needs.
    // zlib counts its input in 32 bits.
    let greatestCompressed = min(2 * header.dataLength + 65536, Int(UInt32.max))
    var bytes = Self.signature
    var compressed: [UInt8] = []
    var position = 8
    for _ in 0..<Self.greatestChunkCount {
      let chunk = try Chunk(at: position, of: file)
      position += chunk.length + 12
      switch chunk.type {
      case "IDAT":
        let length = compressed.count + chunk.length
        guard length <= greatestCompressed else { throw moreData(found: "\(length) compressed") }
      case "IHDR", "PLTE", "tRNS", "IEND":
        guard chunk.length <= 768 else {
          throw FileError(
            file.path, at: .byte(chunk.start), "has a \(chunk.type) chunk that is too large",
            expected: "at most 768 bytes", found: "\(chunk.length)")
        }
      case _ where chunk.isAncillary: continue
      default:
        throw FileError(
          file.path, at: .byte(chunk.start), "has a chunk that is essential and unknown", found: chunk.type)
      }
      let content = try chunk.bytes(of: file)
      bytes += content
      if chunk.type == "IDAT" { compressed += content[8..<8 + chunk.length] }
      if chunk.type == "IEND" { return (bytes, compressed) }
    }
    throw FileError(
      file.path, "has too many chunks", expected: "at most \(Self.greatestChunkCount)", found: "more")
  }

  /// Compares the length of the decompressed pixel data with the one that the header gives; stores none of them.
  private func checkPixelData(_ compressed: [UInt8]) throws(FileError) {
    let expected = header.dataLength
    let result = inflatedLength(of: compressed, limit: expected + 1)
    if result.length > expected || result.length == expected && result.unused > 0 {
      throw moreData(found: result.length > expected ? "more" : "\(result.unused) bytes after their end")
    }
    guard result.isDamaged == false else { throw FileError(file.path, "has damaged pixel data") }
    guard result.length == expected else {
      throw FileError(
        file.path, "has less pixel data than its header says", expected: "\(expected) bytes",
        found: "\(result.length)")
    }
  }

  private func moreData(found: String) -> FileError {
    FileError(
      file.path, "has more pixel data than its header says", expected: "\(header.dataLength) bytes",
      found: found)
  }
}

/// The content of IHDR.
private struct Header {
  let rows: Int
  let columns: Int
  private let bitsPerPixel: Int
  private let isInterlaced: Bool

  init(_ bytes: [UInt8], path: String) throws(FileError) {
    func number(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    columns = number(0)
    rows = number(4)
    for (side, offset) in [(columns, 16), (rows, 20)] where !(1...PNGFile.greatestSide ~= side) {
      throw FileError(
        path, at: .byte(offset), "has a side that is out of range", expected: "1 ... \(PNGFile.greatestSide)",
        found: "\(side)")
    }
    let depths: [UInt8: (channels: Int, depths: [UInt8])] = [
      0: (1, [1, 2, 4, 8, 16]), 2: (3, [8, 16]), 3: (1, [1, 2, 4, 8]), 4: (2, [8, 16]), 6: (4, [8, 16]),
    ]
    guard let colour = depths[bytes[9]] else {
      throw FileError(
        path, at: .byte(25), "has an invalid colour type", expected: "0, 2, 3, 4 or 6", found: "\(bytes[9])")
    }
    guard colour.depths.contains(bytes[8]) else {
      throw FileError(
        path, at: .byte(24), "has an invalid bit depth",
        expected: "one of \(colour.depths) for colour type \(bytes[9])", found: "\(bytes[8])")
    }
    guard bytes[10] == 0, bytes[11] == 0, bytes[12] < 2 else {
      throw FileError(
        path, at: .byte(26), "has an unknown compression, filter or interlace method",
        expected: "0, 0 and 0 or 1", found: "\(bytes[10]), \(bytes[11]) and \(bytes[12])")
    }
    bitsPerPixel = colour.channels * Int(bytes[8])
    isInterlaced = bytes[12] == 1
  }

  /// Bytes of pixel data: a filter byte and the packed pixels for every row, of each pass when interlaced.
  var dataLength: Int {
    func length(rows: Int, columns: Int) -> Int {
      rows == 0 || columns == 0 ? 0 : rows * (1 + (columns * bitsPerPixel + 7) / 8)
    }
    guard isInterlaced else { return length(rows: rows, columns: columns) }
    // Adam7: first row and column of each pass, and the steps between its rows and columns.
    let passes = [
      (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1),
    ]
    return passes.reduce(0) { sum, pass in
      let (row, column, rowStep, columnStep) = pass
      return sum
        + length(
          rows: (rows - row + rowStep - 1) / rowStep,
          columns: (columns - column + columnStep - 1) / columnStep)
    }
  }
}

/// One chunk, known to lie within the file.
private struct Chunk {
  /// The longest content of a chunk, 2^31 - 1 bytes.
  static let greatestLength = Int(Int32.max)

  let start: Int
  let length: Int
  let type: String

  init(at start: Int, of file: InputFile) throws(FileError) {
    self.start = start
    guard file.length - start >= 12 else {
      throw FileError(
        file.path, at: .byte(start), "is cut short", expected: "another PNG chunk",
        found: "the end of the file")
    }
    let bytes = try file.bytes(at: start, count: 8)
    length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
    type = String(decoding: bytes[4...], as: UTF8.self)
    guard bytes[4...].allSatisfy({ 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 }) else {
      throw FileError(
        file.path, at: .byte(start + 4), "has a damaged PNG chunk", expected: "a type of four letters",
        found: "0x" + bytes[4...].map(hexadecimal).joined())
    }
    guard length <= Self.greatestLength else {
      throw FileError(
        file.path, at: .byte(start), "has a chunk that is longer than PNG allows",
        expected: "at most \(Self.greatestLength) bytes", found: "\(length)")
    }
    guard length <= file.length - start - 12 else {
      throw FileError(
        file.path, at: .byte(start), "is cut short", expected: "\(length) bytes of \(type)",
        found: "\(file.length - start - 12)")
    }
  }

  /// Whether a reader that does not know the chunk may skip it: its first letter is lower case.
  var isAncillary: Bool { type.utf8.first! >= 0x61 }

  /// Returns the whole chunk: length, type, data and checksum, which is verified.
  func bytes(of file: InputFile) throws(FileError) -> [UInt8] {
    let bytes = try file.bytes(at: start, count: length + 12)
    let expected = bytes.suffix(4).reduce(0) { $0 << 8 | UInt($1) }
    let found = UInt(bytes.withUnsafeBufferPointer { crc32(0, $0.baseAddress! + 4, UInt32(length + 4)) })
    guard expected == found else {
      throw FileError(
        file.path, at: .byte(start), "has a damaged \(type) chunk",
        expected: "CRC 0x" + String(expected, radix: 16),
        found: "0x" + String(found, radix: 16))
    }
    return bytes
  }
}

/// Decompresses zlib data and returns how many bytes they are, at most `limit`; stores none of them.
private func inflatedLength(
  of bytes: [UInt8], limit: Int
) -> (length: Int, unused: Int, isDamaged: Bool) {
  var input = bytes
  return input.withUnsafeMutableBufferPointer { input in
    var stream = z_stream()
    stream.next_in = input.baseAddress
    stream.avail_in = UInt32(input.count)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 15) { scratch in
      // zlib's state points back at the stream: it stays where it is until the end.
      withUnsafeMutablePointer(to: &stream) { stream in
        inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { inflateEnd(stream) }
        var length = 0
        var status = Z_OK
        while status == Z_OK, length < limit {
          let room = min(scratch.count, limit - length)
          stream.pointee.next_out = scratch.baseAddress
          stream.pointee.avail_out = UInt32(room)
          status = inflate(stream, Z_NO_FLUSH)
          length += room - Int(stream.pointee.avail_out)
        }
        let isDamaged = ![Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(status)
        return (length, status == Z_STREAM_END ? Int(stream.pointee.avail_in) : 0, isDamaged)
      }
    }
  }
}
