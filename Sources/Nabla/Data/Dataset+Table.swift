extension Dataset {
  /// Creates a table of numbers whose rows have a class each.
  ///
  /// Shapes: `features` [n, columnCount], NaN where a number is missing; `labels` [n], numbers 0 ... 65,534.
  ///
  /// - Parameter classNames: one for each class; nil calls them by their numbers, up to the largest.
  /// - Throws: `NablaError.mismatch` if the sizes do not fit or a label is no class (naming its row);
  ///   `NablaError.notFinite` naming the first infinite number; `NablaError.outOfMemory`.
  public init(
    features: [Float], columnCount: Int, labels: [Int], classNames: [String]? = nil
  ) throws(NablaError) {
    let names = classNames ?? (0..<min(max(labels.max() ?? 0, 0), Self.mostClasses) + 1).map { "\($0)" }
    if let row = labels.firstIndex(where: { $0 < 0 || $0 >= names.count || $0 >= Self.mostClasses }) {
      throw .mismatch("label \(row): expected a class of 0 ... \(names.count - 1), found \(labels[row])")
    }
    let table = try Self.table(features, columnCount: columnCount, rows: labels.count, targetCount: 1)
    for (row, label) in labels.enumerated() { table.targets[row] = Float(label) }
    try table.classify { Int($0) }
    try self.init(table: table, columns: Self.numbered(columnCount), target: .classes(names: names))
  }

  /// Creates a table of numbers whose rows have real targets.
  ///
  /// Shapes: `features` [n, columnCount], NaN where a number is missing; `targets` [n, targetCount].
  ///
  /// - Throws: `NablaError.mismatch` if the sizes do not fit; `NablaError.notFinite` naming the first infinite number,
  ///   or target that is none; `NablaError.outOfMemory`.
  public init(
    features: [Float], columnCount: Int, targets: [Float], targetCount: Int = 1
  ) throws(NablaError) {
    guard targetCount > 0, targets.count % targetCount == 0 else {
      throw .mismatch("expected \(targetCount) targets for each row, found \(targets.count)")
    }
    if let index = targets.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite("target \(index): expected a finite number, found \(targets[index])")
    }
    let rows = targets.count / targetCount
    let table = try Self.table(features, columnCount: columnCount, rows: rows, targetCount: targetCount)
    table.targets.update(from: targets, count: targets.count)
    let names = targetCount == 1 ? ["y"] : (1...targetCount).map { "y\($0)" }
    try self.init(
      table: table, columns: Self.numbered(columnCount),
      target: .values(names.map { DataEncoding.Value(name: $0) }))
  }

  /// A label has 16 bits, of which the last number is kept free.
  package static let mostClasses = Int(UInt16.max)

  private static func numbered(_ count: Int) -> [FeatureColumn] {
    (1...max(count, 1)).map { FeatureColumn(name: "x\($0)") }
  }

  private static func table(
    _ features: [Float], columnCount: Int, rows: Int, targetCount: Int
  ) throws(NablaError) -> TableStorage {
    guard rows > 0 else { throw .mismatch("expected at least one row, found none") }
    guard columnCount > 0, features.count / columnCount == rows, features.count % columnCount == 0 else {
      throw .mismatch("expected \(rows) rows of \(columnCount) numbers, found \(features.count) numbers")
    }
    if let index = features.firstIndex(where: \.isInfinite) {
      throw .notFinite(
        "row \(index / columnCount), column \(index % columnCount): expected a finite number, "
          + "found \(features[index])")
    }
    let table = try TableStorage(
      reservingRows: rows, columnCount: columnCount, targetCount: targetCount)
    table.features.update(from: features, count: features.count)
    table.finish(rows: rows)
    return table
  }
}
