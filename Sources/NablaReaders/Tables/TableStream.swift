import Nabla

/// Reads a table's features row after row in constant memory, for a model that knows the columns: a file, plain or
/// gzip-compressed, or standard input, of which 4 MiB are read before rows are returned.
public final class TableStream {
  /// Some rows, valid until the next call.
  package struct Block {
    /// Features [rowCount, columns] as in `TableStorage`.
    package let features: UnsafePointer<Float>
    /// Rows, at least one.
    package let rowCount: Int
    /// The id of each row; nil without an id column.
    package let ids: ArraySlice<String>?
  }

  /// The features, in the model's order.
  public let columns: [FeatureColumn]
  /// Whether the first row named the columns.
  public let hasHeader: Bool
  /// The id column's name; nil without one.
  public let idName: String?
  private let parser: BlockParser
  /// The rows of the text block last parsed.
  private var buffer: AlignedBuffer<Float>
  /// A target that is left out still has to go somewhere.
  private var targets: AlignedBuffer<Float>
  private var ids: [String] = []
  /// Rows of the buffer that have not been returned.
  private var rest = 0..<0

  /// Opens a table.
  ///
  /// - Parameters:
  ///   - path: a file, or "-" for standard input.
  ///   - options: `columns` are those of the model; what they name as target, weights and group is left out.
  /// - Throws: `FileError`, as `Table.read`.
  /// - Precondition: `options.columns` is not nil.
  public convenience init(_ path: String, options: TableOptions) throws(FileError) {
    try self.init(path, options: options, standardInput: 0)
  }

  /// As above, with the file descriptor that "-" stands for.
  package init(_ path: String, options: TableOptions, standardInput: Int32) throws(FileError) {
    guard let columns = options.columns else { preconditionFailure("a stream needs the columns of a model") }
    let window = try TextWindow(TextSource(path, standardInput: standardInput))
    let name = window.source.path
    let sample = try TableSample(window, expected: columns, rowLimit: 1000)
    var plan = try TablePlan(sample, options: options, path: name, needsTarget: false)
    plan.skipAllButFeatures()
    window.drop(to: sample.dataStart, lines: sample.linesBeforeData)
    self.columns = columns
    hasHeader = plan.names.hasHeader
    idName = try options.id.map { (id) throws(FileError) in
      plan.names.all[try plan.names.require(id, path: name)]
    }
    parser = BlockParser(plan, window)
    buffer = try AlignedBuffer(count: 0, for: name)
    targets = try AlignedBuffer(count: 1, for: name)
  }

  /// Cells without a value so far, one number a feature.
  public var missingCounts: [Int] { parser.missing }

  /// Bytes of the file that were read, and all it has; nil for standard input.
  public var progress: (done: Int, total: Int)? { parser.window.source.progress }

  /// Returns at most `maxRows` rows; nil at the end.
  ///
  /// - Throws: `FileError` naming the first line that is wrong.
  package func next(_ maxRows: Int) throws(FileError) -> Block? {
    while rest.isEmpty {
      let block = try parser.next { (rows) throws(FileError) in
        let cells = rows * columns.count
        if buffer.count < cells { buffer = try AlignedBuffer(count: cells, for: parser.window.source.path) }
        return TableDestination(
          features: buffer.pointer, featureCount: columns.count, targets: targets.pointer, targetCount: 0)
      }
      guard let block else { return nil }
      rest = 0..<block.rowCount
      ids = block.ids
    }
    let rows = rest.prefix(max(maxRows, 1))
    rest = rows.upperBound..<rest.upperBound
    return Block(
      features: UnsafePointer(buffer.pointer) + rows.lowerBound * columns.count, rowCount: rows.count,
      ids: idName == nil ? nil : ids[rows])
  }
}
