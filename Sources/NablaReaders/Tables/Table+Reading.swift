import Nabla

extension Table {
  /// Reads a table of cells with commas, semicolons or tabs between them, plain or gzip-compressed.
  ///
  /// How it is written is found out (`Dialect`), whether it has a header too (`TableSample`). Lines without anything are
  /// skipped. A column of the first 10,000 rows that has a word is a column of words, unless fewer than one cell in
  /// twenty is one; then, and after these rows, a word among numbers is an error. Nothing, NA, N/A, NaN, null and ? stand
  /// for a missing value.
  ///
  /// - Parameters:
  ///   - maxBytes: the most memory the rows may take.
  ///   - progress: called with the bytes that were read of all the file has, on the calling thread.
  /// - Throws: `FileError` naming the first line that is wrong.
  public static func read(
    _ path: String, options: TableOptions = TableOptions(), maxBytes: Int = ReadingLimits.defaultMaxBytes,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(FileError) -> Table {
    try read(
      path, options: options, maxBytes: maxBytes, pieceBytes: BlockParser.defaultPieceBytes,
      progress: progress)
  }

  /// As above, with the text that a thread takes at once, and the memory there is.
  package static func read(
    _ path: String, options: TableOptions, maxBytes: Int = ReadingLimits.defaultMaxBytes, pieceBytes: Int,
    memory: Int = ProcessLimits.current.memory ?? .max,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(FileError) -> Table {
    let window = try TextWindow(TextSource(path))
    let sample = try TableSample(window, expected: options.columns)
    let plan = try TablePlan(sample, options: options, path: path, needsTarget: true)
    window.drop(to: sample.dataStart, lines: sample.linesBeforeData)
    let parser = BlockParser(plan, window, pieceBytes: pieceBytes)
    let storage = try fill(parser, maxBytes: maxBytes, memory: memory, progress: progress)
    try requireWords(plan, path: path)
    let target = try TableTarget(plan, storage, path: path)
    let columns = plan.features.enumerated().map { place, column in
      options.columns?[place]
        ?? FeatureColumn(name: plan.names.all[column], kind: sortCategories(plan, storage, feature: place))
    }
    return Table(
      storage: storage, columns: columns, target: target.kind,
      targetNames: plan.targets.map { plan.names.all[$0] }, missingCounts: parser.missing,
      groupCount: plan.wordColumns.first { $0.meaning == .group }?.words.count ?? 0,
      hasHeader: plan.names.hasHeader,
      notes: plan.notes + plan.identifierNotes(rows: storage.count))
  }

  private static func fill(
    _ parser: BlockParser, maxBytes: Int, memory: Int, progress: ((Int, Int) -> Void)?
  ) throws(FileError) -> TableStorage {
    let (plan, source) = (parser.plan, parser.window.source)
    let rowBytes =
      4 * (plan.features.count + plan.targets.count + (plan.hasWeights ? 1 : 0) + (plan.hasGroups ? 1 : 0))
    try source.requireMemory(memory, rowBytes: rowBytes)
    let limit = min(maxBytes, memory) / max(rowBytes, 1)
    // A row has at least a separator or a line break a cell, and is not blank.
    let most = (source.greatestLength ?? .max - 1) / max(plan.roles.count, 2) + 1
    let room = min(limit, most)
    let storage = try FileError.at(source.path) { () throws(NablaError) in
      try TableStorage(
        reservingRows: room, columnCount: plan.features.count, targetCount: plan.targets.count,
        hasWeights: plan.hasWeights, hasGroups: plan.hasGroups)
    }
    var rows = 0
    while true {
      let block = try parser.next { (count) throws(FileError) in
        guard count <= room - rows else {
          let found = "\(rows + count) rows x \(rowBytes) bytes or more"
          guard maxBytes > memory else {
            throw FileError.overLimit(source.path, maxBytes: maxBytes, found: found)
          }
          throw FileError(
            source.path, "needs more memory than there is",
            expected: "at most \(humanReadable(bytes: memory))",
            found: found)
        }
        return TableDestination(
          features: storage.features + rows * plan.features.count, featureCount: plan.features.count,
          targets: storage.targets + rows * plan.targets.count, targetCount: plan.targets.count,
          weights: storage.weights.map { $0 + rows }, groups: storage.groups.map { $0 + rows })
      }
      guard let block else { break }
      rows += block.rowCount
      if let progress, let (done, total) = source.progress { progress(done, total) }
    }
    storage.finish(rows: rows)
    if let weights = storage.weights, !(0..<rows).contains(where: { weights[$0] > 0 }) {
      throw FileError(source.path, "has no weight above 0", expected: "one at least")
    }
    return storage
  }

  /// Refuses a category without a word, of which no input can be made.
  private static func requireWords(_ plan: TablePlan, path: String) throws(FileError) {
    for column in plan.wordColumns where column.words.count == 0 && column.isOpen {
      guard case .feature = column.meaning else { continue }
      throw FileError(
        path, "\(plan.names.words(column.column)) has no word", expected: "one at least",
        remedy: .ignore(column: plan.names.all[column.column]))
    }
  }

  /// Gives the categories of a feature, whose places are in the order they came in, the order of their words.
  private static func sortCategories(
    _ plan: TablePlan, _ storage: TableStorage, feature: Int
  ) -> FeatureColumn.Kind {
    guard let words = plan.words(feature: feature) else { return .number }
    let (sorted, places) = sortedPlaces(words.words.texts)
    for row in 0..<storage.count {
      let cell = storage.features + row * storage.columnCount + feature
      if !cell.pointee.isNaN { cell.pointee = Float(places[Int(cell.pointee)]) }
    }
    return .category(sorted)
  }
}

/// Sorts words, and returns the new place of each of the old ones.
func sortedPlaces(_ words: [String]) -> (sorted: [String], places: [Int]) {
  let sorted = sortedWords(words)
  let places = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices))
  return (sorted, words.map { places[$0] ?? 0 })
}
