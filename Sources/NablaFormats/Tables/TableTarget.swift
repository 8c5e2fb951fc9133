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

  /// Returns the numbers that are the classes, sorted; nil if they are real values.
  private static func classValues(
    _ plan: TablePlan, _ storage: TableStorage, column: Int, path: String
  ) throws(FileError) -> [Float]? {
    let isForced = plan.options.task == .classification
    let count = storage.count
    let most =
      isForced
      ? TablePlan.greatestClassCount
      : min(max(20, Int(Double(count).squareRoot())), count / 2, TablePlan.greatestClassCount)
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
    return values.sorted()
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
