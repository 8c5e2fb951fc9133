import Nabla

/// An array whose header has been read and compared with the length of its content; its elements are read once, in
/// the order they are stored in.
final class NPYArray {
  let header: NPYHeader
  let source: any ArraySource
  /// Elements that have been read.
  private var position = 0
  private let scratch: AlignedBuffer<UInt8>

  var path: String { source.path }
  var shape: [Int] { header.shape }
  /// Samples: the first size.
  var rows: Int { shape.first ?? 0 }
  /// Numbers of a sample: the product of the other sizes.
  var columns: Int { rows > 0 ? header.count / rows : 0 }

  /// Elements that are read at once: at most 256 KiB, which stay in the L2 cache until they have been checked.
  private let chunk: Int

  init(_ source: any ArraySource) throws(FileError) {
    self.source = source
    header = try NPYHeader(source)
    try source.requireLength(header: header.length, data: header.dataBytes)
    chunk = max(1, min(header.count, (1 << 18) / max(header.type.byteCount, 4)))
    scratch = try AlignedBuffer(count: chunk * header.type.byteCount, for: source.path)
  }

  func rewound() throws(FileError) -> NPYArray { try NPYArray(source.rewound()) }

  /// Fills `buffer` with the next elements, in the machine's byte order.
  func readBytes(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    let bytes = header.type.byteCount
    precondition(buffer.count % bytes == 0 && buffer.count / bytes <= header.count - position, "too many")
    let found = try source.read(into: buffer)
    guard found == buffer.count else {
      throw source.wrongLength(
        expected: header.dataBytes, found: "\(position * bytes + found)", isShorter: true)
    }
    position += buffer.count / bytes
    if position == header.count { try source.requireEnd(data: header.dataBytes) }
    if header.isBigEndian { swapBytes(of: buffer, size: header.type.swappedBytes) }
  }

  /// Writes the next `count` elements as floats, in the order they are stored in.
  ///
  /// Elements of 4 bytes are read into `floats` itself, others through a buffer that stays in the cache.
  ///
  /// - Throws: `FileError` naming the element that is infinite or too large for a float.
  func readFloats(_ count: Int, into floats: UnsafeMutablePointer<Float>) throws(FileError) {
    let bytes = header.type.byteCount
    var done = 0
    while done < count {
      let part = min(chunk, count - done)
      let first = position
      let target = floats + done
      let raw = bytes == 4 ? UnsafeMutableRawPointer(target) : UnsafeMutableRawPointer(scratch.pointer)
      try readBytes(into: UnsafeMutableRawBufferPointer(start: raw, count: part * bytes))
      // Found before the conversion writes over what it reads.
      if !isEveryNumberFinite(raw, count: part) { throw notFinite(raw, count: part, first: first) }
      convert(raw, count: part, into: target)
      done += part
    }
  }

  /// Writes all elements as floats [rows, columns], the last index changing fastest.
  func readTable(into floats: UnsafeMutablePointer<Float>) throws(FileError) {
    guard header.isFortranOrder, shape.count > 1 else { return try readFloats(header.count, into: floats) }
    let group = min(16, columns / 8)
    guard group < 2 else { return try readColumns(group, into: floats) }
    let part = try AlignedBuffer<Float>(count: chunk, for: path)
    for first in stride(from: 0, to: header.count, by: chunk) {
      let count = min(chunk, header.count - first)
      try readFloats(count, into: part.pointer)
      scatter(part.pointer, count: count, first: first, into: floats)
    }
  }

  /// Writes all elements of an array in Fortran order as floats [rows, columns]: `group` columns at once, so that what
  /// is written to a row lies side by side. They take an eighth of the table's memory or less.
  private func readColumns(_ group: Int, into floats: UnsafeMutablePointer<Float>) throws(FileError) {
    let (rows, columns) = (rows, columns)
    let part = try AlignedBuffer<Float>(count: rows * group, for: path)
    for first in stride(from: 0, to: columns, by: group) {
      let places = (first..<min(columns, first + group)).map { place(ofStoredColumn: $0) }
      try readFloats(rows * places.count, into: part.pointer)
      // 16 floats are a cache line of a column.
      for start in stride(from: 0, to: rows, by: 16) {
        let count = min(16, rows - start)
        for (index, place) in places.enumerated() {
          let column = part.pointer + index * rows + start
          let cells = floats + start * columns + place
          for row in 0..<count { cells[row * columns] = column[row] }
        }
      }
    }
  }

