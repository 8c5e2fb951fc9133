import Nabla
import NablaFormats

/// Writes one log while a run trains.
final class LogRecorder: RunRecorder {
  private let log: any RunLog
  private var columns: EpochColumns?

  private init(_ log: any RunLog) { self.log = log }

  /// The logs that were asked for; what is where they go is checked before anything else is loaded.
  ///
  /// - Throws: `CommandFailure` (64) for a place that is named twice or for something else; `FileError`.
  static func all(_ command: TrainCommand) throws -> [LogRecorder] {
    var paths: [String] = []
    return try command.logOptions.logs.map { target in
      let place = target.path
      guard !paths.contains(where: { OutputPath.isSameFile($0, place) }) else {
        throw CommandFailure(.usage, "--log: expected each place once, found '\(place)' twice")
      }
      paths.append(place)
      try command.spareOthers(from: place, option: "--log")
      let log: any RunLog =
        switch target {
        case .jsonLines(let path): try TextRunLog(path, isTable: false)
        case .csv(let path): try TextRunLog(path, isTable: true)
        case .tensorBoard(let folder): try TensorBoardRunLog(folder)
        }
      return LogRecorder(log)
    }
  }

  func record(_ event: TrainingEvent, of session: TrainingSession, _ sets: TrainingSets) throws {
    do throws(FileError) {
      switch event {
      case .started(let start):
        let columns = EpochColumns(hasValidation: sets.validation != nil, hasTest: session.measuresTest)
        self.columns = columns
        try log.begin(after: Array(session.history.prefix(start.epochsDone)), columns)
      case .epochFinished(let epoch):
        guard let columns else { return }
        try log.append(epoch, columns, of: session, sets)
      case .warning, .checkpoint, .finished: break
      }
    } catch {
      throw GivenUp(description: error.message(advice: "training goes on without this log"))
    }
  }

  func finish(_ end: RunEnd, of session: TrainingSession, _ sets: TrainingSets) {}

  /// Why a log ends before its run.
  private struct GivenUp: Error, CustomStringConvertible {
    let description: String
  }
}
