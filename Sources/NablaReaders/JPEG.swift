import CJpeg
import Nabla

/// Reads JPEG images as grey pixels: baseline and progressive, grey or colour, turned as EXIF says. The headers are read
/// here, before libjpeg sees a byte.
///
/// Source: ITU-T T.81 (JPEG), JEITA CP-3451 (EXIF).
struct JPEGFile {
  static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]
  /// What libjpeg may take besides the pixels: a progressive picture of 64 megapixels needs it all.
  static let greatestMemory = 1 << 29
  /// More segments before the pixels than any encoder writes.
  static let greatestSegmentCount = 1000

  /// Height and width as people see the picture.
  var rows: Int { isOnItsSide ? storedColumns : storedRows }
  var columns: Int { isOnItsSide ? storedRows : storedColumns }
  private var storedRows = 0
  private var storedColumns = 0
  /// EXIF's 1 ... 8: how the stored picture must be turned.
  private var orientation = 1
  private let file: InputFile

  private var isOnItsSide: Bool { orientation >= 5 }

  /// Reads and checks the headers.
  ///
  /// - Throws: `FileError`.
  init(_ file: InputFile) throws(FileError) {
    self.file = file
    var position = 2
    for _ in 0..<Self.greatestSegmentCount {
      let segment = try Segment(at: position, of: file)
      position = segment.end
      switch segment.marker {
      case 0xC0, 0xC1, 0xC2:
        try readFrame(segment)
      case 0xC4, 0xC8, 0xCC: continue
      case 0xC3, 0xC5...0xCF:
        throw FileError(
          file.path, at: .byte(segment.start), "is a JPEG of a kind that is not read",
          expected: "baseline or progressive", found: Self.kind(segment.marker))
      case 0xDA where storedRows > 0: return
      case 0xDA, 0xD9:
        throw FileError(
          file.path, at: .byte(segment.start), "is a damaged JPEG",
          expected: "a frame header before the pixels")
      case 0xE1: orientation = try EXIF.orientation(segment.content(of: file)) ?? orientation
      default: continue
      }
    }
    throw FileError(
      file.path, "has too many segments before its pixels", expected: "at most \(Self.greatestSegmentCount)",
      found: "more")
  }

  private static func kind(_ marker: UInt8) -> String {
    switch marker {
    case 0xC3: "lossless"
    case 0xC9, 0xCA: "arithmetic coding"
    case 0xCB: "lossless with arithmetic coding"
    default: "hierarchical"
    }
  }

  private mutating func readFrame(_ segment: Segment) throws(FileError) {
    let content = try segment.content(of: file)
    guard content.count >= 6, storedRows == 0 else {
      throw FileError(file.path, at: .byte(segment.start), "is a damaged JPEG", expected: "one frame header")
    }
    func number(_ start: Int) -> Int { Int(content[start]) << 8 | Int(content[start + 1]) }
    guard content[0] == 8 else {
      throw FileError(
        file.path, at: .byte(segment.start), "is a JPEG of a kind that is not read",
        expected: "8 bits a pixel",
        found: "\(content[0])")
    }
    guard number(1) > 0, number(3) > 0 else {
      throw FileError(
        file.path, at: .byte(segment.start), "has a side that is out of range", expected: "1 ... 65535",
        found: "\(number(1)) x \(number(3))")
    }
    guard content[5] == 1 || content[5] == 3 else {
      throw FileError(
        file.path, at: .byte(segment.start), "is a JPEG of a kind that is not read",
        expected: "grey or RGB colours",
        found: content[5] == 4 ? "CMYK" : "\(content[5]) components")
    }
    (storedRows, storedColumns) = (number(1), number(3))
  }

  /// Returns rows * columns grey values; colour becomes its luminance.
  ///
  /// - Throws: `FileError`; for a picture of more than `maxBytes` pixels before anything is read.
  func pixels(maxBytes: Int) throws(FileError) -> [UInt8] {
    guard rows * columns <= maxBytes, file.length <= max(maxBytes, 1 << 16) else {
      throw FileError.overLimit(
        file.path, maxBytes: maxBytes,
        found: rows * columns <= maxBytes ? "\(file.length)" : "\(rows) x \(columns) pixels")
    }
    let bytes = try file.bytes(at: 0, count: file.length)
    let output = try AlignedBuffer<UInt8>(count: rows * columns, for: file.path)
    var message = [CChar](repeating: 0, count: Int(JMSG_LENGTH_MAX))
    let isRead = nabla_jpeg_read(
      bytes, UInt(bytes.count), Self.greatestMemory, output.pointer, UInt32(storedRows),
      UInt32(storedColumns),
      &message)
    guard isRead != 0 else {
      let words = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw FileError(file.path, "is a damaged JPEG: \(words)")
    }
    return turned(Array(output.elements))
  }

  private func turned(_ stored: [UInt8]) -> [UInt8] {
    if orientation == 1 { return stored }
    // 5 ... 8 are 1 ... 4 with rows for columns.
    let isUpsideDown = [3, 4, 6, 7].contains(orientation)
    let isMirrored = [2, 3, 7, 8].contains(orientation)
    var pixels = stored
    for row in 0..<rows {
      for column in 0..<columns {
        let (down, across) = isOnItsSide ? (column, row) : (row, column)
        let sourceRow = isUpsideDown ? storedRows - 1 - down : down
        let sourceColumn = isMirrored ? storedColumns - 1 - across : across
        pixels[row * columns + column] = stored[sourceRow * storedColumns + sourceColumn]
      }
    }
    return pixels
  }
}

