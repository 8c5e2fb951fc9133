import Nabla

/// The bytes of one array, from start to end: a file, or a member of a zip archive.
protocol ArraySource: AnyObject {
  /// The file, and for a member its name, for messages.
  var path: String { get }

  /// Fills `buffer` from where the last read ended; returns fewer bytes than asked for only at the end, where the
  /// checksum of what was compressed is compared.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int

  /// Returns the same bytes from the start again.
  func rewound() throws(FileError) -> Self

  /// Refuses content that has not `header + data` bytes, before memory is taken for them.
  func requireLength(header: Int, data: Int) throws(FileError)
}

extension ArraySource {
  /// Refuses anything after the data that have been read.
  func requireEnd(data: Int) throws(FileError) {
    var byte: UInt8 = 0
    let count = try withUnsafeMutableBytes(of: &byte) { (buffer) throws(FileError) in try read(into: buffer) }
    guard count == 0 else { throw wrongLength(expected: data, found: "more", isShorter: false) }
  }

  func wrongLength(expected: Int, found: String, isShorter: Bool) -> FileError {
    FileError(
      path, isShorter ? "is shorter than its header says" : "is longer than its header says",
      expected: "\(expected) bytes of data", found: found)
  }
}

extension ContentStream: ArraySource {
  func requireLength(header: Int, data: Int) throws(FileError) {
    let length = header + data
    guard try !claims(length: length) else { return }
    guard isCompressed else {
      throw wrongLength(
        expected: data, found: "\(greatestLength - header)", isShorter: greatestLength < length)
    }
    guard length <= greatestLength else {
      throw wrongLength(expected: data, found: "at most \(greatestLength - header)", isShorter: true)
    }
    // The last four bytes do not confirm the header: the file is cut, longer, or has several members.
    let found = try rewound().countBytes(limit: length + 1)
    guard found != length else { return }
    throw wrongLength(
      expected: data, found: found < length ? "\(found - header)" : "more", isShorter: found < length)
  }
}
