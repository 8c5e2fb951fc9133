import CZlib
import Nabla

/// The content of a member of a zip archive, from start to end; its length and CRC are those the directory says.
final class ZipMember: ArraySource {
  /// The archive, and the array's name in brackets.
  let path: String
  private let archive: ZipArchive
  private let entry: ZipArchive.Entry
  private let dataStart: Int
  private let inflater: RawInflater?
  /// Bytes of content that have been read.
  private var position = 0
  private var checksum: UInt = 0

  /// Opens a member.
  ///
  /// - Parameter name: how messages call it.
  /// - Throws: `FileError`.
  init(_ entry: ZipArchive.Entry, of archive: ZipArchive, name: String) throws(FileError) {
    self.archive = archive
    self.entry = entry
    let file = archive.file
    let path = "\(file.path)[\(name)]"
    self.path = path
    guard !entry.isEncrypted else { throw FileError(path, "is encrypted", expected: "a plain zip archive") }
    guard [0, 8].contains(entry.method) else {
      throw FileError(
        path, "is compressed in a way that cannot be read", expected: "stored or deflated",
        found: "method \(entry.method)")
    }
    var header = LittleEndianReader(
      try file.bytes(at: entry.start, count: min(30, archive.directoryStart - entry.start)), path: file.path,
      offset: entry.start)
    try header.require(0x0403_4B50, "the header of a member")
    try header.skip(22)
    dataStart = try entry.start + 30 + header.number(2) + header.number(2)
    guard entry.compressedLength <= archive.directoryStart - dataStart else {
      throw FileError(
        path, "is cut short", expected: "\(entry.compressedLength) bytes of compressed data",
        found: "\(max(0, archive.directoryStart - dataStart))")
    }
    // Deflate's best is 258 bytes from two bits.
    let greatest =
      entry.method == 0 ? entry.compressedLength : multiplied(entry.compressedLength, 1032) ?? .max
    guard entry.length <= greatest, entry.method == 8 || entry.length == greatest else {
      throw FileError(
        path, "has a damaged zip directory", expected: "at most \(greatest) bytes of content",
        found: "\(entry.length)")
    }
    inflater =
      entry.method == 0
      ? nil : try RawInflater(file, dataStart..<dataStart + entry.compressedLength, path: path)
  }

  func rewound() throws(FileError) -> ZipMember { try ZipMember(copying: self) }

  private convenience init(copying other: ZipMember) throws(FileError) {
    let name = other.path.dropFirst(other.archive.file.path.utf8.count + 1).dropLast()
    try self.init(other.entry, of: other.archive, name: String(name))
  }

  func requireLength(header: Int, data: Int) throws(FileError) {
    guard entry.length != header + data else { return }
    throw wrongLength(
      expected: data, found: "\(entry.length - header)", isShorter: entry.length < header + data)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let count = min(buffer.count, entry.length - position)
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    if let inflater {
      let found = try inflater.read(into: part)
      guard found == count else {
        throw FileError(
          path, "is damaged", expected: "\(entry.length) bytes of content", found: "\(position + found)")
      }
    } else {
      try archive.file.read(into: part, at: dataStart + position)
    }
    addToChecksum(part)
    position += count
    if count < buffer.count { try checkEnd() }
    return count
  }

  private func addToChecksum(_ part: UnsafeMutableRawBufferPointer) {
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: part.count, by: 1 << 30) {
      let piece = part[start..<min(part.count, start + 1 << 30)]
      let bytes = UnsafeRawBufferPointer(rebasing: piece).assumingMemoryBound(to: UInt8.self)
      checksum = crc32(checksum, bytes.baseAddress, UInt32(bytes.count))
    }
  }

  private func checkEnd() throws(FileError) {
    if let inflater, try !inflater.isAtEnd() {
      throw FileError(path, "is damaged", expected: "\(entry.length) bytes of content", found: "more")
    }
    guard UInt32(checksum) == entry.checksum else {
      throw FileError(path, "is damaged", expected: "the CRC of the zip directory", found: "another")
    }
  }
}

/// Decompresses deflate data without a header (RFC 1951) from a range of a file.
private final class RawInflater {
  private let file: InputFile
  private let path: String
  private let range: Range<Int>
  private var position: Int
  private var isFinished = false
  private let input: AlignedBuffer<UInt8>
  /// One element: zlib's state points back to it, so it must never move.
  private let stream: AlignedBuffer<z_stream>

  init(_ file: InputFile, _ range: Range<Int>, path: String) throws(FileError) {
    self.file = file
    self.path = path
    self.range = range
    position = range.lowerBound
    input = try AlignedBuffer(count: min(1 << 17, range.count), for: path)
    stream = try AlignedBuffer(count: 1, for: path)
    // A negative window: neither zlib's nor gzip's header and trailer.
    let status = inflateInit2_(
      stream.pointer, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw FileError(path, "cannot be read: zlib finds no memory", kind: .inputOutput)
    }
  }

  deinit { inflateEnd(stream.pointer) }

  /// Fills `buffer`; returns fewer bytes only at the end of the data.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard let start = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count, !isFinished {
      try refill()
      let room = min(buffer.count - done, 1 << 30)
      stream.pointer.pointee.next_out = (start + done).assumingMemoryBound(to: UInt8.self)
      stream.pointer.pointee.avail_out = UInt32(room)
      let status = inflate(stream.pointer, Z_NO_FLUSH)
      done += room - Int(stream.pointer.pointee.avail_out)
      switch status {
      case Z_OK: break
      case Z_STREAM_END: isFinished = true
      case Z_BUF_ERROR where position == range.upperBound:
        throw FileError(
          path, "is cut short", expected: "the end of the deflate data", found: "the end of the member")
      case Z_BUF_ERROR: break
      default:
        let reason = stream.pointer.pointee.msg.map { String(cString: $0) }
        throw FileError(path, "is damaged: deflate data: \(reason ?? "zlib status \(status)")")
      }
    }
    return done
  }

  /// Whether nothing follows what has been read.
  func isAtEnd() throws(FileError) -> Bool {
    var byte: UInt8 = 0
    return try withUnsafeMutableBytes(of: &byte) { (buffer) throws(FileError) in try read(into: buffer) } == 0
  }

  private func refill() throws(FileError) {
    guard stream.pointer.pointee.avail_in == 0, position < range.upperBound else { return }
    let count = min(input.count, range.upperBound - position)
    try file.read(into: UnsafeMutableRawBufferPointer(start: input.pointer, count: count), at: position)
    position += count
    stream.pointer.pointee.next_in = input.pointer
    stream.pointer.pointee.avail_in = UInt32(count)
  }
}
