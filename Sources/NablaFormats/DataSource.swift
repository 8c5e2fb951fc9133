import Nabla

/// Where training data come from: what people type after `--data`.
public enum DataSource: Hashable, Sendable {
  /// `digits` or `digits:N`: N drawn digits to train with and max(1, N / 6) others to test with.
  case digits(trainingCount: Int)
  /// `mnist`: the four published files, from the cache or, when they are not there, downloaded into it.
  case mnist
  /// A folder that holds an IDX data set; see `DatasetFolder`.
  case folder(String)
  /// A file of comma-separated values; see `CSV`.
  case csv(String)

  /// Digits of `digits` without a number: as many as MNIST has.
  public static let defaultDigits = 60_000
  /// The most digits that can be asked for.
  public static let mostDigits = 100_000_000

  /// Reads what was typed after `--data`.
  ///
  /// - Throws: `FileError` of kind `usage` for `digits:N` out of 1 ... 100,000,000, `missingInput` for something
  ///   that is neither a word of the list above nor a folder or file that exists.
  public init(_ argument: String) throws(FileError) {
    throw FileError(argument, "cannot be read yet")
  }

  /// Reads or draws the data.
  ///
  /// - Parameters:
  ///   - classCount: classes of the network the data are for; nil takes the largest label + 1.
  ///   - maxBytes: the most memory one file's content may take.
  ///   - download: how `mnist` is fetched when it is not in the cache; nil refuses to fetch it.
  ///   - progress: called while the download runs, on the calling thread.
  public func load(
    classCount: Int? = nil, maxBytes: Int = defaultMaxBytes, download: MNISTDownload? = MNISTDownload(),
    progress: (MNISTDownload.Progress) -> Void = { _ in }
  ) throws(FileError) -> LoadedData {
    throw FileError("--data", "cannot be read yet")
  }
}

/// What a `DataSource` gives.
public struct LoadedData: Sendable {
  public let training: Dataset
  /// nil for a CSV file and for a folder without test files.
  public let test: Dataset?
  /// One line for people: "MNIST: 60,000 training and 10,000 test images of 28 x 28 pixels, 10 classes".
  public let description: String
}

/// The most memory that the content of one file may take unless the caller says otherwise: 64 GiB.
public let defaultMaxBytes = 64 << 30
