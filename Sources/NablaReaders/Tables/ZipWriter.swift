import CZlib

/// Makes a zip archive of stored members, as NumPy's `savez` does. The same members make the same bytes: the date is
/// always the first that the format knows.
///
/// Source: PKWARE, APPNOTE.TXT, ".ZIP File Format Specification", 6.3.
package struct ZipWriter {
  package private(set) var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// More than this needs 64-bit fields, which are not written.
  package static let greatestLength = Int(UInt32.max)

  package init() {}

  /// Appends a member.
  package mutating func add(_ name: String, _ content: [UInt8]) {
    let start = bytes.count
    var entry: [UInt8] = []
    // Version 2.0, no flags, stored, midnight on 1 January 1980.
    for number in [20, 0, 0, 0, 0x21] { entry.appendLittleEndian(number, bytes: 2) }
    let checksum = content.withUnsafeBufferPointer { content in
      stride(from: 0, to: content.count, by: 1 << 30).reduce(UInt(0)) { sum, start in
        let part = content[start..<min(content.count, start + 1 << 30)]
        return crc32(sum, UnsafeBufferPointer(rebasing: part).baseAddress, UInt32(part.count))
      }
    }
    for number in [Int(checksum), content.count, content.count] { entry.appendLittleEndian(number, bytes: 4) }
    entry.appendLittleEndian(name.utf8.count, bytes: 2)
    entry.appendLittleEndian(0, bytes: 2)
    bytes += [0x50, 0x4B, 3, 4] + entry + Array(name.utf8) + content
    directory += [0x50, 0x4B, 1, 2, 20, 0] + entry
    // No comment, the first disk, no attributes.
    directory += [UInt8](repeating: 0, count: 10)
    directory.appendLittleEndian(start, bytes: 4)
    directory += Array(name.utf8)
    count += 1
  }

  /// Appends the directory; nothing may follow.
  package mutating func finish() {
    let start = bytes.count
    bytes += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for _ in 0..<2 { bytes.appendLittleEndian(count, bytes: 2) }
    for number in [directory.count, start] { bytes.appendLittleEndian(number, bytes: 4) }
    bytes += [0, 0]
  }
}
