import ArgumentParser
import Nabla
import NablaFormats

/// Loads the data source that was typed, and shows a waiting line on stderr.
enum DataLoading {
  /// - Parameters:
  ///   - option: what it was typed after; nil where it stands by itself.
  ///   - classCount: outputs of the network that is to read the data; labels must be below it.
  ///   - table: how a table is read.
  ///   - quiet: nothing is drawn.
  static func load(
    _ argument: String, option: String? = "--data", classCount: Int? = nil,
    table: TableOptions = TableOptions(), maxBytes: Int = ReadingLimits.defaultMaxBytes, quiet: Bool = false
  ) throws -> LoadedData {
    let source = try parse(argument, option: option)
    let bars = DownloadBars(quiet: quiet)
    let waiting = WaitingLine(source.activity, enabled: !quiet)
    let bar = ProgressBar("Reading \(argument)", unit: "MB", enabled: !quiet)
    defer {
      waiting.finish()
      bar.finish()
      bars.finish()
    }
    return try source.load(
      classCount: classCount, table: table, maxBytes: maxBytes,
      reading: { done, total in
        waiting.finish()
        bar.update(done: done >> 20, total: max(total >> 20, 1))
      },
      progress: { progress in
        waiting.finish()
        bars.show(progress)
      })
  }

  /// Reads the words; where they make no sense, the message starts with the option.
  private static func parse(_ argument: String, option: String?) throws -> DataSource {
    do {
      return try DataSource(parsing: argument)
    } catch {
      guard error.kind == .invalidRequest else { throw error }
      throw CommandFailure(.usage, [option, error.description].compactMap(\.self).joined(separator: " "))
    }
  }
}

extension DataSource {
  /// What people type, in short.
  static let forms = "digits[:N]|handwriting[:N]|mnist|DIR|FILE"

  /// What loading it looks like to the one who waits.
  fileprivate var activity: String {
    switch self {
    case .digits(let count, _): "Drawing \(count.grouped) digits to learn from ..."
    case .mnist: "Reading MNIST ..."
    case .folder(let path), .file(let path): "Reading \(path) ..."
    }
  }
}

/// One of the two parts of a data set.
enum DataPart: String, ExpressibleByArgument, CaseIterable {
  case training
  case test

  /// Returns the part that was named; without a name the test set, or the training set where there is
  /// no other.
  static func choose(
    _ part: DataPart?, of data: LoadedData, from source: String
  ) throws -> (part: DataPart, dataset: Dataset) {
    switch part {
    case .training: return (.training, data.training)
    case .test:
      guard let test = data.test else {
        throw CommandFailure(.missingInput, "--set: expected a test set in \(source), found none")
      }
      return (.test, test)
    case nil: return data.test.map { (.test, $0) } ?? (.training, data.training)
    }
  }
}

extension Dataset {
  /// Image `index` in characters.
  func picture(at index: Int) -> TerminalPicture {
    TerminalPicture(pixels: image(at: index), rows: imageShape.rows, columns: imageShape.columns)
  }

  /// Checks an index that was typed.
  func checkIndex(_ index: Int, option: String) throws {
    guard index < count else {
      throw CommandFailure(.usage, "\(option): expected 0 to \(count - 1), found '\(index)'")
    }
  }
}

extension Dataset.ImageShape {
  var text: String { "\(rows) x \(columns)" }
}
