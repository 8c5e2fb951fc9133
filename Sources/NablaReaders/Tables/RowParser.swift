import Nabla

/// Some whole rows of a table's text, parsed by one thread.
final class TablePiece: @unchecked Sendable {
  let start: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  /// Rows that are not blank.
  var rowCount = 0
  /// Where its rows go.
  var firstRow = 0

  /// What is wrong with a row, and on which of the piece's lines.
  struct Problem {
    var line: Int
    var problem: String
    var expected: String?
    var found: String?
    var remedy: FileError.Remedy?
  }

  /// Words that are new in a word column, in the order they came in.
  struct NewWords {
    let words = WordTable()
    /// The line each came in first.
    var lines: [Int] = []
  }

  /// Lines that were parsed.
  var lineCount = 0
  /// The first thing that is wrong.
  var problem: Problem?
  /// Cells without a value, one number a feature.
  var missing: [Int] = []
  /// One a word column.
  var newWords: [NewWords] = []
  /// The id of each row, if there is an id column.
  var ids: [String] = []
  let scratch = CellScratch()

  init(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
    self.start = start
    self.end = end
  }
}

/// Where the cells of a table go.
struct TableDestination: @unchecked Sendable {
  /// Features [rows, featureCount].
  var features: UnsafeMutablePointer<Float>
  let featureCount: Int
  /// Targets [rows, targetCount].
  var targets: UnsafeMutablePointer<Float>
  let targetCount: Int
  var weights: UnsafeMutablePointer<Float>?
  var groups: UnsafeMutablePointer<UInt32>?
}

/// Parses the rows of a piece. A number costs no allocation and no look at the cell's end.
///
/// A word that is new is written as -1 - its place among the piece's new words: the pieces are parsed side by side, and
/// what place a word has in the end is only known after all before them.
struct RowParser: @unchecked Sendable {
  let plan: TablePlan
  private let cells: CellReader
  private let numbers: FloatParser
  /// One a word column, with the words before this block.
  private let words: [WordLookup]

  /// Creates a parser for one block: a word column that changes makes it invalid.
  init(_ plan: TablePlan) {
    self.plan = plan
    words = plan.wordColumns.map(\.words.lookup)
    cells = plan.dialect.cells
    numbers = FloatParser(point: plan.dialect.decimal)
  }

  /// Marks a group that is new in its piece.
  static let newGroup: UInt32 = 1 << 31
  private static let missingWord = Int.max

  /// Counts the rows of a piece.
  func count(_ piece: TablePiece, hasQuotes: Bool) {
    var place = piece.start
    while let end = cells.rowEnd(place, piece.end, hasQuotes: hasQuotes) {
      if !cells.isBlank(place) { piece.rowCount += 1 }
      place = end + 1
    }
    // The text ends inside of quotes: one row, which `parse` refuses.
    if place < piece.end { piece.rowCount += 1 }
  }

  /// Parses a piece whose rows were counted; stops at the first that is wrong.
  func parse(_ piece: TablePiece, into destination: TableDestination) {
    piece.missing = [Int](repeating: 0, count: plan.features.count)
    piece.newWords = plan.wordColumns.map { _ in TablePiece.NewWords() }
    plan.roles.withUnsafeBufferPointer { roles in
      var place = piece.start
      var row = piece.firstRow
      while place < piece.end {
        if cells.isBlank(place) {
          place = (find(Byte.lineFeed, place, piece.end) ?? piece.end - 1) + 1
        } else {
          guard let next = parseRow(place, row, roles, piece, destination) else { return }
          place = next
          row += 1
        }
        piece.lineCount += 1
      }
    }
  }

  /// Parses a row and returns where the next one starts; nil if it is wrong.
  @inline(__always)
  private func parseRow(
    _ start: UnsafePointer<UInt8>, _ row: Int, _ roles: UnsafeBufferPointer<TablePlan.Role>,
    _ piece: TablePiece, _ destination: TableDestination
  ) -> UnsafePointer<UInt8>? {
    let features = destination.features + row &* destination.featureCount
    let separator = cells.separator
    var place = start
    var column = 0
    while true {
      let role = roles.baseAddress.unsafelyUnwrapped[column]
      var next = place
      var isDone = false
      if role.kind == .number, !role.isID, let value = numbers.number(at: &next), value.magnitude < .infinity
      {
        if next.pointee == 0x0D { next += 1 }
        if next.pointee == separator || next.pointee == Byte.lineFeed {
          features[role.place] = value
          isDone = true
        }
      }
      if !isDone {
        guard let end = parseCell(place, role, column, row, piece, destination) else { return nil }
        next = end
      }
      place = next + 1
      if next.pointee != separator { break }
      column &+= 1
      if column == roles.count { break }
    }
    guard column == roles.count &- 1 else {
      refuseRagged(start, piece)
      return nil
    }
    return place
  }

