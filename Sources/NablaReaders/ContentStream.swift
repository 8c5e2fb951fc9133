import Nabla

/// The content of a file from start to end, decompressed when it is gzip. The first two bytes tell, never the
/// name: browsers and mirrors unpack files and keep ".gz".
package final class ContentStream {
  package let path: String
  /// Bytes of content: exact for a plain file; for gzip the most that its compressed length can hold.
  let greatestLength: Int
  let isCompressed: Bool
  private let file: InputFile
  private let inflater: GzipInflater?
  private var position = 0

  package convenience init(_ path: String) throws(FileError) {
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
      inflater = try GzipInflater(file)
    } else {
      try refuseOtherContainers(path: file.path, start: start)
      greatestLength = file.length
      inflater = nil
    }
  }

  /// Bytes of the file itself that were read, and all it has.
  var progress: (done: Int, total: Int) { (inflater?.position ?? position, file.length) }

  /// Returns the stream's file from the start again.
  func rewound() throws(FileError) -> ContentStream { try ContentStream(file) }

  /// About how many lines the file has, by blocks from its start to its end; nil where it is compressed.
  private func estimatedLineCount() throws(FileError) -> Double? {
    guard !isCompressed, file.length > 0 else { return nil }
    let (blocks, size) = (16, min(1 << 16, file.length))
    let scratch = try AlignedBuffer<UInt8>(count: size, for: path)
    var breaks = 0
    for block in 0..<blocks {
      let offset = Int(Double(file.length - size) * Double(block) / Double(blocks - 1))
      try file.read(into: UnsafeMutableRawBufferPointer(scratch.elements), at: offset)
      breaks += scratch.elements.count { $0 == 0x0A }
    }
    return Double(breaks) / Double(blocks * size) * Double(file.length)
  }

  /// Refuses text that is so long that its rows will not fit the memory, before they are read.
  ///
  /// - Parameters:
  ///   - memory: bytes of memory there are.
  ///   - rowBytes: what a line takes of them.
  func requireMemory(_ memory: Int, rowBytes: Int) throws(FileError) {
    guard let lines = try estimatedLineCount(), lines * Double(rowBytes) > Double(memory) else { return }
    throw FileError(
      path, "needs more memory than there is", expected: "at most \(humanReadable(bytes: memory))",
      found: "about \(humanReadable(bytes: Int(min(lines * Double(rowBytes), 1e18))))")
  }

  /// Fills `buffer` from where the last read ended.
  ///
  /// - Returns: The bytes read: fewer than asked for only at the end of the content.
  /// - Throws: `FileError` for damaged gzip data, `inputOutput` when the system fails.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    if let inflater { return try inflater.read(into: buffer) }
    let count = min(buffer.count, file.length - position)
    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: position)
    position += count
    return count
  }

  /// Whether the content has `expected` bytes according to the file's length, or for gzip to its last four bytes: the
  /// length of the last member modulo 2^32. Nothing is decompressed.
  func claims(length expected: Int) throws(FileError) -> Bool {
    guard isCompressed else { return file.length == expected }
    guard file.length >= 18, expected <= greatestLength else { return false }
    let trailer = try file.bytes(at: file.length - 4, count: 4)
    return trailer.reversed().reduce(0) { $0 << 8 | UInt32($1) } == UInt32(truncatingIfNeeded: expected)
  }

  /// Reads and discards the rest of the content, at most `limit` bytes, and returns how many there were.
  func countBytes(limit: Int) throws(FileError) -> Int {
    let scratch = try AlignedBuffer<UInt8>(count: min(1 << 16, max(limit, 0)), for: path)
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

/// Refuses an HTML page, a zip archive and zlib data, recognised by the first bytes of the file.
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
