/// Pictures and the class each shows, in memory: `count` images of `inputSize` pixels (0 ... 255) and a label
/// each. A data set is immutable; slices share its memory, so taking one costs nothing.
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

  /// Images in this data set.
  public let count: Int
  /// Rows and columns of every image.
  public let imageShape: ImageShape
  /// Number of classes; every label is below it.
  public let classCount: Int
  private let storage: PixelStorage
  private let start: Int

  /// Pixels in an image: the network's input size.
  public var inputSize: Int { imageShape.rows * imageShape.columns }

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
    _ = storage.labels.update(fromContentsOf: labels)
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
    self.storage = storage
    self.imageShape = imageShape
    self.classCount = classCount ?? largest + 1
    count = storage.labels.count
    start = 0
  }

  private init(slice range: Range<Int>, of other: Dataset, classCount: Int) {
    storage = other.storage
    imageShape = other.imageShape
    self.classCount = classCount
    start = other.start + range.lowerBound
    count = range.count
  }

  /// The images and labels of `range` as a data set that shares this one's memory.
  ///
  /// - Precondition: `range` lies within 0 ..< count and is not empty.
  public subscript(range: Range<Int>) -> Dataset {
    precondition(range.lowerBound >= 0 && range.upperBound <= count && !range.isEmpty, "range out of bounds")
    return Dataset(slice: range, of: self, classCount: classCount)
  }

  /// Returns this data set with room for more classes, for a network that has more outputs.
  ///
  /// - Throws: `NablaError.mismatch` naming the first label that is not below `classCount`.
  public func withClassCount(_ classCount: Int) throws(NablaError) -> Dataset {
    if let index = labels.firstIndex(where: { Int($0) >= classCount }) {
      throw .mismatch("label \(index): expected a class of 0 ... \(classCount - 1), found \(labels[index])")
    }
    return Dataset(slice: 0..<count, of: self, classCount: classCount)
  }

  /// The pixels of image `index`, row-major, 0 ... 255.
  public func image(at index: Int) -> [UInt8] {
    precondition(index >= 0 && index < count, "index out of bounds")
    return withView { view in
      [UInt8](unsafeUninitializedCapacity: inputSize) { pixels, filled in
        view.copyImage(index, to: pixels.baseAddress!)
        filled = inputSize
      }
    }
  }

  /// The class of image `index`.
  public func label(at index: Int) -> Int {
    precondition(index >= 0 && index < count, "index out of bounds")
    return Int(labels[index])
  }

  /// count labels, valid as long as the data set lives.
  package var labels: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: storage.labels.baseAddress! + start, count: count)
  }

  /// Bytes of memory that the images and labels take, those outside this slice included.
  package var storedBytes: Int { storage.storedBytes }

  /// True if the images are stored as sparse rows, without their zeros.
  package var isSparse: Bool { withView(\.isSparse) }

  /// Entries of all sparse rows, about as many as pixels that are not zero, and of the longest; nil if the images
  /// are stored densely.
  var entryCounts: (sum: Int, longest: Int)? {
    withView { view in
      if case .sparse(let rows) = view.pixels { rows.entryCounts(rows: count) } else { nil }
    }
  }

  /// Calls `body` with pointers to the pixels and labels, which live as long as the call.
  func withView<Result>(_ body: (DatasetView) -> Result) -> Result {
    withExtendedLifetime(storage) { body(storage.view.from(start)) }
  }
}

/// A data set as the training loop sees it: pointers, no owner, nothing to retain.
struct DatasetView: BitwiseCopyable {
  /// Images [count, inputSize], or their rows without zeros.
  enum Pixels: BitwiseCopyable {
    case dense(UnsafePointer<UInt8>)
    case sparse(SparseRows)
  }

  let inputSize: Int
  let pixels: Pixels
  /// nil if the images have no labels.
  let labels: UnsafePointer<UInt8>?

  var isSparse: Bool {
    if case .sparse = pixels { true } else { false }
  }

  /// This data set from image `first` on.
  func from(_ first: Int) -> DatasetView {
    let pixels: Pixels =
      switch pixels {
      case .dense(let start): .dense(start + first * inputSize)
      case .sparse(let rows): .sparse(rows.from(row: first))
      }
    return DatasetView(inputSize: inputSize, pixels: pixels, labels: labels.map { $0 + first })
  }

  /// Copies the pixels of image `index`, 0 ... 255.
  func copyImage(_ index: Int, to image: UnsafeMutablePointer<UInt8>) {
    switch pixels {
    case .dense(let start): image.update(from: start + index * inputSize, count: inputSize)
    case .sparse(let rows):
      image.update(repeating: 0, count: inputSize)
      rows.unpack(index, into: image)
    }
  }

  /// Writes image `index` as the network's input, 0 ... 1.
  func copyInput(_ index: Int, to input: UnsafeMutablePointer<Float>) {
    switch pixels {
    case .dense(let start): Kernels.pixels(start + index * inputSize, count: inputSize, into: input)
    case .sparse(let rows):
      input.update(repeating: 0, count: inputSize)
      rows.unpack(index, into: input)
    }
  }
}