  /// Parses a cell that is no plain number and returns where it ends; nil if it is wrong.
  @inline(never)
  private func parseCell(
    _ start: UnsafePointer<UInt8>, _ role: TablePlan.Role, _ column: Int, _ row: Int, _ piece: TablePiece,
    _ destination: TableDestination
  ) -> UnsafePointer<UInt8>? {
    let cell: CellReader.Cell
    do throws(CellReader.Problem) {
      cell = try cells.cell(at: start, end: piece.end, scratch: piece.scratch)
    } catch {
      let words = error.words
      refuse(piece, words.problem, expected: words.expected)
      return nil
    }
    if role.isID { piece.ids.append(String(cell: cell.text)) }
    switch role.kind {
    case .skipped: break
    case .word:
      guard let word = words[role.place].place(of: cell.text) ?? newWord(cell.text, role.place, piece)
      else { return nil }
      switch plan.wordColumns[role.place].meaning {
      case .feature(let place):
        destination.features[row * destination.featureCount + place] =
          word == Self.missingWord ? .nan : Float(word)
      case .target: destination.targets[row] = Float(word)
      case .group:
        destination.groups?[row] = word < 0 ? Self.newGroup | UInt32(-1 - word) : UInt32(word)
      }
    case .number, .target, .classNumber, .weight:
      guard let value = number(cell.text, role, column, piece) else { return nil }
      switch role.kind {
      case .number: destination.features[row * destination.featureCount + role.place] = value
      case .weight: destination.weights?[row] = value
      default: destination.targets[row * destination.targetCount + role.place] = value
      }
    }
    if cell.lineBreaks > 0 { piece.lineCount += cell.lineBreaks }
    return cell.next
  }

  /// Returns the number that a cell is, NaN for a feature without a value; nil if it is wrong.
  private func number(
    _ text: UnsafeBufferPointer<UInt8>, _ role: TablePlan.Role, _ column: Int, _ piece: TablePiece
  ) -> Float? {
    if isMissing(text) { return missing(role.kind == .number ? role.place : nil, column, piece) ? .nan : nil }
    let value = text.baseAddress.flatMap { numbers.number($0, count: text.count) }
    if role.kind == .classNumber {
      if let value, let place = plan.classNumbers[value] { return Float(place) }
      refuseUnknown("class", column, expected: plan.options.classNames ?? [], text, piece)
      return nil
    }
    guard let value, value.isFinite else {
      let name = plan.names.words(column)
      if value != nil || isInfinity(text) {
        refuse(piece, "\(name) is not finite", expected: "a number up to 3.4e38", found: text)
      } else {
        let remedy = FileError.Remedy.categorical(column: plan.names.all[column])
        let helps = plan.options.columns == nil && role.kind != .weight && plan.options.task != .regression
        refuse(piece, "\(name) has a word", expected: "a number", found: text, remedy: helps ? remedy : nil)
      }
      return nil
    }
    if role.kind == .weight, value < 0 {
      refuse(
        piece, "\(plan.names.words(column)) has a negative weight", expected: "a number from 0 up",
        found: text)
      return nil
    }
    return value
  }

  /// Returns the place of a word that was not there before this block, `missingWord` for a feature without one; nil if
  /// it is wrong.
  private func newWord(_ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ piece: TablePiece) -> Int? {
    let words = plan.wordColumns[place]
    var feature: Int?
    if case .feature(let place) = words.meaning { feature = place }
    if isMissing(text) { return missing(feature, words.column, piece) ? Self.missingWord : nil }
    if text.contains(0) {
      refuse(piece, "has a NUL byte", expected: "text in UTF-8 or ASCII")
      return nil
    }
    guard words.isOpen else {
      // The bytes of another encoding may still be a known word.
      var decoded = String(cell: text)
      if let known = decoded.withUTF8({ words.words.place(of: $0) }) { return known }
      let kind = feature == nil ? "class" : "word"
      refuseUnknown(kind, words.column, expected: words.words.texts, text, piece)
      return nil
    }
    let new = piece.newWords[place].words.insert(text)
    if new == piece.newWords[place].lines.count { piece.newWords[place].lines.append(piece.lineCount) }
    return -1 - new
  }

  /// Counts a cell without a value; returns false if it must have one.
  private func missing(_ feature: Int?, _ column: Int, _ piece: TablePiece) -> Bool {
    if let feature, plan.options.missing == .fill {
      piece.missing[feature] += 1
      return true
    }
    let remedy = feature == nil ? nil : FileError.Remedy.fillMissing
    refuse(piece, "\(plan.names.words(column)) has no value", expected: "one in every row", remedy: remedy)
    return false
  }

  private func refuseUnknown(
    _ kind: String, _ column: Int, expected: [String], _ text: UnsafeBufferPointer<UInt8>, _ piece: TablePiece
  ) {
    let list = expected.prefix(10).joined(separator: ", ") + (expected.count > 10 ? ", ..." : "")
    refuse(
      piece, "\(plan.names.words(column)) has a \(kind) that the model does not know", expected: list,
      found: text)
  }

  private func refuseRagged(_ start: UnsafePointer<UInt8>, _ piece: TablePiece) {
    var count = 1
    var place = start
    while let cell = try? cells.cell(at: place, end: piece.end, scratch: piece.scratch),
      cell.next < piece.end, cell.next.pointee == cells.separator
    {
      count += 1
      place = cell.next + 1
    }
    piece.problem = TablePiece.Problem(
      line: piece.lineCount, problem: "has another number of cells than the lines before",
      expected: "\(plan.roles.count)", found: "\(count)")
  }

  private func refuse(
    _ piece: TablePiece, _ problem: String, expected: String?, found: UnsafeBufferPointer<UInt8>? = nil,
    remedy: FileError.Remedy? = nil
  ) {
    if let found, found.contains(0) {
      return refuse(piece, "has a NUL byte", expected: "text in UTF-8 or ASCII")
    }
    piece.problem = TablePiece.Problem(
      line: piece.lineCount, problem: problem, expected: expected,
      found: found.map { "\"\(excerpt($0))\"" }, remedy: remedy)
  }

  /// The start of a cell's text, for a message.
  private func excerpt(_ text: UnsafeBufferPointer<UInt8>) -> String {
    let text = String(cell: text)
    return text.prefix(24) + (text.count > 24 ? "..." : "")
  }
}