  /// Writes all elements, bytes, to [rows, columns], the last index changing fastest.
  func readBytesTransposed(into bytes: UnsafeMutablePointer<UInt8>) throws(FileError) {
    for first in stride(from: 0, to: header.count, by: chunk) {
      let count = min(chunk, header.count - first)
      try readBytes(into: UnsafeMutableRawBufferPointer(start: scratch.pointer, count: count))
      scatter(scratch.pointer, count: count, first: first, into: bytes)
    }
  }

  /// Moves stored elements `first` ..< `first + count` of an array in Fortran order to where C order has them.
  private func scatter<Element>(
    _ part: UnsafePointer<Element>, count: Int, first: Int, into table: UnsafeMutablePointer<Element>
  ) {
    let columns = columns
    var done = 0
    while done < count {
      let (column, row) = (first + done).quotientAndRemainder(dividingBy: rows)
      let run = min(count - done, rows - row)
      let start = table + row * columns + place(ofStoredColumn: column)
      for index in 0..<run { start[index * columns] = part[done + index] }
      done += run
    }
  }

  /// Where in a row the column stands that is stored as number `column` in Fortran order.
  private func place(ofStoredColumn column: Int) -> Int {
    var rest = column
    let indices = shape.dropFirst().map { size in
      defer { rest /= size }
      return rest % size
    }
    return zip(indices, shape.dropFirst()).reduce(0) { $0 * $1.1 + $1.0 }
  }

  /// The index of a stored element as Python writes it: "[3, 5]".
  func index(ofStored element: Int) -> String {
    var rest = element
    var indices: [Int] = []
    for size in header.isFortranOrder ? shape : shape.reversed() {
      indices.append(rest % size)
      rest /= size
    }
    if !header.isFortranOrder { indices.reverse() }
    return "[" + indices.map(String.init).joined(separator: ", ") + "]"
  }

  /// Calls `body` with every element, in the order they are stored in.
  ///
  /// - Precondition: the elements are numbers.
  func forEachNumber(_ body: (Int, NPYNumber) throws(FileError) -> Void) throws(FileError) {
    try forEachElement { (index, bytes) throws(FileError) in try body(index, number(at: bytes)) }
  }

  /// Calls `body` with every element as text, in the order they are stored in.
  ///
  /// - Precondition: the elements are text.
  func forEachWord(_ body: (Int, String) throws(FileError) -> Void) throws(FileError) {
    try forEachElement { (index, bytes) throws(FileError) in try body(index, word(at: bytes, index: index)) }
  }

  private func forEachElement(
    _ body: (Int, UnsafeRawPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let bytes = header.type.byteCount
    for first in stride(from: 0, to: header.count, by: chunk) {
      let count = min(chunk, header.count - first)
      let part = UnsafeMutableRawBufferPointer(start: scratch.pointer, count: count * bytes)
      try readBytes(into: part)
      for index in 0..<count { try body(first + index, UnsafeRawPointer(scratch.pointer) + index * bytes) }
    }
  }

  private func word(at bytes: UnsafeRawPointer, index: Int) throws(FileError) -> String {
    var text: String?
    if case .bytes(let count) = header.type {
      text = String(
        validating: UnsafeRawBufferPointer(start: bytes, count: count).prefix { $0 != 0 }, as: UTF8.self)
    } else {
      let units = (0..<header.type.byteCount / 4).map {
        bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)
      }
      text = String(validating: units.prefix { $0 != 0 }, as: UTF32.self)
    }
    guard let text else {
      throw FileError(
        path, "element \(self.index(ofStored: index)) is not valid text",
        expected: header.type == .unicode(header.type.byteCount / 4) ? "Unicode" : "UTF-8")
    }
    return text
  }

  private func notFinite(_ raw: UnsafeRawPointer, count: Int, first: Int) -> FileError {
    let bytes = header.type.byteCount
    for element in 0..<count {
      guard case .real(let value) = number(at: raw + element * bytes), Float(value).isInfinite else {
        continue
      }
      return Self.notFinite(value, "element \(index(ofStored: first + element))", path: path)
    }
    preconditionFailure("every number is finite")
  }

  /// - Parameters:
  ///   - what: the number's place: "element [3, 5]".
  ///   - place: the line it stands in.
  static func notFinite(
    _ value: Double, _ what: String, path: String, at place: FileError.Place? = nil
  ) -> FileError {
    value.isFinite
      ? FileError(
        path, at: place, "\(what) is too large for a 32-bit float",
        expected: "at most \(Float.greatestFiniteMagnitude)", found: "\(value)")
      : FileError(path, at: place, "\(what) is infinite", expected: "a finite number", found: "\(value)")
  }
}
