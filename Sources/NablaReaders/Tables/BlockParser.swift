import Nabla

/// Parses a table's text block after block: its rows in pieces, on all cores, with the same result as one after the
/// other.
final class BlockParser {
  let plan: TablePlan
  let window: TextWindow

  /// What a block had.
  struct Block {
    var rowCount = 0
    var ids: [String] = []
  }

  /// Cells without a value so far, one number a feature.
  private(set) var missing: [Int]

  /// Text that a thread takes at once, or a row more.
  static let defaultPieceBytes = 128 << 10
  private let pieceBytes: Int

  init(_ plan: TablePlan, _ window: TextWindow, pieceBytes: Int = BlockParser.defaultPieceBytes) {
    self.plan = plan
    self.pieceBytes = pieceBytes
    self.window = window
    missing = [Int](repeating: 0, count: plan.features.count)
  }

  /// Parses the rows that the next block of text holds; nil at the end.
  ///
  /// - Parameter destination: called with the number of rows, returns where the first of them goes.
  /// - Throws: `FileError` naming the first line that is wrong.
  func next(
    _ destination: (Int) throws(FileError) -> TableDestination
  ) throws(FileError) -> Block? {
    let (pieces, hasQuotes) = try split()
    guard let last = pieces.last else { return nil }
    let parser = RowParser(plan)
    Team.forEach(pieces.count) { parser.count(pieces[$0], hasQuotes: hasQuotes) }
    var block = Block()
    for piece in pieces {
      piece.firstRow = block.rowCount
      block.rowCount += piece.rowCount
    }
    let place = try destination(block.rowCount)
    Team.forEach(pieces.count) { parser.parse(pieces[$0], into: place) }
    var lines = 0
    for piece in pieces {
      try take(piece, linesBefore: window.linesBefore + lines, from: place)
      block.ids += piece.ids
      lines += piece.lineCount
    }
    window.drop(to: last.end, lines: lines)
    return block
  }

  /// Cuts the whole rows of the window into pieces.
  private func split() throws(FileError) -> ([TablePiece], hasQuotes: Bool) {
    try window.fill(TextWindow.blockBytes)
    let cells = plan.dialect.cells
    while true {
      let end = window.end
      let hasQuotes = find(Byte.quote, window.start, end) != nil
      var pieces: [TablePiece] = []
      var start = window.start
      // The sample filled the window: it is parsed in blocks too, while they are in the cache.
      let blockEnd = min(end, start + TextWindow.blockBytes)
      while start < blockEnd {
        let middle = start + min(pieceBytes, start.distance(to: end))
        let isInside = hasQuotes && cells.hasOddQuotes(start, middle)
        var pieceEnd = cells.rowEnd(middle, end, hasQuotes: hasQuotes, isInside: isInside).map { $0 + 1 }
        if pieceEnd == nil { pieceEnd = window.isAtEnd ? end : lastRowEnd(start, end, hasQuotes: hasQuotes) }
        guard let pieceEnd else { break }
        pieces.append(TablePiece(start, pieceEnd))
        start = pieceEnd
      }
      if !pieces.isEmpty || window.isAtEnd { return (pieces, hasQuotes) }
      if window.isFull { throw .endlessRow(window, line: window.linesBefore + 1) }
      try window.fill(window.count * 2)
    }
  }

  /// Returns where the last whole row ends, or nil if there is none.
  private func lastRowEnd(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, hasQuotes: Bool
  ) -> UnsafePointer<UInt8>? {
    var last: UnsafePointer<UInt8>?
    while let rowEnd = plan.dialect.cells.rowEnd(last ?? start, end, hasQuotes: hasQuotes) {
      last = rowEnd + 1
    }
    return last
  }

  /// Adds what a piece counted and the words it met first; throws what is wrong with it.
  private func take(
    _ piece: TablePiece, linesBefore: Int, from destination: TableDestination
  ) throws(FileError) {
    for (index, column) in plan.wordColumns.enumerated() where piece.newWords[index].words.count > 0 {
      let new = piece.newWords[index]
      let places = (0..<new.words.count).map { place in
        new.words.withBytes(at: place) { column.words.insert($0) }
      }
      if let excess = places.firstIndex(where: { $0 >= column.limit }),
        new.lines[excess] < piece.problem?.line ?? .max
      {
        piece.problem = tooManyWords(column, line: new.lines[excess])
      }
      if piece.problem == nil { replaceNewWords(of: piece, column, places, in: destination) }
    }
    if let problem = piece.problem {
      throw FileError(
        window.source.path, at: .line(linesBefore + problem.line + 1), problem.problem,
        expected: problem.expected, found: problem.found, remedy: problem.remedy)
    }
    for (index, count) in piece.missing.enumerated() { missing[index] += count }
  }

  private func tooManyWords(_ column: TablePlan.WordColumn, line: Int) -> TablePiece.Problem {
    let name = plan.names.words(column.column)
    let isFeature = column.meaning != .target
    return TablePiece.Problem(
      line: line, problem: "\(name) has too many different \(isFeature ? "words" : "classes")",
      expected: "at most \(column.limit.grouped)", found: "more",
      remedy: isFeature ? .ignore(column: plan.names.all[column.column]) : nil)
  }

  /// Writes the places of a piece's new words where the piece wrote that they are new.
  private func replaceNewWords(
    of piece: TablePiece, _ column: TablePlan.WordColumn, _ places: [Int], in destination: TableDestination
  ) {
    for row in piece.firstRow..<piece.firstRow + piece.rowCount {
      switch column.meaning {
      case .feature(let feature):
        let cell = destination.features + row * destination.featureCount + feature
        if cell.pointee < 0 { cell.pointee = Float(places[-1 - Int(cell.pointee)]) }
      case .target:
        let cell = destination.targets + row
        if cell.pointee < 0 { cell.pointee = Float(places[-1 - Int(cell.pointee)]) }
      case .group:
        guard let cell = destination.groups.map({ $0 + row }) else { break }
        if cell.pointee & RowParser.newGroup != 0 {
          cell.pointee = UInt32(places[Int(cell.pointee & ~RowParser.newGroup)])
        }
      }
    }
  }
}
