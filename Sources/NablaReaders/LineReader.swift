import Nabla

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a text line by line through a window of fixed size.
struct LineReader: ~Copyable {
  /// The longest line, in bytes: a million pixels with three digits and a comma each.
  static let greatestLength = 4 << 20

  private let stream: ContentStream
  private let window: AlignedBuffer<UInt8>
  /// The bytes of the window that have been read from the stream and not yet returned.
  private var rest = 0..<0
  private var isAtEnd = false
  /// Number of the line returned last, from 1.
  private(set) var lineNumber = 0

  init(_ stream: ContentStream) throws(FileError) {
    self.stream = stream
    // A small file gets a small window.
    window = try AlignedBuffer(
      count: min(Self.greatestLength, stream.greatestLength) + 2, for: stream.path)
  }

  /// Returns the next line without its end (`\n` or `\r\n`), valid until the next call; nil after the last.
  mutating func next() throws(FileError) -> UnsafeBufferPointer<UInt8>? {
    var searched = 0
    while true {
      let start = window.pointer + rest.lowerBound
      if let end = memchr(start + searched, 0x0A, rest.count - searched) {
        let count = start.distance(to: end.assumingMemoryBound(to: UInt8.self))
        rest = rest.lowerBound + count + 1..<rest.upperBound
        return try line(start, count: count)
      }
      searched = rest.count
      if isAtEnd {
        defer { rest = rest.upperBound..<rest.upperBound }
        return rest.isEmpty ? nil : try line(start, count: rest.count)
      }
      guard rest.count < window.count else { throw tooLong(line: lineNumber + 1) }
      try refill()
    }
  }

  private mutating func refill() throws(FileError) {
    memmove(window.pointer, window.pointer + rest.lowerBound, rest.count)
    let room = UnsafeMutableRawBufferPointer(
      start: window.pointer + rest.count, count: window.count - rest.count)
    let count = try stream.read(into: room)
    isAtEnd = count < room.count
    rest = 0..<rest.count + count
  }

  private mutating func line(
    _ start: UnsafeMutablePointer<UInt8>, count: Int
  ) throws(FileError) -> UnsafeBufferPointer<UInt8> {
    lineNumber += 1
    let hasReturn = count > 0 && start[count - 1] == 0x0D
    let length = hasReturn ? count - 1 : count
    guard length <= Self.greatestLength else { throw tooLong(line: lineNumber) }
    return UnsafeBufferPointer(start: start, count: length)
  }

  private func tooLong(line: Int) -> FileError {
    FileError(
      stream.path, at: .line(line), "is too long", expected: "at most \(Self.greatestLength) bytes",
      found: "more")
  }
}
