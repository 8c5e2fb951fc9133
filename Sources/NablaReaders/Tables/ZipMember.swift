import CZlib
import Nabla

/// The content of a member of a zip archive, from start to end; its length and CRC are those the directory says.
final class ZipMember: ArraySource {
  /// The archive, and the array's name in brackets.
  let path: String
  private let archive: ZipArchive
  private let entry: ZipArchive.Entry
  private let dataStart: Int
  private let inflater: MemberInflater?
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
      ? nil : try MemberInflater(file, dataStart..<dataStart + entry.compressedLength, path: path)
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

/// Decompresses the deflate data of a member.
private final class MemberInflater {
  private let path: String
  private let inflater: Inflater
  private var isFinished = false

  init(_ file: InputFile, _ range: Range<Int>, path: String) throws(FileError) {
    self.path = path
    inflater = try Inflater(file, range, .none, path: path)
  }

  /// Fills `buffer`; returns fewer bytes only at the end of the data.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard !isFinished else { return 0 }
    let (count, outcome) = try inflater.read(into: buffer)
    switch outcome {
    case .full: break
    case .end: isFinished = true
    case .cut:
      throw FileError(
        path, "is cut short", expected: "the end of the deflate data", found: "the end of the member")
    case .damaged(let reason): throw FileError(path, "is damaged: deflate data: \(reason)")
    }
    return count
  }

  /// Whether nothing follows what has been read.
  func isAtEnd() throws(FileError) -> Bool {
    var byte: UInt8 = 0
    return try withUnsafeMutableBytes(of: &byte) { (buffer) throws(FileError) in try read(into: buffer) } == 0
  }
}
