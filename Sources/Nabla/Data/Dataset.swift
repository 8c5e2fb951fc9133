/// Samples in memory: pictures or rows of a table, and what each is to become, a class or real numbers. A data set is
/// immutable; slices and selections share its memory, so taking one costs next to nothing.
public struct Dataset: Sendable {
  /// Rows and columns of an image, for showing it; `rows * columns == inputSize`.
  public struct ImageShape: Hashable, Sendable {
    /// Pixels from top to bottom.
    public let rows: Int
    /// Pixels from left to right.
    public let columns: Int
    /// Creates a shape; a data set refuses one with a side below 1.
    public init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }
  }

  private enum Storage: Sendable {
    case pixels(PixelStorage)
    case table(TableStorage, CompiledEncoding, TargetScales)
  }

  /// Samples in this data set.
  public let count: Int
  /// Rows and columns of every image; one row for a table.
  public let imageShape: ImageShape
  /// Number of classes; every label is below it. 0 where the targets are real numbers.
  public let classCount: Int
  /// What inputs and targets mean, and how they are scaled.
  public let encoding: DataEncoding
  private let storage: Storage
  /// The row of each sample; nil if they are rows in their order.
  private let selection: RowSelection?
  private let start: Int

  /// Inputs of a network that reads a sample.
  public var inputSize: Int { imageShape.rows * imageShape.columns }
  /// True if the samples are rows of a table, false if they are pictures.
  public var isTable: Bool { encoding.features != nil }
  /// Real targets of a sample; 0 where it has a class.
  public var targetCount: Int { if case .values(let values) = encoding.target { values.count } else { 0 } }
  /// Outputs that a network for these targets needs.
  public var outputSize: Int { max(classCount, targetCount) }

  /// Creates a data set of images laid out one after the other, row-major.
  ///
  /// - Parameter classCount: nil takes the largest label + 1.
  /// - Throws: `NablaError.mismatch` when images and labels differ in number, there are none, or a label is not
  ///   below `classCount` (naming its index); `NablaError.outOfMemory`.
  public init(
    images: [UInt8], labels: [UInt8], imageShape: ImageShape, classCount: Int? = nil
  ) throws(NablaError) {
    guard imageShape.rows > 0, imageShape.columns > 0 else {
      throw .mismatch(
        "expected images of at least 1 x 1 pixels, found \(imageShape.rows) x \(imageShape.columns)")
    }
    let (inputSize, overflow) = imageShape.rows.multipliedReportingOverflow(by: imageShape.columns)
    guard !overflow else { throw .outOfMemory(bytes: nil) }
    guard labels.count > 0 else { throw .mismatch("expected at least one image, found none") }
    guard images.count / inputSize == labels.count, images.count % inputSize == 0 else {
      throw .mismatch(
        "expected as many images as labels, found \(images.count / inputSize) images and \(labels.count) labels"
      )
    }
    let storage = try PixelStorage(count: labels.count, inputSize: inputSize)
    for (index, label) in labels.enumerated() { storage.labels[index] = UInt16(label) }
    while let block = try storage.nextBlock() {
      let pixels = block.images.lowerBound * inputSize..<block.images.upperBound * inputSize
      _ = block.pixels.update(fromContentsOf: images[pixels])
    }
    try self.init(storage: storage, imageShape: imageShape, classCount: classCount)
  }

  /// Creates a data set over memory that a reader has filled, without copying it.
  ///
  /// - Precondition: all images are there, and as large as `imageShape` says.
  /// - Throws: `NablaError.mismatch` naming the first label that is not below `classCount`.
  package init(storage: PixelStorage, imageShape: ImageShape, classCount: Int? = nil) throws(NablaError) {
    precondition(storage.isFilled, "images are missing")
    precondition(imageShape.rows * imageShape.columns == storage.inputSize, "images of another size")
    let largest = Int(storage.labels.max() ?? 0)
    if let classCount, largest >= classCount {
      let index = storage.labels.firstIndex { Int($0) >= classCount } ?? 0
      throw .mismatch(
        "label \(index): expected a class of 0 ... \(classCount - 1), found \(storage.labels[index])")
    }
    self.storage = .pixels(storage)
    self.imageShape = imageShape
    self.classCount = classCount ?? largest + 1
    encoding = DataEncoding()
    count = storage.labels.count
    (start, selection) = (0, nil)
  }

  /// Creates a data set over a table that a reader has filled, without copying it. Its numbers are not scaled yet.
  ///
  /// - Precondition: `storage` is finished, has rows and as many columns; its targets are classes below the number of
  ///   names, or as many values.
  /// - Throws: `NablaError.outOfMemory`.
  package init(
    table storage: TableStorage, columns: [FeatureColumn], target: DataEncoding.Target
  ) throws(NablaError) {
    precondition(storage.count > 0 && storage.columnCount == columns.count, "a table of another shape")
    try self.init(
      storage, DataEncoding(features: FeatureEncoding(identityOf: columns), target: target),
      count: storage.count, start: 0, selection: nil)
  }

  private init(
    _ table: TableStorage, _ encoding: DataEncoding, count: Int, start: Int, selection: RowSelection?
  ) throws(NablaError) {
    guard let features = encoding.features else { preconditionFailure("a table has features") }
    storage = .table(table, try CompiledEncoding(features), try TargetScales(encoding.target))
    imageShape = ImageShape(rows: 1, columns: features.inputCount)
    if case .classes(let names) = encoding.target { classCount = names.count } else { classCount = 0 }
    self.encoding = encoding
    (self.count, self.start, self.selection) = (count, start, selection)
  }

  private init(_ other: Dataset, classCount: Int, count: Int, start: Int, selection: RowSelection?) {
    (storage, imageShape, encoding) = (other.storage, other.imageShape, other.encoding)
    (self.classCount, self.count, self.start, self.selection) = (classCount, count, start, selection)
  }

  /// The samples of `range` as a data set that shares this one's memory.
  ///
  /// - Precondition: `range` lies within 0 ..< count and is not empty.
  public subscript(range: Range<Int>) -> Dataset {
    precondition(range.lowerBound >= 0 && range.upperBound <= count && !range.isEmpty, "range out of bounds")
    return Dataset(
      self, classCount: classCount, count: range.count, start: start + range.lowerBound, selection: selection)
  }

  /// The samples at `indices`, in that order, as a data set that shares this one's memory.
  ///
  /// - Precondition: there is at least one index, and all lie within 0 ..< count.
  /// - Throws: `NablaError.outOfMemory`; `NablaError.mismatch` for more than 2^32 rows.
  public func selecting(_ indices: [Int]) throws(NablaError) -> Dataset {
    precondition(!indices.isEmpty, "no samples")
    let rows = try RowSelection(count: indices.count)
    for (place, index) in indices.enumerated() {
      precondition(index >= 0 && index < count, "index out of bounds")
      guard let row = UInt32(exactly: row(of: index)) else {
        throw .mismatch("expected at most \(UInt32.max) samples, found more")
      }
      rows.rows.pointer[place] = row
    }
    return Dataset(self, classCount: classCount, count: indices.count, start: 0, selection: rows)
  }

  /// Returns this data set with room for more classes, for a network that has more outputs.
  ///
  /// - Throws: `NablaError.mismatch` naming the first label that is not below `classCount`.
  public func withClassCount(_ classCount: Int) throws(NablaError) -> Dataset {
    if classCount < self.classCount,
      let index = (0..<count).first(where: { label(at: $0) >= classCount })
    {
      throw .mismatch(
        "label \(index): expected a class of 0 ... \(classCount - 1), found \(label(at: index))")
    }
    return Dataset(self, classCount: classCount, count: count, start: start, selection: selection)
  }

  /// Returns this table read by another encoding, such as one learned on the training part.
  ///
  /// - Throws: `NablaError.mismatch` if the encoding is of other columns, or of another kind of target;
  ///   `NablaError.outOfMemory`.
  public func encoded(by encoding: DataEncoding) throws(NablaError) -> Dataset {
    guard case .table(let table, _, _) = storage, let features = encoding.features else {
      guard !isTable, encoding.features == nil else {
        throw .mismatch("expected \(encoding.features == nil ? "pictures" : "a table"), found the other")
      }
      return self
    }
    guard features.columns == self.encoding.features?.columns else {
      throw .mismatch("expected the columns that the encoding was made for, found others")
    }
    let sameTargets =
      switch (encoding.target, self.encoding.target) {
      case (.classes(let expected), .classes(let found)): expected == found
      case (.values(let expected), .values(let found)): expected.count == found.count
      default: false
      }
    guard sameTargets else {
      throw .mismatch("expected the targets that the encoding was made for, found others")
    }
    return try Dataset(table, encoding, count: count, start: start, selection: selection)
  }

  // MARK: One sample

  private func row(of index: Int) -> Int {
    selection.map { Int($0.rows.pointer[start + index]) } ?? start + index
  }

  /// The pixels of image `index`, row-major, 0 ... 255.
  ///
  /// - Precondition: the samples are pictures.
  public func image(at index: Int) -> [UInt8] {
    precondition(index >= 0 && index < count, "index out of bounds")
    return withView { view in
      [UInt8](unsafeUninitializedCapacity: inputSize) { pixels, filled in
        view.copyImage(row: row(of: index) - base, to: pixels.baseAddress!)
        filled = inputSize
      }
    }
  }

  /// What the network reads of sample `index` [inputSize].
  public func input(at index: Int) -> [Float] {
    precondition(index >= 0 && index < count, "index out of bounds")
    return withView { view in
      [Float](unsafeUninitializedCapacity: inputSize) { input, filled in
        view.copyInput(row: row(of: index) - base, to: input.baseAddress!)
        filled = inputSize
      }
    }
  }

  /// The class of sample `index`.
  ///
  /// - Precondition: the targets are classes.
  public func label(at index: Int) -> Int {
    precondition(index >= 0 && index < count, "index out of bounds")
    return withView { view in Int(view.labels![row(of: index) - base]) }
  }

  /// The real targets of sample `index`, in their own units [targetCount].
  ///
  /// - Precondition: the targets are real numbers.
  public func values(at index: Int) -> [Float] {
    precondition(index >= 0 && index < count, "index out of bounds")
    guard case .table(let table, _, _) = storage else { preconditionFailure("pictures have classes") }
    return Array(UnsafeBufferPointer(start: table.targets + row(of: index) * targetCount, count: targetCount))
  }

  /// The weight of sample `index` in training; nil if the table has no column of weights.
  package func weight(at index: Int) -> Float? {
    guard case .table(let table, _, _) = storage else { return nil }
    return table.weights?[row(of: index)]
  }

  /// The group of sample `index`; nil if the table has no column of groups.
  package func group(at index: Int) -> UInt32? {
    guard case .table(let table, _, _) = storage else { return nil }
    return table.groups?[row(of: index)]
  }

  /// The cell of sample `index` in column `column`, as it stands in the table; NaN where it is missing.
  ///
  /// - Precondition: the samples are rows of a table.
  package func cell(_ index: Int, _ column: Int) -> Float {
    guard case .table(let table, _, _) = storage else { preconditionFailure("pictures have no columns") }
    return table.features[row(of: index) * table.columnCount + column]
  }

  // MARK: Memory

  /// Bytes of memory that all samples take, those outside this slice included.
  package var storedBytes: Int {
    switch storage {
    case .pixels(let pixels): pixels.storedBytes
    case .table(let table, _, _): table.storedBytes
    }
  }

  /// True if the images are stored as sparse rows, without their zeros.
  package var isSparse: Bool { withView(\.isSparse) }

  /// Entries of all sparse rows, about as many as pixels that are not zero, and of the longest; nil if the samples
  /// are stored densely.
  var entryCounts: (sum: Int, longest: Int)? {
    withView { view in
      guard case .sparse(let rows) = view.samples else { return nil }
      return rows.entryCounts(rows: view.rows, count: count)
    }
  }

  /// True if the samples are chosen rows, false if they are rows in their order.
  var isSelection: Bool { selection != nil }

  /// The row that a view's row 0 is.
  private var base: Int { selection == nil ? start : 0 }

  /// Calls `body` with pointers to the samples, which live as long as the call.
  func withView<Result>(_ body: (DatasetView) -> Result) -> Result {
    withExtendedLifetime((storage, selection)) {
      var view: DatasetView
      switch storage {
      case .pixels(let pixels): view = pixels.view
      case .table(let table, let compiled, let scales):
        let target: DatasetView.Target =
          table.labels.map { .classes($0) }
          ?? (targetCount > 0
            ? .values(table.targets, scales: scales.scales.pointer, count: targetCount) : .none)
        view = DatasetView(
          inputSize: inputSize, samples: .table(compiled.rows(table.features)), target: target)
      }
      view = view.from(row: base)
      if let selection { view.rows = UnsafePointer(selection.rows.pointer) + start }
      return body(view)
    }
  }
}

/// Which rows of a storage a data set consists of.
private final class RowSelection: @unchecked Sendable {
  let rows: AlignedBuffer<UInt32>

  init(count: Int) throws(NablaError) { rows = try AlignedBuffer(count: count) }
}

/// How the real targets are scaled, as `DatasetView` reads it.
private final class TargetScales: @unchecked Sendable {
  let scales: AlignedBuffer<TargetScale>

  init(_ target: DataEncoding.Target) throws(NablaError) {
    var values: [DataEncoding.Value] = []
    if case .values(let all) = target { values = all }
    scales = try AlignedBuffer(count: values.count)
    for (index, value) in values.enumerated() {
      scales.pointer[index] = TargetScale(offset: value.offset, factor: value.factor)
    }
  }
}
