import Nabla

/// What the first rows of a table tell: how it is written, the names of its columns and what they hold.
///
/// 10,000 rows are looked at, or as many as fit 16 MiB.
///
/// The first row is a header if it has a word in a column whose other cells are numbers, unless more of its cells are
/// numbers in such columns than words. Where no column's other cells are numbers, it is one if all its cells are
/// different words (the first may be empty) that come in no other row of their column. Fewer words than numbers are one
/// too above twenty rows whose numbers are of another kind: names such as 2001. With a model, a first row that has all
/// the model's columns is one whatever the rest says, and one that its columns could have is none.
///
/// A first row of the number of rows, the number of features and words, as in scikit-learn's own files, is left out.
struct TableSample {
  /// What a column's cells are, the header's aside.
  struct Column {
    var numbers = 0
    var words = 0
    var missing = 0
    /// Whether all numbers are whole.
    var isWhole = true
    /// Whether a number is too large for neighbouring whole numbers to differ as Float.
    var hasLargeNumber = false
    /// Whether one of these is written as a whole number.
    var hasLargeWhole = false
    /// The different ones of these, or the first of them.
    var largeWholes = Set<String>()
    var smallest = Float.infinity
    var largest = -Float.infinity
    /// Whether the first row's cell comes again.
    var repeatsFirst = false

    /// Below so many numbers, one word makes a column one of words.
    static let fewNumbers = 20
    /// More different large numbers are not kept than can be classes of a sample.
    static let mostLargeWholes = 128

    /// Whether the cells are words. A few words among many numbers are mistakes in a column of numbers.
    var isCategorical: Bool { words > 0 && (numbers < Self.fewNumbers || words * 20 > numbers) }
  }

  let dialect: Dialect
  let names: ColumnNames
  let columns: [Column]
  /// Rows that were looked at, without the header.
  let rows: Int
  /// What people should know about how the rows were taken.
  let notes: [String]
  /// Where the first row behind the header starts, and the line breaks before it.
  let dataStart: UnsafePointer<UInt8>
  let linesBeforeData: Int

  static let rowLimit = 10_000

  /// Looks at the start of the text in `window`, which it fills.
  ///
  /// - Parameters:
  ///   - expected: the columns of a model.
  ///   - rowLimit: rows to look at.
  /// - Throws: `FileError` for a file without rows or that is no text, and for a quote that does not end.
  init(
    _ window: TextWindow, expected: [FeatureColumn]? = nil, rowLimit: Int = TableSample.rowLimit
  ) throws(FileError) {
    let path = window.source.path
    // A pipe gives its text when it likes, so no more is waited for than is needed.
    var bytes = rowLimit < Self.rowLimit ? TextWindow.blockBytes : TextWindow.capacity + 1
    repeat {
      try window.fill(bytes)
      bytes *= 2
    } while !Self.hasRow(window) && !window.isAtEnd && !window.isFull
    var start = window.start
    if window.count >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF { start += 3 }
    try Self.refuseOtherText(window, path: path)
    let dialect = Dialect(detecting: start, window.end)
    var rows = SampleRows(
      dialect: dialect, start: start, end: window.end, path: path, isWhole: window.isAtEnd)
    guard var first = try rows.next() else {
      guard window.isAtEnd else { throw .endlessRow(window, line: rows.line) }
      throw FileError(path, "is empty", expected: "rows of cells with ',', ';' or tabs between them")
    }
    var notes: [String] = []
    var linesBefore = 0
    var ahead = rows
    if let second = try ahead.next(), Self.isSummary(first, columnCount: second.count) {
      notes.append("line \(rows.line - 1) sums up the file and is left out")
      (start, linesBefore) = (rows.place, rows.line - 1)
      (rows, first) = (ahead, second)
    }
    let (afterFirst, linesOfFirst) = (rows.place, rows.line - 1)
    var columns = [Column](repeating: Column(), count: first.count)
    var count = 0
    while count < rowLimit, try rows.next(comparedWith: first, columns: &columns) { count += 1 }
    let hasHeader = Self.isHeader(first, columns, dialect: dialect, expected: expected)
    if hasHeader {
      guard count > 0 || !window.isAtEnd else {
        throw FileError(path, "has a header and nothing else", expected: "rows of cells below it")
      }
    } else {
      if let doubt = Self.doubt(about: first, columns, dialect: dialect) { notes.append(doubt) }
      for index in columns.indices {
        columns[index].add(first[index], dialect: dialect)
      }
    }
    self.dialect = dialect
    self.columns = columns
    self.rows = count + (hasHeader ? 0 : 1)
    names = hasHeader ? ColumnNames(header: first) : ColumnNames(count: first.count)
    dataStart = hasHeader ? afterFirst : start
    linesBeforeData = hasHeader ? linesOfFirst : linesBefore
    self.notes = notes
  }

  private static func hasRow(_ window: TextWindow) -> Bool {
    CellReader(separator: Byte.comma).rowEnd(window.start, window.end, hasQuotes: true) != nil
  }

