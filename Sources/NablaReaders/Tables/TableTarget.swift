import Nabla

/// Decides whether the targets of a table that was read are classes, and makes them so.
struct TableTarget {
  let kind: Table.Target

  /// - Throws: `FileError` for more classes than there may be.
  init(_ plan: TablePlan, _ storage: TableStorage, path: String) throws(FileError) {
    let names = plan.targets.map { plan.names.all[$0] }
    guard let column = plan.targets.first else {
      kind = .none
      return
    }
    if let known = plan.options.classNames, plan.options.task != .regression {
      try Self.classify(storage, path: path) { Int($0) }
      kind = .classes(known)
    } else if let words = plan.targetWords, plan.targetMayBeValues,
      words.words.count > ClassRule.most(among: storage.count)
    {
      try Self.takeNumbers(plan, storage, words, path: path)
      kind = .values(names)
    } else if let words = plan.targetWords {
      let (sorted, places) = sortedPlaces(words.words.texts)
      try Self.classify(storage, path: path) { places[Int($0)] }
      kind = .classes(sorted)
    } else if plan.targets.count == 1, plan.options.task != .regression,
      let values = try Self.classValues(plan, storage, column: column, path: path)
    {
      try Self.classify(storage, path: path) { Self.place(of: $0, in: values) }
      kind = .classes(values.map { Int(exactly: $0).map(String.init) ?? "\($0)" })
    } else {
      kind = .values(names)
    }
  }

  private static func classify(
    _ storage: TableStorage, path: String, _ classOf: (Float) -> Int
  ) throws(FileError) {
    try FileError.at(path) { () throws(NablaError) in try storage.classify(classOf) }
  }

  /// Turns the places of words back into the numbers that the words are.
  private static func takeNumbers(
    _ plan: TablePlan, _ storage: TableStorage, _ words: TablePlan.WordColumn, path: String
  ) throws(FileError) {
    let parser = FloatParser(point: plan.dialect.decimal)
    let numbers = try words.words.texts.map { (text) throws(FileError) -> Float in
      guard let value = parser.number(text), value.isFinite else {
        throw FileError(
          path, "\(plan.names.words(words.column)) has a word", expected: "a number",
          found: "\"\(text.prefix(24))\"", remedy: .categorical(column: plan.names.all[words.column]))
      }
      return value
    }
    for row in 0..<storage.count { storage.targets[row] = numbers[Int(storage.targets[row])] }
  }

  /// Returns the numbers that are the classes, sorted; nil if they are real values.
  private static func classValues(
    _ plan: TablePlan, _ storage: TableStorage, column: Int, path: String
  ) throws(FileError) -> [Float]? {
    let isForced = plan.options.task == .classification
    let count = storage.count
    guard isForced || plan.mayBeClasses else { return nil }
    let most = isForced ? Dataset.mostClasses : ClassRule.most(among: count)
    var values = Set<Float>()
    var last = Float.nan
    for row in 0..<count {
      let value = storage.targets[row]
      if value == last { continue }
      last = value
      guard isForced || value.rounded() == value else { return nil }
      values.insert(value)
      guard values.count <= most else {
        if !isForced { return nil }
        throw FileError(
          path, "\(plan.names.words(column)) has too many different classes",
          expected: "at most \(most.grouped)",
          found: "more")
      }
    }
    let sorted = values.sorted()
    if let first = sorted.first, let last = sorted.last,
      max(first.magnitude, last.magnitude) >= ClassRule.firstInexact
    {
      // The first rows had none, or they had too many to be classes.
      throw FileError(
        path, "\(plan.names.words(column)) has whole numbers that 32-bit floats do not tell apart",
        expected: "classes below 16,777,216, or regression", found: "larger ones",
        remedy: .categorical(column: plan.names.all[column]))
    }
    return sorted
  }

  private static func place(of value: Float, in sorted: [Float]) -> Int {
    var range = 0..<sorted.count
    while range.count > 1 {
      let middle = (range.lowerBound + range.upperBound) / 2
      range = sorted[middle] <= value ? middle..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }
}
