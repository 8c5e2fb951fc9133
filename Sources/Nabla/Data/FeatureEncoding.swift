/// How a row of a table becomes the network's input, column by column: what is missing is filled, numbers are shifted
/// and scaled, a category becomes an input for each of its words.
public struct FeatureEncoding: Hashable, Sendable {
  /// How numbers are scaled.
  public enum Scaling: String, CaseIterable, Sendable {
    /// Mean 0, standard deviation 1.
    case standard
    /// From 0 to 1.
    case minmax
    /// Divided by 255.
    case pixels
    /// As they are.
    case none
  }

  /// How the numbers of one column are read; categories have fill alone.
  public struct Numbers: Hashable, Sendable {
    /// What stands for a missing cell: the median, or the place of the most frequent word.
    public var fill: Float
    /// Subtracted first.
    public var offset: Float
    /// Multiplied with then; 0 for a column that was constant.
    public var factor: Float

    /// Creates them; as they are by default.
    public init(fill: Float = 0, offset: Float = 0, factor: Float = 1) {
      (self.fill, self.offset, self.factor) = (fill, offset, factor)
    }
  }

  /// The table's columns, in the order of the network's inputs.
  public let columns: [FeatureColumn]
  /// How the numbers were scaled.
  public let scaling: Scaling
  /// One for each column.
  public let numbers: [Numbers]

  /// Creates an encoding.
  ///
  /// - Throws: `NablaError.mismatch` if there is not one `numbers` for each column, or one is not finite.
  public init(
    columns: [FeatureColumn], scaling: Scaling, numbers: [Numbers]
  ) throws(NablaError) {
    guard columns.count == numbers.count, !columns.isEmpty else {
      throw .mismatch("expected scaling for \(columns.count) columns, found \(numbers.count)")
    }
    for (column, numbers) in zip(columns, numbers) {
      guard numbers.fill.isFinite, numbers.offset.isFinite, numbers.factor.isFinite else {
        throw .notFinite("column \(column.name): expected finite scaling, found \(numbers)")
      }
      guard case .category(let words) = column.kind else { continue }
      guard !words.isEmpty, numbers.fill >= 0, numbers.fill < Float(words.count),
        numbers.fill == numbers.fill.rounded()
      else {
        throw .mismatch(
          "column \(column.name): expected a fill of 0 ... \(words.count - 1), found \(numbers.fill)")
      }
    }
    (self.columns, self.scaling, self.numbers) = (columns, scaling, numbers)
  }

  /// The encoding that changes nothing: missing numbers become 0, missing words the first.
  init(identityOf columns: [FeatureColumn]) {
    (self.columns, scaling) = (columns, .none)
    numbers = [Numbers](repeating: Numbers(), count: columns.count)
  }

  /// The encoding of `count` numbers that changes nothing.
  init(identityOf count: Int) {
    self.init(identityOf: (1...max(count, 1)).map { FeatureColumn(name: "x\($0)") })
  }

  /// Inputs of a network that reads such rows.
  public var inputCount: Int { columns.reduce(0) { $0 + $1.inputCount } }
}

/// Rows of a table as the training loop reads them: pointers, no owner.
struct TableRows: BitwiseCopyable {
  /// A column's place among the inputs.
  struct Place: BitwiseCopyable {
    /// The first of its inputs.
    let start: Int
    /// Inputs of a category; 0 for a number.
    let words: Int
  }

  /// [rows, columnCount], as `TableStorage` holds them.
  let features: UnsafePointer<Float>
  let columnCount: Int
  /// fill, offset and factor of every column [3, columnCount].
  let numbers: UnsafePointer<Float>
  /// Of every column; nil if there are no categories: input c is column c.
  let places: UnsafePointer<Place>?

  /// These rows from row `first` on.
  func from(row first: Int) -> TableRows {
    TableRows(
      features: features + first * columnCount, columnCount: columnCount, numbers: numbers, places: places)
  }

  /// Writes row `row` as the network's input.
  func copyInput(_ row: Int, to input: UnsafeMutablePointer<Float>) {
    let cells = features + row * columnCount
    let (fill, offset, factor) = (numbers, numbers + columnCount, numbers + 2 * columnCount)
    guard let places else {
      for c in 0..<columnCount {
        let cell = cells[c]
        input[c] = ((cell.isNaN ? fill[c] : cell) - offset[c]) * factor[c]
      }
      return
    }
    for c in 0..<columnCount {
      let cell = cells[c].isNaN ? fill[c] : cells[c]
      let place = places[c]
      if place.words == 0 {
        input[place.start] = (cell - offset[c]) * factor[c]
      } else {
        (input + place.start).update(repeating: 0, count: place.words)
        input[place.start + Int(cell)] = 1
      }
    }
  }
}

/// An encoding compiled to memory that `TableRows` reads.
final class CompiledEncoding: @unchecked Sendable {
  let encoding: FeatureEncoding
  private let numbers: AlignedBuffer<Float>
  private let places: AlignedBuffer<TableRows.Place>

  /// - Throws: `NablaError.outOfMemory`.
  init(_ encoding: FeatureEncoding) throws(NablaError) {
    self.encoding = encoding
    let count = encoding.columns.count
    numbers = try AlignedBuffer(count: 3 * count)
    places = try AlignedBuffer(count: encoding.columns.allSatisfy { $0.kind == .number } ? 0 : count)
    var start = 0
    for (index, column) in encoding.columns.enumerated() {
      let column = (words: column.kind == .number ? 0 : column.inputCount, inputs: column.inputCount)
      numbers.pointer[index] = encoding.numbers[index].fill
      numbers.pointer[count + index] = encoding.numbers[index].offset
      numbers.pointer[2 * count + index] = encoding.numbers[index].factor
      if places.count > 0 {
        places.pointer[index] = TableRows.Place(start: start, words: column.words)
      }
      start += column.inputs
    }
  }

  /// Throws `NablaError.mismatch` for the first cell of a category that is no place of a word.
  func checkWords(_ rows: Span<Float>) throws(NablaError) {
    let columns = encoding.columns.count
    for column in 0..<places.count where places.pointer[column].words > 0 {
      let words = Float(places.pointer[column].words)
      for index in stride(from: column, to: rows.count, by: columns) {
        let cell = rows[index]
        guard cell.isNaN || (cell >= 0 && cell < words) else {
          throw .mismatch(
            "row \(index / columns), column \(encoding.columns[column].name): expected the place of a word, "
              + "0 ... \(places.pointer[column].words - 1), found \(cell)")
        }
      }
    }
  }

  /// The rows at `features` [rows, columns], valid as long as both live.
  func rows(_ features: UnsafePointer<Float>) -> TableRows {
    TableRows(
      features: features, columnCount: encoding.columns.count, numbers: numbers.pointer,
      places: places.count > 0 ? UnsafePointer(places.pointer) : nil)
  }
}
