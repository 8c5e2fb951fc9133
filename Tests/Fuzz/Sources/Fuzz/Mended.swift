import CZlib

@testable import NablaFormats
@testable import NablaReaders

/// Bytes with the checksums and hashes that their content has: no mutation finds these, and behind them most of a reader
/// begins.
enum Mended {
  /// A PNG with the CRC of each chunk; where `compressing`, its pixel data are compressed first.
  static func png(_ bytes: [UInt8], compressing: Bool) -> [UInt8] {
    func bigEndian(_ number: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
    var result = Array(bytes.prefix(8))
    var place = result.count
    while bytes.count - place >= 12 {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { break }
      let type = Array(bytes[place + 4..<place + 8])
      var content = Array(bytes[place + 8..<place + 8 + length])
      if compressing, type == Array("IDAT".utf8) { content = deflated(content, windowBits: 15) }
      result += bigEndian(UInt32(content.count)) + type + content + bigEndian(checksum(type + content))
      place += length + 12
    }
    return result + bytes[place...]
  }

  /// A zip archive whose directory has the checksum of each member.
  static func zip(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    func number(_ place: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    var place = 0
    while place + 46 <= bytes.count {
      defer { place += 1 }
      guard bytes[place] == 0x50, bytes[place...].starts(with: [0x50, 0x4B, 1, 2]) else { continue }
      let start = number(place + 42, 4)
      guard start + 30 <= bytes.count else { continue }
      let data = start + 30 + number(start + 26, 2) + number(start + 28, 2)
      let length = number(place + 20, 4)
      guard data + length <= bytes.count else { continue }
      let stored = Array(bytes[data..<data + length])
      let content = number(place + 10, 2) == 0 ? stored : inflated(stored)
      let sum = checksum(content)
      for index in 0..<4 { result[place + 16 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
    }
    return result
  }

  /// A checkpoint with the hash of the whole file.
  static func checkpoint(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 8 else { return bytes }
    let length = bytes[..<8].reversed().reduce(0) { ($0 & 0xFFFF_FFFF) << 8 | Int($1) }
    guard length <= bytes.count - 8, let place = CheckpointFile.hashPlace(in: Array(bytes[..<(8 + length)]))
    else {
      return bytes
    }
    var result = bytes
    result.replaceSubrange(place, with: Array(CheckpointFile.zeroHash.utf8))
    result.replaceSubrange(place, with: Array(SHA256Hasher.hash(of: result).utf8))
    return result
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.isEmpty ? 0 : UInt32(crc32(0, bytes, UInt32(bytes.count)))
  }

  /// - Parameter windowBits: as zlib has them: negative for deflate alone, positive with zlib's header.
  static func deflated(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
    withStream { stream in
      // Few codes in little memory: it is set up for each input.
      let size = Int32(MemoryLayout<z_stream>.size)
      deflateInit2_(stream, 1, Z_DEFLATED, windowBits.signum() * 9, 1, Z_FIXED, ZLIB_VERSION, size)
      defer { deflateEnd(stream) }
      return run(bytes, room: bytes.count + bytes.count / 8 + 64, stream) { deflate(stream, Z_FINISH) }
    }
  }

  /// At most 64 KiB of what deflate data hold, as far as they are right.
  private static func inflated(_ bytes: [UInt8]) -> [UInt8] {
    withStream { stream in
      inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      defer { inflateEnd(stream) }
      return run(bytes, room: 1 << 16, stream) { inflate(stream, Z_FINISH) }
    }
  }

  /// zlib's state points back at the stream, which must not move.
  private static func withStream(_ body: (UnsafeMutablePointer<z_stream>) -> [UInt8]) -> [UInt8] {
    var stream = z_stream()
    return withUnsafeMutablePointer(to: &stream, body)
  }

  private static func run(
    _ bytes: [UInt8], room: Int, _ stream: UnsafeMutablePointer<z_stream>, _ call: () -> Int32
  ) -> [UInt8] {
    var input = bytes
    return [UInt8](unsafeUninitializedCapacity: room) { output, count in
      input.withUnsafeMutableBufferPointer { input in
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(room)
        _ = call()
      }
      count = room - Int(stream.pointee.avail_out)
    }
  }
}