  /// Refuses text in UTF-16, and what is no text.
  private static func refuseOtherText(_ window: TextWindow, path: String) throws(FileError) {
    let (start, end) = (window.start, window.end)
    let expected = "text in UTF-8 or ASCII"
    if window.count >= 2, start[0] ^ start[1] == 1, start[0] >= 0xFE {
      throw FileError(path, at: .line(1), "is UTF-16", expected: expected)
    }
    if window.count >= 2, start[0] == 0x1F, start[1] == 0x8B {
      throw FileError(path, "is compressed", expected: expected, found: "gzip")
    }
    if let place = find(0, start, end) {
      let line = UnsafeBufferPointer(start: start, count: start.distance(to: place)).count {
        $0 == Byte.lineFeed
      }
      throw FileError(path, at: .line(line + 1), "has a NUL byte", expected: expected)
    }
    // The last line feed is the window's own where the text ends without one.
    let lineEnd = find(Byte.lineFeed, start, end) ?? end
    if window.count > 1, start.distance(to: lineEnd) >= window.count - 1,
      find(0x0D, start, start + (window.count - 2)) != nil
    {
      throw FileError(
        path, at: .line(1), "ends its lines with carriage returns alone",
        expected: "line feeds, or both as in Windows")
    }
  }
}

extension TableSample.Column {
  /// Counts a cell.
  fileprivate mutating func add(_ text: String, dialect: Dialect) {
    let bytes = Array(text.utf8)
    (bytes + [UInt8](repeating: 0, count: FloatParser.padding)).withUnsafeBufferPointer {
      add(UnsafeBufferPointer(rebasing: $0[..<bytes.count]), parser: FloatParser(point: dialect.decimal))
    }
  }

  fileprivate mutating func add(_ text: UnsafeBufferPointer<UInt8>, parser: FloatParser) {
    guard let start = text.baseAddress, !isMissing(text) else {
      missing += 1
      return
    }
    guard let value = parser.number(start, count: text.count) ?? (isInfinity(text) ? .infinity : nil) else {
      words += 1
      return
    }
    numbers += 1
    isWhole = isWhole && value.rounded() == value
    if value.magnitude >= ClassRule.firstInexact { addLarge(text) }
    smallest = min(smallest, value)
    largest = max(largest, value)
  }
}

extension TableSample.Column {
  /// Looks how a number is written that is too large to tell by its value whether it is whole.
  private mutating func addLarge(_ text: UnsafeBufferPointer<UInt8>) {
    hasLargeNumber = true
    let digits = text.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    let rest = digits.drop { 0x30...0x39 ~= $0 }
    let fraction = rest.dropFirst()
    let isPoint = rest.first == Byte.point || rest.first == Byte.comma
    guard rest.isEmpty || isPoint && fraction.allSatisfy({ $0 == 0x30 }) else {
      isWhole = false
      return
    }
    hasLargeWhole = true
    if largeWholes.count < Self.mostLargeWholes { largeWholes.insert(String(cell: text)) }
  }
}

/// The rows of a sample, one after the other.
private struct SampleRows {
  let dialect: Dialect
  var place: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  let path: String
  /// Whether the text ends at `end`, not only the sample.
  let isWhole: Bool
  /// The line that `place` is the start of, from 1.
  var line = 1
  private let parser: FloatParser
  private let scratch = CellScratch()

  init(dialect: Dialect, start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>, path: String, isWhole: Bool)
  {
    self.dialect = dialect
    place = start
    self.end = end
    self.path = path
    self.isWhole = isWhole
    parser = FloatParser(point: dialect.decimal)
  }

  /// Returns the cells of the next row that is not blank; nil at the end.
  mutating func next() throws(FileError) -> [String]? {
    var cells: [String] = []
    return try nextRow { cells.append(String(cell: $0)) } ? cells : nil
  }

  /// Counts the cells of the next row; what it has too many is not looked at. Returns false at the end.
  mutating func next(
    comparedWith first: [String], columns: inout [TableSample.Column]
  ) throws(FileError) -> Bool {
    var index = 0
    let parser = parser
    return try nextRow { text in
      guard index < columns.count else { return }
      columns[index].add(text, parser: parser)
      // What looks like a header is text, so numbers need no look.
      if columns[index].numbers == 0, !columns[index].repeatsFirst {
        columns[index].repeatsFirst = text.elementsEqual(first[index].utf8)
      }
      index += 1
    }
  }

  private mutating func nextRow(_ body: (UnsafeBufferPointer<UInt8>) -> Void) throws(FileError) -> Bool {
    let cells = dialect.cells
    while place < end, cells.isBlank(place) { skipLine() }
    guard place < end else { return false }
    let isComplete = cells.rowEnd(place, end, hasQuotes: true) != nil
    guard isComplete || isWhole else { return false }
    while true {
      do throws(CellReader.Problem) {
        let cell = try cells.cell(at: place, end: end, scratch: scratch)
        body(cell.text)
        line += cell.lineBreaks
        place = cell.next
      } catch {
        throw FileError(path, at: .line(line), error.words.problem, expected: error.words.expected)
      }
      guard place < end, place.pointee != Byte.lineFeed else { break }
      place += 1
    }
    skipLine()
    return true
  }

  private mutating func skipLine() {
    while place < end, place.pointee != Byte.lineFeed { place += 1 }
    place = min(place + 1, end)
    line += 1
  }
}

extension FileError {
  /// What is wrong with a row that fills the whole window.
  static func endlessRow(_ window: TextWindow, line: Int) -> FileError {
    guard find(Byte.lineFeed, window.start, window.end) == nil else {
      let words = CellReader.Problem.openQuote.words
      return FileError(window.source.path, at: .line(line), words.problem, expected: words.expected)
    }
    return FileError(
      window.source.path, at: .line(line), "is too long", expected: "at most \(TextWindow.capacity) bytes",
      found: "more")
  }
}
