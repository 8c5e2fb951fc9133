import Nabla

/// Reads the text format of SVMlight and LIBSVM, plain or gzip-compressed: a line is a sample, its target and those of
/// its features that are not zero, `target index:value index:value ...`; after `#` comes a comment. `qid:N` before the
/// features is read and ignored. Indices grow along a line; they count from 0 if an index 0 occurs, else from 1. "nan"
/// is a missing value.
///
/// The features are stored densely, a column for each index up to the largest, called x0, x1, ... or x1, x2, ... as it is.
///
/// Source: T. Joachims, "SVMlight"; C.-C. Chang and C.-J. Lin, "LIBSVM".
package enum SVMLight {
  /// Reads a table.
  ///
  /// - Parameters:
  ///   - featureCount: columns of the table, for a file whose last features may all be zero; nil takes the largest
  ///     index.
  ///   - firstIndex: what the first feature is called, 0 or 1; nil finds out.
  ///   - task: what the targets are for; `automatic` finds out: few different whole numbers are classes.
  ///   - maxBytes: the most memory the table may take.
  /// - Throws: `FileError` naming the line.
  package static func read(
    _ path: String, featureCount: Int? = nil, firstIndex: Int? = nil, task: TableOptions.Task = .automatic,
    maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> ArrayData {
    let stream = try ContentStream(path)
    let survey = try Survey(stream)
    let first = firstIndex ?? (survey.smallest == 0 ? 0 : 1)
    if let smallest = survey.smallest, smallest < first {
      throw FileError(
        path, "has an index below the first feature's", expected: "\(first) or more", found: "0")
    }
    let occurring = survey.largest.map { $0.index - first + 1 } ?? 0
    let columns = featureCount ?? occurring
    if let largest = survey.largest, occurring > columns {
      throw FileError(
        path, at: .line(largest.line), "has a feature that is out of range",
        expected: "an index of \(first) ... \(columns - 1 + first)", found: "\(largest.index)")
    }
    guard columns <= Int32.max else {
      throw FileError(
        path, at: .line(survey.largest?.line ?? 1), "has a feature that is out of range",
        expected: "an index of at most \(Int32.max)", found: "\(columns)")
    }
    guard columns > 0 else {
      throw FileError(path, "has no features", expected: "index:value after a target", found: "targets alone")
    }
    let rows = survey.targets.values.count
    // A line of twenty bytes can have as many columns as it likes, each with a name.
    let names = columns * MemoryLayout<FeatureColumn>.stride
    guard let floats = multiplied(rows, columns + 1), floats <= (maxBytes - names) / 4 else {
      throw FileError.overLimit(path, maxBytes: maxBytes, found: "\(rows) x \(columns) numbers")
    }
    try FileError.at(path) { () throws(NablaError) in try requireMemory(bytes: 4 * floats + names) }
    let plan = try TargetPlan(training: survey.targets, task: task)
    let storage = try TableStorage.reading(rows: rows, columns: columns, targets: plan.width, path: path)
    try fill(storage, rows: rows, first: first, from: stream.rewound())
    storage.finish(rows: rows)
    let target = try plan.write(survey.targets, to: storage)
    return .table(storage: storage, columns: FeatureColumn.numbered(columns, from: first), target: target)
  }

  /// Whether text that starts so is in this format: its first line that is not a comment has a number and then cells
  /// `index:value` whose indices grow, at least one.
  ///
  /// - Parameter isCut: whether the text goes on behind `start`.
  static func isRecognized(_ start: [UInt8], isCut: Bool) -> Bool {
    start.withUnsafeBufferPointer { text in
      for line in text.split(separator: 0x0A) {
        var cells = SVMLightLine(UnsafeBufferPointer(rebasing: line))
        guard let target = cells.next() else { continue }
        return isSample(target, followedBy: &cells, isCut: isCut && line.endIndex == text.endIndex)
      }
      return false
    }
  }

  private static func isSample(
    _ target: SVMLightLine.Cell, followedBy cells: inout SVMLightLine, isCut: Bool
  ) -> Bool {
    guard SVMLightLine.number(target) != nil, var next = cells.next() else { return false }
    if next.starts(with: SVMLightLine.query) {
      guard let feature = cells.next() else { return false }
      next = feature
    }
    var before = -1
    while true {
      let cell = next
      let following = cells.next()
      // Only the last cell may be cut.
      if following == nil, isCut { return before >= 0 || cell.contains(0x3A) }
      guard let index = SVMLightLine.feature(cell)?.index, index > before, !isTime(cell) else { return false }
      before = index
      guard let following else { return true }
      next = following
    }
  }

  /// Whether a cell starts like 00:30: no writer of this format puts a zero before an index.
  private static func isTime(_ cell: SVMLightLine.Cell) -> Bool {
    cell.count > 1 && cell[0] == 0x30 && cell[1] != 0x3A
  }

  private static func fill(
    _ storage: TableStorage, rows: Int, first: Int, from stream: ContentStream
  ) throws(FileError) {
    var lines = try LineReader(stream)
    var row = 0
    while let line = try lines.next(), row < rows {
      var cells = SVMLightLine(line)
      guard cells.next() != nil else { continue }
      let features = storage.features + row * storage.columnCount
      while let cell = cells.next() {
        guard let (index, value) = SVMLightLine.feature(cell) else { continue }
        let column = index - first
        guard 0..<storage.columnCount ~= column else { throw changed(stream) }
        features[column] = value
      }
      row += 1
    }
    guard row == rows else { throw changed(stream) }
  }

  private static func changed(_ stream: ContentStream) -> FileError {
    FileError(stream.path, "changed while it was read", kind: .inputOutput)
  }
}

/// What a first pass over the lines finds: the targets, and which indices occur. All that can be wrong with a line is
/// found here.
private struct Survey {
  private(set) var targets: TargetColumn
  /// nil where there are no features.
  private(set) var smallest: Int?
  /// The largest index, and the first line that has it.
  private(set) var largest: (index: Int, line: Int)?
  private let path: String

  init(_ stream: ContentStream) throws(FileError) {
    path = stream.path
    targets = TargetColumn(path: path)
    var lines = try LineReader(stream)
    while let line = try lines.next() {
      if lines.lineNumber == 1, line.starts(with: [0xFF, 0xFE]) || line.starts(with: [0xFE, 0xFF]) {
        throw FileError(path, at: .line(1), "is UTF-16", expected: "text in UTF-8 or ASCII")
      }
      var cells = SVMLightLine(line)
      guard let target = cells.next() else { continue }
      let place = FileError.Place.line(lines.lineNumber)
      try addTarget(target, at: place)
      try addFeatures(&cells, line: lines.lineNumber)
    }
    guard !targets.values.isEmpty else {
      throw FileError(path, "is empty", expected: "lines of a target and index:value")
    }
  }

  private mutating func addTarget(_ cell: SVMLightLine.Cell, at place: FileError.Place) throws(FileError) {
    guard let value = SVMLightLine.number(cell) else {
      let parts = cell.split(separator: 0x2C).map { SVMLightLine.Cell(rebasing: $0) }
      if cell.contains(0x2C), parts.allSatisfy({ SVMLightLine.number($0) != nil }) {
        throw FileError(
          path, at: place, "has several targets", expected: "one number", found: SVMLightLine.excerpt(cell))
      }
      throw FileError(
        path, at: place, "does not start with a target", expected: "a number",
        found: SVMLightLine.excerpt(cell))
    }
    try targets.add(value, at: place)
  }

  private mutating func addFeatures(_ cells: inout SVMLightLine, line: Int) throws(FileError) {
    var before: Int?
    var isFirst = true
    while let cell = cells.next() {
      defer { isFirst = false }
      if isFirst, cell.starts(with: SVMLightLine.query) {
        guard SVMLightLine.index(cell.dropFirst(SVMLightLine.query.count)) != nil else {
          throw wrong(line, "has something else than a query's number", "qid:number", cell)
        }
        continue
      }
      guard let (index, value) = SVMLightLine.feature(cell) else {
        throw wrong(line, "has something else than a feature", "index:value", cell)
      }
      guard !value.isInfinite else {
        throw wrong(line, "has a value that is infinite or too large", "a 32-bit float", cell)
      }
      if let before, index <= before {
        throw FileError(
          path, at: .line(line),
          index == before ? "has a feature twice" : "has features that are not in order",
          expected: "an index above \(before)", found: "\(index)")
      }
      before = index
      smallest = min(smallest ?? index, index)
      if index > largest?.index ?? -1 { largest = (index, line) }
    }
  }

  private func wrong(
    _ line: Int, _ problem: String, _ expected: String, _ cell: SVMLightLine.Cell
  ) -> FileError {
    FileError(
      path, at: .line(line), problem, expected: expected, found: SVMLightLine.excerpt(cell))
  }
}