/// A marker and what belongs to it, known to lie within the file.
private struct Segment {
  let start: Int
  let marker: UInt8
  let end: Int
  private let contentStart: Int

  init(at start: Int, of file: InputFile) throws(FileError) {
    func cutShort(_ expected: String) -> FileError {
      FileError(
        file.path, at: .byte(start), "is cut short", expected: expected, found: "the end of the file")
    }
    guard file.length - start >= 4 else { throw cutShort("another JPEG segment") }
    let head = try file.bytes(at: start, count: 4)
    guard head[0] == 0xFF, head[1] != 0 else {
      throw FileError(
        file.path, at: .byte(start), "is a damaged JPEG", expected: "a marker 0xFF..",
        found: "0x" + hexadecimal(head[0]) + hexadecimal(head[1]))
    }
    self.start = start
    // A byte 0xFF may fill the space before a marker; some markers stand alone.
    if head[1] == 0xFF || head[1] == 0x01 || (0xD0...0xD9).contains(head[1]) {
      marker = head[1] == 0xFF ? 0x01 : head[1]
      (contentStart, end) = (start, start + (head[1] == 0xFF ? 1 : 2))
      return
    }
    let length = Int(head[2]) << 8 | Int(head[3])
    guard length >= 2 else {
      throw FileError(
        file.path, at: .byte(start), "is a damaged JPEG", expected: "a segment of 2 bytes or more",
        found: "\(length)")
    }
    guard length <= file.length - start - 2 else { throw cutShort("\(length) bytes of a JPEG segment") }
    marker = head[1]
    (contentStart, end) = (start + 4, start + 2 + length)
  }

  func content(of file: InputFile) throws(FileError) -> [UInt8] {
    end > contentStart ? try file.bytes(at: contentStart, count: end - contentStart) : []
  }
}

/// What a camera writes beside the picture.
private enum EXIF {
  /// The orientation, 1 ... 8, in the content of an APP1 segment; nil where none is told.
  static func orientation(_ content: [UInt8]) -> Int? {
    guard content.starts(with: Array("Exif\0\0".utf8)), content.count >= 14 else { return nil }
    let tiff = Array(content[6...])
    let isLittle = tiff[0] == UInt8(ascii: "I")
    func number(_ start: Int, _ count: Int) -> Int? {
      guard start >= 0, start <= tiff.count - count else { return nil }
      let bytes = tiff[start..<start + count]
      return isLittle
        ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
    // Entries of 12 bytes: tag, type, count, value.
    for entry in 0..<count {
      guard let tag = number(directory + 2 + 12 * entry, 2) else { return nil }
      if tag == 0x0112 {
        return number(directory + 10 + 12 * entry, 2).flatMap { (1...8).contains($0) ? $0 : nil }
      }
    }
    return nil
  }
}
