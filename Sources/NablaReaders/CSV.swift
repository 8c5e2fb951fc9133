import Nabla

/// Reads images as comma-separated values, plain or gzip-compressed: a row is an image, a label and its pixels,
/// whole numbers 0 ... 255.
///
/// A first line whose first or last cell is a word is a header. The label stands in the first or in the last
/// column: where the header says "label" (or "class", "target", "digit", "y"); without such a word in the first,
/// unless that column is the same in every row looked at and the last is not. A number of pixels that is a
/// perfect square makes a square image; any other, an image of one row.
public enum CSV {
  /// Where a line has its label.
  public enum LabelColumn: String, Sendable {
    case first
    case last
  }

  /// Reads a data set.
  ///
  /// - Parameters:
  ///   - labelColumn: where the label stands; nil finds out.
  ///   - classCount: labels must be below it; nil takes the largest label + 1.
  ///   - maxBytes: the most memory the images may take.
  /// - Throws: `FileError` naming the line.
  public static func read(
    _ path: String, labelColumn: LabelColumn? = nil, classCount: Int? = nil,
    maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> Dataset {
    try load(path, labelColumn: labelColumn, classCount: classCount, maxBytes: maxBytes).images
  }

  /// Reads a data set, and says where its labels stand.
  ///
  /// - Parameter memory: bytes of memory there are.
  package static func load(
    _ path: String, labelColumn: LabelColumn?, classCount: Int?, maxBytes: Int,
    memory: Int = ProcessLimits.current.memory ?? .max
  ) throws(FileError) -> (images: Dataset, labelColumn: LabelColumn) {
    let stream = try ContentStream(path)
    let survey = try Survey(stream, labelColumn: labelColumn, memory: memory)
    let pixels = survey.columns - 1
    guard let bytes = multiplied(survey.rows, pixels), bytes <= maxBytes else {
      throw FileError.overLimit(path, maxBytes: maxBytes, found: "\(survey.rows) x \(pixels) pixels")
    }
    let side = Int(Double(pixels).squareRoot())
    let shape =
      side * side == pixels
      ? Dataset.ImageShape(rows: side, columns: side) : Dataset.ImageShape(rows: 1, columns: pixels)
    let images = try Dataset.reading(
      count: survey.rows, imageShape: shape, classCount: classCount, path: path
    ) {
      (storage) throws(FileError) in
      try fill(storage, from: stream.rewound(), survey: survey, classCount: classCount)
    }
    return (images, survey.labelColumn)
  }

  private static func fill(
    _ storage: PixelStorage, from stream: ContentStream, survey: Survey, classCount: Int?
  ) throws(FileError) {
    var lines = try LineReader(stream)
    let cells = try AlignedBuffer<UInt8>(count: survey.columns, for: stream.path)
    let pixels = survey.columns - 1
    let label = survey.labelColumn == .first ? 0 : pixels
    try storage.fillImages(path: stream.path) { (block) throws(FileError) in
      for (place, row) in block.images.enumerated() {
        var line = try lines.next()
        while let text = line, lines.lineNumber <= survey.headerLine || isBlank(text) {
          line = try lines.next()
        }
        guard let line else {
          throw FileError(stream.path, "became shorter while it was read", kind: .inputOutput)
        }
        if !parse(line, into: cells.elements) {
          try parseStrictly(line, into: cells.elements, path: stream.path, lineNumber: lines.lineNumber)
        }
        if let classCount, cells.pointer[label] >= classCount {
          throw FileError(
            stream.path, at: .line(lines.lineNumber),
            "has a label that is not one of the \(classCount) classes",
            expected: "0 ... \(classCount - 1)", found: "\(cells.pointer[label])")
        }
        storage.labels[row] = UInt16(cells.pointer[label])
        (block.pixels.baseAddress! + place * pixels).update(
          from: cells.pointer + (label == 0 ? 1 : 0), count: pixels)
      }
    }
  }

  /// Reads the cells of an ordinary line: digits and commas, nothing else. Returns false for any other.
  private static func parse(
    _ line: UnsafeBufferPointer<UInt8>, into cells: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    var cell = 0
    var value: UInt32 = 0
    var digits = 0
    for byte in line {
      let digit = byte &- 0x30
      if digit < 10 {
        value = value &* 10 &+ UInt32(digit)
        digits &+= 1
        if value > 255 { return false }
      } else {
        guard byte == 0x2C, digits > 0, cell < cells.count &- 1 else { return false }
        cells[cell] = UInt8(truncatingIfNeeded: value)
        cell &+= 1
        value = 0
        digits = 0
      }
    }
    guard digits > 0, cell == cells.count - 1 else { return false }
    cells[cell] = UInt8(truncatingIfNeeded: value)
    return true
  }

  /// Reads the cells of a line that may have blanks around its numbers, or says what is wrong with it.
  private static func parseStrictly(
    _ line: UnsafeBufferPointer<UInt8>, into cells: UnsafeMutableBufferPointer<UInt8>, path: String,
    lineNumber: Int
  ) throws(FileError) {
    func wrong(_ problem: String, _ expected: String, _ found: String? = nil) -> FileError {
      FileError(path, at: .line(lineNumber), problem, expected: expected, found: found)
    }
    if line.contains(0) { throw wrong("has a NUL byte", "text in UTF-8 or ASCII") }
    if line.contains(UInt8(ascii: ";")) || line.contains(UInt8(ascii: "\t")) {
      let found = line.contains(UInt8(ascii: ";")) ? "';'" : "tabs"
      throw wrong("has another separator than commas", "whole numbers with ',' between them", found)
    }
    let parts = line.split(separator: 0x2C, omittingEmptySubsequences: false)
    guard parts.count == cells.count else {
      throw wrong("has another number of cells than the lines before", "\(cells.count)", "\(parts.count)")
    }
    for (index, part) in parts.enumerated() {
      let text = trimmed(part)
      guard !text.isEmpty else { throw wrong("has nothing in cell \(index + 1)", "a whole number 0 ... 255") }
      guard text.allSatisfy({ 0x30...0x39 ~= $0 }), let value = UInt8(String(decoding: text, as: UTF8.self))
      else {
        throw wrong(
          "has something else in cell \(index + 1)", "a whole number 0 ... 255", "\"\(excerpt(text))\"")
      }
      cells[index] = value
    }
  }
}

/// What a first pass over the lines finds: how much there is, and how to read it.
private struct Survey {
  /// Cells in every row, the label's included.
  let columns: Int
  /// Images.
  let rows: Int
  /// Number of the header's line; 0 when there is none.
  let headerLine: Int
  let labelColumn: CSV.LabelColumn

