import Nabla

/// Where training data come from.
public enum DataSource: Hashable, Sendable {
  /// N drawn digits to train with and max(1, N / 6) others to test with.
  case digits(trainingCount: Int, pen: SyntheticDigits.Pen = .even)
  /// The four published files of MNIST, from the cache or, when they are not there, downloaded into it.
  case mnist
  /// A folder that holds an IDX data set; see `DatasetFolder`.
  case folder(String)
  /// A file of pictures or of a table; its content tells which: see `CSV` and `Table`.
  case file(String)

  /// Whether only its content tells if it is a table.
  public var mayBeTable: Bool {
    switch self {
    case .file, .folder: true
    case .digits, .mnist: false
    }
  }

  /// Digits that `init(parsing:)` takes `digits` and `handwriting` without a number for: as many as MNIST has.
  public static let defaultDigits = 60_000
  /// The most digits that `init(parsing:)` accepts.
  public static let mostDigits = 100_000_000

  /// Reads a data source from its short form: `digits`, `digits:N`, `handwriting`, `handwriting:N`, `mnist`, or the
  /// path of a folder or file.
  ///
  /// - Throws: `FileError` of kind `invalidRequest` for `digits:N` and `handwriting:N` out of 1 ... 100,000,000,
  ///   `missingInput` for something that is neither one of these words nor a folder or file that exists.
  public init(parsing text: String) throws(FileError) {
    let words = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if let pen = words.first.flatMap({ SyntheticDigits.Pen(word: $0) }) {
      guard words.count > 1 else {
        self = .digits(trainingCount: Self.defaultDigits, pen: pen)
        return
      }
      guard let count = Int(words[1]), (1...Self.mostDigits).contains(count), words[1].first != "+" else {
        throw FileError(
          text, "asks for a number of digits that cannot be drawn",
          expected: "1 ... \(Self.mostDigits)", found: "\(words[1])", kind: .invalidRequest)
      }
      self = .digits(trainingCount: count, pen: pen)
    } else if text == "mnist" {
      self = .mnist
    } else {
      switch FileType(at: text) {
      case .folder?: self = .folder(text)
      case .regular?: self = .file(text)
      case let other?:
        throw FileError(
          text, "cannot be read as data", expected: "a folder or a file", found: other.rawValue,
          kind: .missingInput)
      case nil:
        throw FileError(
          text, "does not exist", expected: "digits[:N], handwriting[:N], mnist, a folder or a file",
          kind: .missingInput)
      }
    }
  }

  /// Reads or draws the data.
  ///
  /// - Parameters:
  ///   - classCount: classes of the network the data are for; nil takes the largest label + 1.
  ///   - table: how a table is read, if it is one.
  ///   - maxBytes: the most memory one file's content may take.
  ///   - download: the cache that `mnist` is read from, and where it comes from when it is not there.
  ///   - mayDownload: false refuses to fetch what the cache lacks.
  ///   - reading: called while a table is read with the bytes done and in all, on the calling thread.
  ///   - progress: called while the download runs, on the calling thread.
  public func load(
    classCount: Int? = nil, table options: TableOptions = TableOptions(),
    maxBytes: Int = ReadingLimits.defaultMaxBytes,
    download: MNISTDownload = MNISTDownload(), mayDownload: Bool = true,
    reading: ((_ done: Int, _ total: Int) -> Void)? = nil,
    progress: (MNISTDownload.Progress) -> Void = { _ in }
  ) throws(FileError) -> LoadedData {
    switch self {
    case .digits(let count, let pen):
      let data = try DrawnDigits.load(
        trainingCount: count, pen: pen, classCount: classCount, maxBytes: maxBytes)
      return LoadedData(training: data.training, test: data.test, name: pen.name)
    case .mnist:
      if !download.isComplete {
        guard mayDownload else {
          throw FileError(
            download.folder, "does not hold MNIST", expected: "its four files", kind: .missingInput,
            remedy: .download)
        }
        try download.run(progress: progress)
      }
      return try Self.load(download.dataset, name: "MNIST", classCount: classCount, maxBytes: maxBytes)
    case .folder(let path):
      if NPY.holdsArrays(path) {
        return try Self.load(.npy, path, classCount: classCount, options, maxBytes: maxBytes)
      }
      return try Self.load(DatasetFolder(path), name: path, classCount: classCount, maxBytes: maxBytes)
    case .file(let path):
      return try Self.load(
        file: path, classCount: classCount, options, maxBytes: maxBytes, reading: reading)
    }
  }

  private static func load(
    file path: String, classCount: Int?, _ options: TableOptions, maxBytes: Int,
    reading: ((_ done: Int, _ total: Int) -> Void)?
  ) throws(FileError) -> LoadedData {
    if let format = try ArrayFormat.detect(path) {
      return try load(format, path, classCount: classCount, options, maxBytes: maxBytes)
    }
    if !options.asksForTable, try DelimitedContent.detect(path) == .pictures {
      let data = try CSV.load(path, labelColumn: nil, classCount: classCount, maxBytes: maxBytes)
      return LoadedData(
        training: data.images, test: nil, name: path, note: "labels in the \(data.labelColumn) column")
    }
    let table = try Table.read(path, options: options, maxBytes: maxBytes, progress: reading)
    return LoadedData(
      training: try table.dataset(path: path), test: nil, name: path, targetNames: table.targetNames,
      notes: table.notes)
  }

  private static func load(
    _ folder: DatasetFolder, name: String, classCount: Int?, maxBytes: Int
  ) throws(FileError) -> LoadedData {
    let data = try folder.load(classCount: classCount, maxBytes: maxBytes)
    return LoadedData(training: data.training, test: data.test, name: name)
  }
}

/// What a `DataSource` gives.
public struct LoadedData: Sendable, CustomStringConvertible {
  /// The samples to learn from.
  public let training: Dataset
  /// nil where the source has no test set of its own.
  public let test: Dataset?
  /// The names of a table's target columns; none for pictures.
  public let targetNames: [String]
  /// What people should know about how the file was taken, a line each.
  public let notes: [String]
  /// One line for people: "MNIST: 60,000 training and 10,000 test images of 28 x 28 pixels, 10 classes".
  public let description: String

  init(
    training: Dataset, test: Dataset?, name: String, targetNames: [String] = [], notes: [String] = [],
    note: String = ""
  ) {
    (self.training, self.test, self.targetNames, self.notes) = (training, test, targetNames, notes)
    let unit = training.isTable ? "rows" : "images"
    let samples =
      test.map { "\(training.count.grouped) training and \($0.count.grouped) test \(unit)" }
      ?? "\(training.count.grouped) \(unit)"
    let inputs =
      training.isTable
      ? Self.text(of: training.encoding.features?.columns ?? [])
      : "\(training.imageShape.rows) x \(training.imageShape.columns) pixels"
    let outputs =
      training.encoding.isRegression
      ? "target \(targetNames.joined(separator: ", "))"
      : "\(training.classCount) classes" + (targetNames.isEmpty ? "" : " of \(targetNames[0])")
    description = "\(name): \(samples) of \(inputs), \(outputs)" + (note.isEmpty ? "" : " (\(note))")
  }

  /// "4 numbers and 2 categories".
  private static func text(of columns: [FeatureColumn]) -> String {
    let numbers = columns.count { $0.kind == .number }
    let categories = columns.count - numbers
    return [
      numbers > 0 ? "\(numbers.grouped) \(numbers == 1 ? "number" : "numbers")" : nil,
      categories > 0 ? "\(categories.grouped) \(categories == 1 ? "category" : "categories")" : nil,
    ].compactMap(\.self).joined(separator: " and ")
  }
}
