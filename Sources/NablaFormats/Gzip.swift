import CZlib
import Nabla

/// The content of a file from start to end, decompressed when it is gzip. The first two bytes tell, never the
/// name: browsers and mirrors unpack files and keep ".gz".
final class ContentStream {
  let path: String
  /// Bytes of content: exact for a plain file, for gzip what its compressed length allows at most.
  let greatestLength: Int
  let isCompressed: Bool
  private let file: InputFile
  private let inflater: Inflater?
  private var position = 0

  convenience init(_ path: String) throws(FileError) {
    try self.init(InputFile(path))
  }

  init(_ file: InputFile) throws(FileError) {
    self.file = file
    path = file.path
    let start = try file.bytes(at: 0, count: min(file.length, 512))
    isCompressed = start.starts(with: [0x1F, 0x8B])
    if isCompressed {
      // Deflate's best is 258 bytes from two bits: no file holds more than 1032 times its length.
      greatestLength = multiplied(file.length, 1032) ?? .max
      inflater = try Inflater(file)
    } else {
      try refuseOtherContainers(path: file.path, start: start)
      greatestLength = file.length
      inflater = nil
    }
  }

  /// Returns the stream's file from the start again.
  func rewound() throws(FileError) -> ContentStream { try ContentStream(file) }

  /// Fills `buffer` from where the last read ended.
  ///
  /// - Returns: The bytes read: fewer than asked for only at the end of the content.
  /// - Throws: `FileError` for damaged gzip data, `inputOutput` when the system fails.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    if let inflater { return try inflater.read(into: buffer) }
    let count = min(buffer.count, file.length - position)
    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: position)
    position += count
    return count
  }

  /// Whether the content is certain to have `expected` bytes as far as the file's length and its last four bytes
  /// tell, which costs nothing. For gzip these say the length modulo 2^32, of the last member if there are several.
  func claims(length expected: Int) throws(FileError) -> Bool {
    guard isCompressed else { return file.length == expected }
    guard file.length >= 18, expected <= greatestLength else { return false }
    let trailer = try file.bytes(at: file.length - 4, count: 4)
    return trailer.reversed().reduce(0) { $0 << 8 | UInt32($1) } == UInt32(truncatingIfNeeded: expected)
  }

  /// Reads on, keeping nothing, and returns how many bytes came, at most `limit`.
  func countBytes(limit: Int) throws(FileError) -> Int {
    let scratch = try AlignedBuffer<UInt8>(count: 1 << 16, for: path)
    var total = 0
    while total < limit {
      let part = UnsafeMutableRawBufferPointer(
        start: scratch.pointer, count: min(scratch.count, limit - total))
      let count = try read(into: part)
      total += count
      if count < part.count { break }
    }
    return total
  }
}

/// Says what a file is that is neither gzip nor plain data, from its first bytes.
private func refuseOtherContainers(path: String, start: [UInt8]) throws(FileError) {
  if looksLikeHTML(start) {
    throw FileError(
      path, "is an HTML page", expected: "data", found: "what a web server answers instead of a file")
  }
  let expected = "the plain or gzip-compressed file"
  if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
    throw FileError(path, "is a zip archive", expected: expected, found: "zip")
  }
  if start.count > 1, start[0] == 0x78, [0x01, 0x5E, 0x9C, 0xDA].contains(start[1]) {
    throw FileError(path, "is compressed in zlib's format", expected: expected, found: "zlib")
  }
}

/// Whether content that starts so is a web page.
func looksLikeHTML(_ start: [UInt8]) -> Bool {
  let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
  let text = String(decoding: start.drop(while: { blank.contains($0) }).prefix(15), as: UTF8.self)
    .lowercased()
  return text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.hasPrefix("<head")
    || text.hasPrefix("<?xml")
}

/// Decompresses the gzip members of a file one after the other (RFC 1952), as `gunzip` does.
private final class Inflater {
  private let file: InputFile
  private let input: AlignedBuffer<UInt8>
  /// Where the next block of the file is read; what zlib has not used yet lies before it.
  private var position = 0
  private var isFinished = false
  /// On the heap: zlib's state points back to it, so it must never move.
  private let stream: UnsafeMutablePointer<z_stream>

  init(_ file: InputFile) throws(FileError) {
    self.file = file
    input = try AlignedBuffer(count: 1 << 17, for: file.path)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 16: expect gzip's header and trailer, and check the trailer's CRC and length.
    let status = inflateInit2_(stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib does not start")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count, !isFinished {
      try refill()
      let room = min(buffer.count - done, 1 << 30)
      stream.pointee.next_out = (buffer.baseAddress! + done).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      done += room - Int(stream.pointee.avail_out)
      try check(status)
    }
    return done
  }

  private func refill() throws(FileError) {
    guard stream.pointee.avail_in == 0, position < file.length else { return }
    let count = min(input.count, file.length - position)
    try file.read(into: UnsafeMutableRawBufferPointer(start: input.pointer, count: count), at: position)
    position += count
    stream.pointee.next_in = input.pointer
    stream.pointee.avail_in = UInt32(count)
  }

  private func check(_ status: Int32) throws(FileError) {
    let path = file.path
    switch status {
    case Z_OK: break
    case Z_STREAM_END: try startNextMember()
    case Z_BUF_ERROR where position == file.length:
      throw FileError(
        path, "is cut short", expected: "the end of the gzip data", found: "the end of the file")
    case Z_BUF_ERROR: break
    default:
      let reason = stream.pointee.msg.map { String(cString: $0) }
      switch reason {
      case "incorrect data check":
        throw FileError(path, "is damaged", expected: "the CRC of its gzip trailer", found: "another")
      case "incorrect length check":
        throw FileError(path, "is damaged", expected: "the length of its gzip trailer", found: "another")
      default: throw FileError(path, "is damaged: gzip data: \(reason ?? "zlib status \(status)")")
      }
    }
  }

  private func startNextMember() throws(FileError) {
    try refill()
    guard stream.pointee.avail_in > 0 else {
      isFinished = true
      return
    }
    let offset = position - Int(stream.pointee.avail_in)
    let start = try file.bytes(at: offset, count: min(2, file.length - offset))
    guard start == [0x1F, 0x8B] else {
      throw FileError(
        file.path, at: .byte(offset), "has garbage after the gzip data", expected: "the end of the file",
        found: "\(file.length - offset) more bytes")
    }
    inflateReset(stream)
  }
}