  /// Rows that are looked at to find the label without a header.
  private static let sample = 1000

  init(_ stream: ContentStream, labelColumn: CSV.LabelColumn?, memory: Int) throws(FileError) {
    let path = stream.path
    var lines = try LineReader(stream)
    var columns: Int?
    var rows = 0
    var headerLine = 0
    var column = labelColumn
    var ends: (first: [UInt8], last: [UInt8])?
    var varies = (first: false, last: false)
    while let line = try lines.next() {
      if isBlank(line) { continue }
      if columns == nil {
        try refuseUTF16(line, path: path, lineNumber: lines.lineNumber)
        let cells = line.count { $0 == 0x2C } + 1
        columns = cells
        try stream.requireMemory(memory, rowBytes: cells - 1)
        if let words = Header(line) {
          headerLine = lines.lineNumber
          column = column ?? words.labelColumn
          continue
        }
      }
      rows += 1
      if column == nil, rows <= Self.sample {
        let cells = endCells(line)
        if let ends {
          varies.first = varies.first || cells.first != ends.first
          varies.last = varies.last || cells.last != ends.last
        }
        ends = cells
      }
    }
    guard let columns else { throw FileError(path, "is empty", expected: "rows of a label and pixels") }
    guard rows > 0 else {
      throw FileError(path, "has a header and nothing else", expected: "rows of a label and pixels")
    }
    guard columns > 1 else {
      throw FileError(
        path, at: .line(headerLine + 1), "has no commas", expected: "a label and pixels with ',' between them"
      )
    }
    self.columns = columns
    self.rows = rows
    self.headerLine = headerLine
    self.labelColumn = column ?? (!varies.first && varies.last ? .last : .first)
  }
}

/// The first line of a file, if it names the columns.
private struct Header {
  let labelColumn: CSV.LabelColumn?

  init?(_ line: UnsafeBufferPointer<UInt8>) {
    let words = endCells(line)
    let first = Self.word(words.first)
    let last = Self.word(words.last)
    guard Self.isName(first) || Self.isName(last) else { return nil }
    let labels: Set = ["label", "labels", "class", "target", "digit", "y"]
    labelColumn = labels.contains(first) ? .first : labels.contains(last) ? .last : nil
  }

  private static func word(_ cell: [UInt8]) -> String {
    String(decoding: cell, as: UTF8.self).lowercased().filter { $0 != "\"" && $0 != "\u{FEFF}" }
  }

  /// Words that stand for numbers are bad data, not names.
  private static func isName(_ word: String) -> Bool {
    guard let start = word.first, start.isLetter || start == "_" else { return false }
    return !["nan", "inf", "infinity", "na", "null", "none"].contains(word)
  }
}

private func refuseUTF16(
  _ line: UnsafeBufferPointer<UInt8>, path: String, lineNumber: Int
) throws(FileError) {
  let expected = "text in UTF-8 or ASCII"
  if line.starts(with: [0xFF, 0xFE]) || line.starts(with: [0xFE, 0xFF]) {
    throw FileError(path, at: .line(lineNumber), "is UTF-16", expected: expected)
  }
  if line.contains(0) { throw FileError(path, at: .line(lineNumber), "has a NUL byte", expected: expected) }
}

private func endCells(_ line: UnsafeBufferPointer<UInt8>) -> (first: [UInt8], last: [UInt8]) {
  let first = line.firstIndex(of: 0x2C) ?? line.endIndex
  let last = line.lastIndex(of: 0x2C).map { $0 + 1 } ?? 0
  return (Array(trimmed(line[..<first])), Array(trimmed(line[last...])))
}

private func trimmed(_ cell: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
  let start = cell.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? cell.endIndex
  let end = cell.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? start
  return cell[start..<end]
}

private func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
  line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
}

/// The start of `text`, for a message.
private func excerpt(_ text: some Collection<UInt8>) -> String {
  String(decoding: text.prefix(24), as: UTF8.self) + (text.count > 24 ? "..." : "")
}
