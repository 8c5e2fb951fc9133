/// The directory at the end of a zip archive, as far as NPZ files need it: members that are stored or deflated, in one
/// file, with the 64-bit sizes that NumPy always writes.
///
/// Source: PKWARE, APPNOTE.TXT, ".ZIP File Format Specification", 6.3.
struct ZipArchive {
  static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  /// More members than anybody gives names to; looking at each takes time.
  static let greatestMemberCount = 10_000

  /// What the directory says about a member.
  struct Entry {
    let name: String
    let isEncrypted: Bool
    /// 0 stored, 8 deflated.
    let method: Int
    let checksum: UInt32
    let compressedLength: Int
    let length: Int
    /// Where the member's own header starts.
    let start: Int
  }

  let file: InputFile
  let entries: [Entry]
  /// Where the directory starts, and members end.
  let directoryStart: Int

  /// Reads the directory.
  ///
  /// - Throws: `FileError`.
  init(_ file: InputFile) throws(FileError) {
    self.file = file
    guard try file.bytes(at: 0, count: min(2, file.length)) == [0x50, 0x4B] else {
      throw FileError(
        file.path, file.length == 0 ? "is empty" : "is not a zip archive", expected: "an NPZ file")
    }
    let end = try ZipEnd(file)
    guard end.memberCount <= Self.greatestMemberCount else {
      throw FileError(
        file.path, "has too many members", expected: "at most \(Self.greatestMemberCount)",
        found: "\(end.memberCount)")
    }
    directoryStart = end.directoryStart
    // A name, extra fields and a comment have at most 65,535 bytes each, but together NumPy's have a few dozen.
    guard end.directoryLength <= Self.greatestMemberCount * 1024 else {
      throw FileError(
        file.path, at: .byte(directoryStart), "has a directory that is too long",
        expected: "at most \(Self.greatestMemberCount * 1024) bytes", found: "\(end.directoryLength)")
    }
    var reader = LittleEndianReader(
      try file.bytes(at: directoryStart, count: end.directoryLength), path: file.path, offset: directoryStart)
    var entries: [Entry] = []
    for _ in 0..<end.memberCount {
      let entry = try Self.entry(&reader)
      guard entry.start <= directoryStart, entry.compressedLength <= directoryStart - entry.start else {
        throw FileError(
          file.path, "has a member that lies outside the archive",
          expected: "its end before byte \(directoryStart)",
          found: "\(entry.name) of \(entry.compressedLength) bytes from byte \(entry.start) on")
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  private static func entry(_ reader: inout LittleEndianReader) throws(FileError) -> Entry {
    try reader.require(0x0201_4B50, "a member's entry in the directory")
    try reader.skip(4)
    let flags = try reader.number(2)
    let method = try reader.number(2)
    try reader.skip(4)
    let checksum = try reader.number(4)
    var sizes = [try reader.number(4), try reader.number(4)]
    let nameLength = try reader.number(2)
    let extraLength = try reader.number(2)
    let commentLength = try reader.number(2)
    try reader.skip(8)
    sizes.append(try reader.number(4))
    let name = String(decoding: try reader.bytes(nameLength), as: UTF8.self)
    var extra = LittleEndianReader(
      try reader.bytes(extraLength), path: reader.path, offset: reader.place - extraLength)
    try reader.skip(commentLength)
    // The 64-bit field has those numbers, in this order, for which the 32-bit one is all ones.
    if sizes.contains(0xFFFF_FFFF) {
      var wide = try extra.field(1)
      for index in [1, 0, 2] where sizes[index] == 0xFFFF_FFFF { sizes[index] = try wide.number(8) }
    }
    return Entry(
      name: name, isEncrypted: flags & 1 != 0, method: method, checksum: UInt32(checksum),
      compressedLength: sizes[0], length: sizes[1], start: sizes[2])
  }
}

/// The record at the very end of an archive, and the 64-bit one before it.
private struct ZipEnd {
  let memberCount: Int
  let directoryStart: Int
  let directoryLength: Int

  init(_ file: InputFile) throws(FileError) {
    let path = file.path
    // The record has 22 bytes and ends with a comment of at most 65,535.
    let tailStart = max(0, file.length - 22 - 65_535)
    let tail = try file.bytes(at: tailStart, count: file.length - tailStart)
    let last = stride(from: tail.count - 22, through: 0, by: -1).first { start in
      tail[start...].starts(with: [0x50, 0x4B, 0x05, 0x06])
        && Int(tail[start + 20]) | Int(tail[start + 21]) << 8 == tail.count - start - 22
    }
    guard let last else {
      throw FileError(path, "is cut short", expected: "the directory of a zip archive at its end")
    }
    let recordStart = tailStart + last
    var reader = LittleEndianReader(Array(tail[last...]), path: path, offset: recordStart)
    try reader.skip(8)
    var members = try reader.number(2)
    let total = try reader.number(2)
    var length = try reader.number(4)
    var start = try reader.number(4)
    guard members == total else {
      throw FileError(path, "is one part of a zip archive", expected: "a whole archive")
    }
    if members == 0xFFFF || length == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      guard recordStart >= 20 else { throw Self.damaged(path, at: recordStart) }
      var locator = LittleEndianReader(
        try file.bytes(at: recordStart - 20, count: 20), path: path, offset: recordStart - 20)
      try locator.require(0x0706_4B50, "the place of the 64-bit directory")
      try locator.skip(4)
      let wideStart = try locator.number(8)
      guard wideStart <= recordStart - 20 - 56 else { throw Self.damaged(path, at: recordStart - 20) }
      var wide = LittleEndianReader(try file.bytes(at: wideStart, count: 56), path: path, offset: wideStart)
      try wide.require(0x0606_4B50, "the 64-bit directory")
      try wide.skip(28)
      members = try wide.number(8)
      length = try wide.number(8)
      start = try wide.number(8)
    }
    guard start <= recordStart, length <= recordStart - start else {
      throw Self.damaged(path, at: recordStart)
    }
    memberCount = members
    directoryStart = start
    directoryLength = length
  }

  private static func damaged(_ path: String, at byte: Int) -> FileError {
    FileError(path, at: .byte(byte), "has a damaged zip directory", expected: "its place within the file")
  }
}

/// Takes little-endian numbers from bytes of a file.
struct LittleEndianReader {
  let path: String
  private let content: [UInt8]
  private let offset: Int
  private var position = 0

  /// - Parameter offset: where in the file `bytes` start; for messages.
  init(_ bytes: [UInt8], path: String, offset: Int) {
    content = bytes
    self.path = path
    self.offset = offset
  }

  /// Where in the file the next byte is.
  var place: Int { offset + position }

  mutating func bytes(_ count: Int) throws(FileError) -> [UInt8] {
    guard count <= content.count - position else {
      throw FileError(
        path, at: .byte(place), "has a damaged zip directory", expected: "\(count) more bytes",
        found: "\(content.count - position)")
    }
    defer { position += count }
    return Array(content[position..<position + count])
  }

  /// A number of at most 8 bytes.
  mutating func number(_ count: Int) throws(FileError) -> Int {
    let value = try bytes(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else {
      throw FileError(
        path, at: .byte(place - count), "has a damaged zip directory", expected: "at most \(Int.max)",
        found: "\(value)")
    }
    return number
  }

  mutating func skip(_ count: Int) throws(FileError) { _ = try bytes(count) }

  mutating func require(_ signature: Int, _ name: String) throws(FileError) {
    let start = place
    guard try number(4) == signature else {
      throw FileError(path, at: .byte(start), "has a damaged zip directory", expected: name)
    }
  }

  /// The content of the extra field with this number.
  mutating func field(_ wanted: Int) throws(FileError) -> LittleEndianReader {
    while true {
      let field = try number(2)
      let length = try number(2)
      let start = place
      let content = try bytes(length)
      if field == wanted { return LittleEndianReader(content, path: path, offset: start) }
    }
  }
}
