import Nabla
import NablaFormats

/// One log of a run: made from the epochs, so that what is there when a run goes on is continued without a gap or a
/// line twice, whatever interrupted it and whenever the log was asked for.
protocol RunLog: AnyObject {
  /// Continues behind the epochs that are done: what is there of them stays, what is missing is written, what is there
  /// of later ones is cut off.
  func begin(after history: [EpochResult], _ columns: EpochColumns) throws(FileError)

  /// Writes an epoch.
  func append(
    _ epoch: EpochResult, _ columns: EpochColumns, of session: TrainingSession, _ sets: TrainingSets
  ) throws(FileError)
}

/// A log of text: a line an epoch, and a table's header before the first.
final class TextRunLog: RunLog {
  private let path: String
  private let isTable: Bool
  /// nil as long as there is no such file.
  private var file: LineLog?

  /// Opens the file that is there; nothing in it is changed, and none is created.
  ///
  /// - Throws: `FileError`, of kind `cannotCreate` also if it is no log of a run: it is not replaced.
  init(_ path: String, isTable: Bool) throws(FileError) {
    (self.path, self.isTable) = (path, isTable)
    try OutputPath.check(path)
    guard OutputPath.isOccupied(path) else { return }
    let file = try LineLog(path)
    let start = isTable ? EpochColumns.firstNames.joined(separator: ",") + "," : "{\"epoch\":"
    let first = file.lines.first ?? file.rest
    guard first.hasPrefix(start) || (file.lines.isEmpty && start.hasPrefix(first)) else {
      throw FileError(path, at: .line(1), "is not the log of a run, and is not replaced", kind: .cannotCreate)
    }
    self.file = file
  }

  func begin(after history: [EpochResult], _ columns: EpochColumns) throws(FileError) {
    let file: LineLog
    if let open = self.file { file = open } else { file = try LineLog(path) }
    self.file = file
    let header = isTable ? history.first.map { [columns.csvHeader($0)] } ?? [] : []
    let lines = header + history.map { isTable ? columns.csvLine($0) : columns.jsonLine($0) }
    let same = zip(lines, file.lines).prefix { $0 == $1 }.count
    try file.cut(after: same)
    for line in lines[same...] { try file.append(line) }
  }

  func append(
    _ epoch: EpochResult, _ columns: EpochColumns, of session: TrainingSession, _ sets: TrainingSets
  ) throws(FileError) {
    guard let file else { return }
    guard !file.isGone else { throw FileError(path, "is gone", kind: .inputOutput) }
    // The header tells which sets are measured: known with the first epoch.
    if isTable, session.history.count == 1 { try file.append(columns.csvHeader(epoch)) }
    try file.append(isTable ? columns.csvLine(epoch) : columns.jsonLine(epoch))
  }
}

/// TensorBoard's log: an event an epoch, the numbers, histograms and pictures in it together.
final class TensorBoardRunLog: RunLog {
  private let log: TensorBoardLog

  init(_ folder: String) throws(FileError) { log = try TensorBoardLog(folder) }

  func begin(after history: [EpochResult], _ columns: EpochColumns) throws(FileError) {
    try log.begin(after: history.count) { columns.summary(of: history[$0 - 1]) }
  }

  func append(
    _ epoch: EpochResult, _ columns: EpochColumns, of session: TrainingSession, _ sets: TrainingSets
  ) throws(FileError) {
    var summary = columns.summary(of: epoch)
    let network = session.network
    for layer in network.topology.layers.indices {
      summary.add("weights/layers.\(layer)", Histogram(of: network.weights(layer: layer)))
      summary.add("biases/layers.\(layer)", Histogram(of: network.biases(layer: layer)))
    }
    if let errors = ErrorPicture(of: network, sets, measuresTest: epoch.test != nil) {
      summary.add("errors/\(errors.set)", errors.picture)
    }
    try log.append(summary, step: epoch.epoch)
  }
}
