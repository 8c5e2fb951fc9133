/// An NPY file with this header text, of version 1 unless `version` says otherwise, without padding.
package func npy(header: String, version: UInt8 = 1, _ data: [UInt8] = []) -> [UInt8] {
  let text = Array(header.utf8)
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + littleEndian(text.count, version == 1 ? 2 : 4) + text
    + data
}

/// An NPY file as NumPy writes it; `shape` is the tuple's text: "2, 3".
package func npy(
  _ type: String, _ shape: String, fortran: Bool = false, version: UInt8 = 1, _ data: [UInt8]
) -> [UInt8] {
  let text =
    "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(shape)), }"
  let padding = 64 - (text.utf8.count + 1 + (version == 1 ? 10 : 12)) % 64
  return npy(header: text + String(repeating: " ", count: padding) + "\n", version: version, data)
}

/// `value` in 8 bytes.
package func doubles(_ values: [Double]) -> [UInt8] {
  values.flatMap { littleEndian(Int(bitPattern: UInt($0.bitPattern)), 8) }
}

package func integers(_ values: [Int], bytes: Int = 8) -> [UInt8] {
  values.flatMap { littleEndian($0, bytes) }
}

/// A member of a zip archive, and what is wrong with it.
package struct ZipBytes {
  var name: String
  var content: [UInt8]
  var isDeflated: Bool
  var flags: Int
  var method: Int?
  var checksum: Int?
  var length: Int?

  package init(
    name: String, content: [UInt8], isDeflated: Bool = false, flags: Int = 0, method: Int? = nil,
    checksum: Int? = nil, length: Int? = nil
  ) {
    self.name = name
    self.content = content
    self.isDeflated = isDeflated
    self.flags = flags
    self.method = method
    self.checksum = checksum
    self.length = length
  }
}

/// A zip archive of these members; `isWide` writes every size in 64 bits, in the directory too.
package func zip(_ members: [ZipBytes], isWide: Bool = false) -> [UInt8] {
  var bytes: [UInt8] = []
  var directory: [UInt8] = []
  for member in members {
    let start = bytes.count
    // zlib's header and trailer are no part of a zip archive.
    let data =
      member.isDeflated
      ? Array(deflated(member.content, gzip: false).dropFirst(2).dropLast(4)) : member.content
    let common =
      littleEndian(member.flags, 2) + littleEndian(member.method ?? (member.isDeflated ? 8 : 0), 2)
      + littleEndian(0, 4) + littleEndian(member.checksum ?? checksum(member.content))
    let length = member.length ?? member.content.count
    let name = Array(member.name.utf8)
    // NumPy always writes the member's own sizes in 64 bits.
    bytes += [0x50, 0x4B, 3, 4] + littleEndian(45, 2) + common + littleEndian(-1) + littleEndian(-1)
    bytes += littleEndian(name.count, 2) + littleEndian(20, 2) + name
    bytes += littleEndian(1, 2) + littleEndian(16, 2) + littleEndian(length, 8) + littleEndian(data.count, 8)
    bytes += data
    let wide =
      littleEndian(1, 2) + littleEndian(24, 2) + littleEndian(length, 8) + littleEndian(data.count, 8)
      + littleEndian(start, 8)
    let sizes = isWide ? [-1, -1] : [data.count, length]
    directory += [0x50, 0x4B, 1, 2] + littleEndian(45, 2) + littleEndian(45, 2) + common
    directory += sizes.flatMap { littleEndian($0) } + littleEndian(name.count, 2)
    directory += littleEndian(isWide ? wide.count : 0, 2) + littleEndian(0, 2) + littleEndian(0, 8)
    directory += littleEndian(isWide ? -1 : start) + name + (isWide ? wide : [])
  }
  let start = bytes.count
  bytes += directory
  if isWide {
    let wideStart = bytes.count
    bytes += [0x50, 0x4B, 6, 6] + littleEndian(44, 8) + littleEndian(45, 2) + littleEndian(45, 2)
    bytes += littleEndian(0, 8) + littleEndian(members.count, 8) + littleEndian(members.count, 8)
    bytes += littleEndian(directory.count, 8) + littleEndian(start, 8)
    bytes += [0x50, 0x4B, 6, 7] + littleEndian(0) + littleEndian(wideStart, 8) + littleEndian(1)
  }
  let count = isWide ? 0xFFFF : members.count
  bytes += [0x50, 0x4B, 5, 6] + littleEndian(0, 4) + littleEndian(count, 2) + littleEndian(count, 2)
  bytes += littleEndian(isWide ? -1 : directory.count) + littleEndian(isWide ? -1 : start)
  return bytes + littleEndian(0, 2)
}

/// An archive of arrays, stored.
package func npz(_ arrays: [(name: String, bytes: [UInt8])], deflated: Bool = false, isWide: Bool = false)
  -> [UInt8]
{
  zip(
    arrays.map { ZipBytes(name: $0.name + ".npy", content: $0.bytes, isDeflated: deflated) }, isWide: isWide)
}
