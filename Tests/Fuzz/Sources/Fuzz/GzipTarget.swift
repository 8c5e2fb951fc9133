import CZlib
import Nabla

@testable import NablaFormats
@testable import NablaReaders

private let compressed = ScratchFile("compressed")

/// A stream that may be compressed, as it is or made of members: read in small parts it is the same as in one.
func fuzzGzip(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  compressed.write(options & 1 == 0 ? Array(input.rest) : members(&input))
  let partBytes = 1 + Int(options >> 1)
  let (whole, parts) = (content(partBytes: 1 << 16), content(partBytes: partBytes))
  switch (whole, parts) {
  case (.success(let whole), .success(let parts)) where parts.count >= partBytes * mostParts:
    require(whole.starts(with: parts), "another content in the first parts")
  // What stands behind the last part was not read.
  case (.failure(let error), .success(let parts)) where parts.count >= partBytes * mostParts: throw error
  case (.success(let whole), .success(let parts)): require(whole == parts, "another content in parts")
  case (.failure(let whole), .failure(let parts)):
    require(whole == parts, "another error in parts: \(whole) and \(parts)")
    throw whole
  case (.success, .failure(let error)), (.failure(let error), .success):
    fatalError("an error of one: \(error)")
  }
}

/// Parts that are read at most, even of one byte, of what decompresses to a thousand times its length.
private let mostParts = 4096

/// The content, or its first `mostParts` parts.
private func content(partBytes: Int) -> Result<[UInt8], FileError> {
  do throws(FileError) {
    let stream = try ContentStream(compressed.path)
    _ = try stream.claims(length: 100)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: partBytes, alignment: 1)
    defer { buffer.deallocate() }
    var content: [UInt8] = []
    while content.count < partBytes * mostParts {
      let count = try stream.read(into: buffer)
      require(count <= partBytes, "more than there is room for")
      content += buffer[..<count]
      if count < partBytes { break }
    }
    require(content.count <= stream.greatestLength, "more content than deflate can hold")
    return .success(content)
  } catch {
    return .failure(error)
  }
}

/// A member for each piece, with right checksum and length, then the rest as it is.
private func members(_ input: inout Pieces) -> [UInt8] {
  var bytes: [UInt8] = []
  for _ in 0..<(1 + input.byte() & 3) {
    let piece = Array(input.piece())
    bytes += [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF] + Mended.deflated(piece, windowBits: -15)
    for number in [Mended.checksum(piece), UInt32(piece.count)] {
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
  }
  return bytes + Array(input.rest)
}
