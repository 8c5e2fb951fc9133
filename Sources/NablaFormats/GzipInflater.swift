import CZlib
import Nabla

/// Decompresses the gzip members of a file one after the other (RFC 1952), as `gunzip` does.
final class GzipInflater {
  private let file: InputFile
  private let input: AlignedBuffer<UInt8>
  /// Where the next block of the file is read; what zlib has not used yet lies before it.
  private(set) var position = 0
  private var isFinished = false
  /// One element: zlib's state points back to it, so it must never move.
  private let stream: AlignedBuffer<z_stream>

  init(_ file: InputFile) throws(FileError) {
    self.file = file
    input = try AlignedBuffer(count: min(1 << 17, file.length), for: file.path)
    stream = try AlignedBuffer(count: 1, for: file.path)
    // 16: expect gzip's header and trailer, and check the trailer's CRC and length.
    let status = inflateInit2_(
      stream.pointer, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw FileError(file.path, "cannot be read: zlib finds no memory", kind: .inputOutput)
    }
  }

  deinit { inflateEnd(stream.pointer) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count, !isFinished {
      try refill()
      let room = min(buffer.count - done, 1 << 30)
      stream.pointer.pointee.next_out = (buffer.baseAddress! + done).assumingMemoryBound(to: UInt8.self)
      stream.pointer.pointee.avail_out = UInt32(room)
      let status = inflate(stream.pointer, Z_NO_FLUSH)
      done += room - Int(stream.pointer.pointee.avail_out)
      try check(status)
    }
    return done
  }

  private func refill() throws(FileError) {
    guard stream.pointer.pointee.avail_in == 0, position < file.length else { return }
    let count = min(input.count, file.length - position)
    try file.read(into: UnsafeMutableRawBufferPointer(start: input.pointer, count: count), at: position)
    position += count
    stream.pointer.pointee.next_in = input.pointer
    stream.pointer.pointee.avail_in = UInt32(count)
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
      let reason = stream.pointer.pointee.msg.map { String(cString: $0) }
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
    guard stream.pointer.pointee.avail_in > 0 else {
      isFinished = true
      return
    }
    let offset = position - Int(stream.pointer.pointee.avail_in)
    let start = try file.bytes(at: offset, count: min(2, file.length - offset))
    guard start == [0x1F, 0x8B] else {
      throw FileError(
        file.path, at: .byte(offset), "has garbage after the gzip data", expected: "the end of the file",
        found: "\(file.length - offset) more bytes")
    }
    inflateReset(stream.pointer)
  }
}
