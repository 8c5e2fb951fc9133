/// The memory behind a table: filled once, row after row, by one reader, and never written after.
///
/// A row is as it stands in the file: a number is a Float, a word the place of its category, a missing cell NaN. What
/// the network reads of it (filled, scaled, one input a category) is made from it sample by sample.
package final class TableStorage: @unchecked Sendable {
  /// Features in a row.
  package let columnCount: Int
  /// Targets in a row: numbers, or one class.
  package let targetCount: Int
  /// Rows that were filled; 0 before `finish`.
  package private(set) var count = 0
  private var featureBuffer: AlignedBuffer<Float>
  private var targetBuffer: AlignedBuffer<Float>
  private var labelBuffer: AlignedBuffer<UInt16>
  private var weightBuffer: AlignedBuffer<Float>
  private var groupBuffer: AlignedBuffer<UInt32>

  /// Makes room for at most `rows` rows; memory is taken as they are written.
  ///
  /// - Parameters:
  ///   - hasWeights: whether each row has a weight.
  ///   - hasGroups: whether each row belongs to a group.
  /// - Throws: `NablaError.outOfMemory`.
  package init(
    reservingRows rows: Int, columnCount: Int, targetCount: Int, hasWeights: Bool = false,
    hasGroups: Bool = false
  ) throws(NablaError) {
    self.columnCount = columnCount
    self.targetCount = targetCount
    let (features, featuresOverflow) = rows.multipliedReportingOverflow(by: columnCount)
    let (targets, targetsOverflow) = rows.multipliedReportingOverflow(by: targetCount)
    guard !featuresOverflow, !targetsOverflow else { throw .outOfMemory(bytes: nil) }
    featureBuffer = try AlignedBuffer(reserving: features)
    targetBuffer = try AlignedBuffer(reserving: targets)
    labelBuffer = try AlignedBuffer(reserving: 0)
    weightBuffer = try AlignedBuffer(reserving: hasWeights ? rows : 0)
    groupBuffer = try AlignedBuffer(reserving: hasGroups ? rows : 0)
  }

  /// Features [rows, columnCount].
  package var features: UnsafeMutablePointer<Float> { featureBuffer.pointer }
  /// Targets [rows, targetCount]; gone after `classify`.
  package var targets: UnsafeMutablePointer<Float> { targetBuffer.pointer }
  /// The class of each row, after `classify`; nil before.
  package var labels: UnsafeMutablePointer<UInt16>? { labelBuffer.count > 0 ? labelBuffer.pointer : nil }
  /// The weight of each row; nil if there are none.
  package var weights: UnsafeMutablePointer<Float>? { weightBuffer.count > 0 ? weightBuffer.pointer : nil }
  /// The group of each row; nil if there are none.
  package var groups: UnsafeMutablePointer<UInt32>? { groupBuffer.count > 0 ? groupBuffer.pointer : nil }

  /// Keeps the first `rows` rows and gives the rest of the memory back.
  package func finish(rows: Int) {
    count = rows
    featureBuffer.shrink(to: rows * columnCount)
    targetBuffer.shrink(to: rows * targetCount)
    if weights != nil { weightBuffer.shrink(to: rows) }
    if groups != nil { groupBuffer.shrink(to: rows) }
  }

  /// Turns the targets, one number a row, into classes.
  ///
  /// - Precondition: `finish` was called; one target a row; classes below 65,535.
  /// - Throws: `NablaError.outOfMemory`.
  package func classify(_ classOf: (Float) -> Int) throws(NablaError) {
    precondition(targetCount == 1 && count > 0, "one target a row")
    let labels = try AlignedBuffer<UInt16>(count: count)
    for row in 0..<count { labels.pointer[row] = UInt16(classOf(targetBuffer.pointer[row])) }
    labelBuffer = labels
    targetBuffer.shrink(to: 0)
  }

  /// Numbers the classes as `known` does, which has all names that occur.
  ///
  /// - Precondition: `classify` was called with places of `names`.
  /// - Throws: `NablaError.mismatch` naming the first class that `known` does not have.
  package func relabel(from names: [String], to known: [String]) throws(NablaError) {
    guard names != known, let labels else { return }
    let places = Dictionary(zip(known, known.indices)) { first, _ in first }
    let changed = names.map { places[$0] }
    for row in 0..<count {
      guard let place = changed[Int(labels[row])] else {
        throw .mismatch(
          "sample \(row): expected one of the classes \(known.prefix(10).joined(separator: ", ")), "
            + "found \(names[Int(labels[row])])")
      }
      labels[row] = UInt16(place)
    }
  }

  /// Bytes of memory that the rows take.
  package var storedBytes: Int {
    4 * (featureBuffer.count + targetBuffer.count + weightBuffer.count + groupBuffer.count)
      + 2 * labelBuffer.count
  }
}
