import Nabla

/// A folder that holds an IDX data set: `train-images`, `train-labels`, `t10k-images` and `t10k-labels`, each
/// ending in `-idx3-ubyte` or `.idx3-ubyte` (labels `idx1`), with or without `.gz`. The files lie in the folder,
/// in its `raw`, or in the `raw` of its one sub-folder that has them, as torchvision lays them out (`MNIST/raw`).
public struct DatasetFolder: Sendable, Equatable {
  /// An image file and its label file.
  public struct Pair: Sendable, Equatable {
    /// The path of the images [count, rows, columns].
    public let images: String
    /// The path of the labels [count].
    public let labels: String
  }

  /// The files to train with.
  public let training: Pair
  /// nil where the folder has training files only.
  public let test: Pair?

  init(training: Pair, test: Pair?) {
    self.training = training
    self.test = test
  }

  /// Finds the files.
  ///
  /// - Throws: `FileError` of kind `missingInput` when the folder has no data set, half of one, or several.
  public init(_ path: String) throws(FileError) {
    guard FileType(at: path) == .folder else {
      throw FileError(
        path, FileType(at: path) == nil ? "does not exist" : "is not a folder", kind: .missingInput)
    }
    let folders =
      [path, join(path, "raw")].first(where: Self.hasTrainingFile).map { [$0] }
      ?? entries(of: path).map { join(join(path, $0), "raw") }.filter(Self.hasTrainingFile)
    guard let folder = folders.first else {
      throw FileError(
        path, "has no IDX data set", expected: "train-images-idx3-ubyte, plain or .gz, and its companions",
        kind: .missingInput)
    }
    guard folders.count == 1 else {
      throw FileError(
        path, "has several data sets", expected: "one of them as the folder",
        found: folders.joined(separator: " and "), kind: .missingInput)
    }
    guard let training = try Self.pair(of: "train", in: folder) else {
      throw Self.missing(Self.names("train", .images)[0], in: folder)
    }
    self.training = training
    test = try Self.pair(of: "t10k", in: folder)
  }

  /// Reads the data set. Training and test set have the same classes: all labels that occur in either.
  ///
  /// - Throws: `FileError`.
  public func load(
    classCount: Int? = nil, maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> (training: Dataset, test: Dataset?) {
    func read(_ pair: Pair) throws(FileError) -> Dataset {
      try IDX.read(images: pair.images, labels: pair.labels, classCount: classCount, maxBytes: maxBytes)
    }
    let training = try read(training)
    guard let testPair = test else { return (training, nil) }
    let test = try read(testPair)
    guard test.imageShape == training.imageShape else {
      throw FileError(
        testPair.images, "has images of another size than the training set",
        expected: "\(training.imageShape.rows) x \(training.imageShape.columns)",
        found: "\(test.imageShape.rows) x \(test.imageShape.columns)")
    }
    let classes = max(training.classCount, test.classCount)
    return try FileError.at(testPair.labels) { () throws(NablaError) in
      (try training.withClassCount(classes), try test.withClassCount(classes))
    }
  }

  /// The names a file may have; plain before compressed, because it is read faster.
  private static func names(_ set: String, _ content: IDXContent) -> [String] {
    let stem = "\(set)-\(content)"
    let ending = "idx\(content.rank)-ubyte"
    return ["\(stem)-\(ending)", "\(stem).\(ending)", "\(stem)-\(ending).gz", "\(stem).\(ending).gz"]
  }

  private static func file(_ set: String, _ content: IDXContent, in folder: String) -> String? {
    names(set, content).map { join(folder, $0) }.first { FileType(at: $0) == .regular }
  }

  private static func hasTrainingFile(_ folder: String) -> Bool {
    file("train", .images, in: folder) != nil || file("train", .labels, in: folder) != nil
  }

  private static func pair(of set: String, in folder: String) throws(FileError) -> Pair? {
    let images = file(set, .images, in: folder)
    let labels = file(set, .labels, in: folder)
    if images == nil, labels == nil { return nil }
    guard let images else { throw missing(names(set, .images)[0], in: folder) }
    guard let labels else { throw missing(names(set, .labels)[0], in: folder) }
    return Pair(images: images, labels: labels)
  }

  private static func missing(_ name: String, in folder: String) -> FileError {
    FileError(folder, "lacks a file of the data set", expected: "\(name), plain or .gz", kind: .missingInput)
  }
}
