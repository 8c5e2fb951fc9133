import CZlib
import Nabla

/// Decompresses deflate data (RFC 1951) from a range of a file: zlib's loop, for gzip and zip alike.
final class Inflater {
  /// What stands around the data.
  enum Framing {
    /// gzip's header and trailer (RFC 1952), whose CRC and length are checked.
    case gzip
    /// Nothing.
    case none

    /// zlib's number for it: a window of the greatest size, 16 more for gzip, negative for none.
    fileprivate var windowBits: Int32 { self == .gzip ? 16 + MAX_WBITS : -MAX_WBITS }
  }

  /// Where reading a stretch of data ended.
  enum Outcome {
    /// The buffer is full.
    case full
    /// The deflate data end here.
    case end
    /// The range ends before them.
    case cut
    /// zlib finds no sense in them; what it says.
    case damaged(String)
  }

  private let file: InputFile
  private let range: Range<Int>
  private let input: AlignedBuffer<UInt8>
  /// Where the next block of the file is read; what zlib has not used yet lies before it.
  private(set) var position: Int
  /// One element: zlib's state points back to it, so it must never move.
  private let stream: AlignedBuffer<z_stream>

  /// - Parameter path: what messages call the data.
  init(_ file: InputFile, _ range: Range<Int>, _ framing: Framing, path: String) throws(FileError) {
    self.file = file
    self.range = range
    position = range.lowerBound
    input = try AlignedBuffer(count: min(1 << 17, range.count), for: path)
    stream = try AlignedBuffer(count: 1, for: path)
    let status = inflateInit2_(
      stream.pointer, framing.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw FileError(path, "cannot be read: zlib finds no memory", kind: .inputOutput)
    }
  }

  deinit { inflateEnd(stream.pointer) }

  /// Bytes of the file that were read and not used.
  var unused: Int { Int(stream.pointer.pointee.avail_in) }

  /// Fills `buffer` until it is full or the data end, and returns how many bytes came.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> (count: Int, outcome: Outcome) {
    guard let start = buffer.baseAddress else { return (0, .full) }
    var done = 0
    while done < buffer.count {
      try refill()
      let room = min(buffer.count - done, 1 << 30)
      stream.pointer.pointee.next_out = (start + done).assumingMemoryBound(to: UInt8.self)
      stream.pointer.pointee.avail_out = UInt32(room)
      let status = inflate(stream.pointer, Z_NO_FLUSH)
      done += room - Int(stream.pointer.pointee.avail_out)
      switch status {
      case Z_OK: break
      case Z_STREAM_END: return (done, .end)
      case Z_BUF_ERROR where position == range.upperBound: return (done, .cut)
      case Z_BUF_ERROR: break
      default:
        let reason = stream.pointer.pointee.msg.map { String(cString: $0) }
        return (done, .damaged(reason ?? "zlib status \(status)"))
      }
    }
    return (done, .full)
  }

  /// Reads the next block of the file where nothing of the one before is left.
  func refill() throws(FileError) {
    guard unused == 0, position < range.upperBound else { return }
    let count = min(input.count, range.upperBound - position)
    try file.read(into: UnsafeMutableRawBufferPointer(start: input.pointer, count: count), at: position)
    position += count
    stream.pointer.pointee.next_in = input.pointer
    stream.pointer.pointee.avail_in = UInt32(count)
  }

  /// Starts again, with the data that follow.
  func restart() { inflateReset(stream.pointer) }
}
