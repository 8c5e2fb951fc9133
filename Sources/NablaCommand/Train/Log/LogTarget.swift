import NablaFormats

/// Where a run is logged: what stands after `--log`.
enum LogTarget: Hashable, Sendable {
  /// One JSON object a line.
  case jsonLines(String)
  /// A table.
  case csv(String)
  /// A folder with an event file.
  case tensorBoard(String)

  /// The word before TensorBoard's folder.
  private static let tensorBoardWord = "tensorboard:"

  /// Reads "run.jsonl", "run.csv" or "tensorboard:DIR".
  init(typed text: String) throws {
    let name = text.lowercased()
    let folder = String(text.dropFirst(Self.tensorBoardWord.count))
    if text.hasPrefix(Self.tensorBoardWord), !folder.isEmpty {
      self = .tensorBoard(folder)
    } else if name.hasSuffix(".jsonl") {
      self = .jsonLines(text)
    } else if name.hasSuffix(".csv") {
      self = .csv(text)
    } else {
      throw Expectation(description: "expected the name of a file.jsonl or file.csv, or tensorboard:DIR")
    }
  }

  var path: String {
    switch self {
    case .jsonLines(let path), .csv(let path), .tensorBoard(let path): path
    }
  }
}
