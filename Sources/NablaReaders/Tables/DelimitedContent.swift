import Nabla

/// What the rows of a file of separated values are.
public enum DelimitedContent: Sendable {
  /// Images as `CSV` reads them.
  case pictures
  /// A table as `Table` reads it.
  case table

  /// Rows that are looked at.
  private static let sample = 1000

  /// Looks at the start of the file at `path`.
  ///
  /// Images have commas between whole numbers 0 ... 255, of which one is at least 128, and one column more than a
  /// perfect square of at least 64 pixels. Cells without a number, fewer than one in twenty, are mistakes in images.
  ///
  /// - Throws: `FileError`, as `Table.read`.
  public static func detect(_ path: String) throws(FileError) -> DelimitedContent {
    let sample = try TableSample(TextWindow(TextSource(path)), rowLimit: Self.sample)
    let pixels = sample.columns.count - 1
    let side = Int(Double(pixels).squareRoot())
    let areBytes = sample.columns.allSatisfy {
      $0.numbers > 0 && !$0.isCategorical && $0.isWhole && $0.smallest >= 0 && $0.largest <= 255
    }
    let numbers = sample.columns.reduce(0) { $0 + $1.numbers }
    let others = sample.columns.reduce(0) { $0 + $1.words + $1.missing }
    let isImage = sample.dialect.separator == Byte.comma && side * side == pixels && pixels >= 64
    guard isImage, areBytes, others * 20 < numbers else { return .table }
    return sample.columns.contains { $0.largest >= 128 } ? .pictures : .table
  }
}
