import Foundation
import Nabla
import NablaFormats
import NablaPages

/// Writes the report of a run once it has ended, also of one that was stopped.
final class ReportRecorder: RunRecorder {
  private let path: String
  private let command: TrainCommand

  /// - Throws: `CommandFailure` (64), `FileError` (73) where no file can be written.
  init(_ path: String, _ command: TrainCommand) throws {
    guard !path.isEmpty else {
      throw CommandFailure(.usage, "--report: expected the name of a file, found ''")
    }
    try command.spareOthers(from: path, option: "--report")
    try OutputPath.check(path)
    (self.path, self.command) = (path, command)
  }

  func record(_ event: TrainingEvent, of session: TrainingSession, _ sets: TrainingSets) {}

  func finish(_ end: RunEnd, of session: TrainingSession, _ sets: TrainingSets) throws {
    let report = try report(end, session, sets)
    try AtomicFile.write(Array(report.page.utf8), to: path)
    if !command.outputOptions.quiet { Console.message("Report: \(path.onOneLine)") }
  }

  private func report(
    _ end: RunEnd, _ session: TrainingSession, _ sets: TrainingSets
  ) throws -> Report {
    let subject = ReportSubject(
      network: session.network, encoding: sets.training.encoding, data: sets.test, setName: "test set",
      threads: session.configuration.threads)
    var report = try subject.report(
      title: "\(session.network.topology) on \(command.dataOptions.data)",
      introduction: introduction(end, session, sets))
    report.history = session.history
    report.keptEpoch = end.origin.epoch?.epoch
    if let validation = end.origin.epoch?.validation { report.figures.append(Self.figure(validation)) }
    if end.summary.reason == .stopped {
      report.notes.append(
        "The run was stopped after \(session.history.count) of \(session.configuration.epochs) epochs: this is what "
          + "there was.")
    }
    if session.history.isEmpty { report.notes.append("No epoch was finished: there are no curves.") }
    if sets.validation == nil, session.history.count > 1, command.testTime == .epoch {
      report.notes.append(
        "There is no validation set. Whoever chooses settings by these numbers has chosen by the test set.")
    }
    let metadata = end.origin.metadata(of: session, command, sets)
    report.facts = [
      ReportFacts.settings(metadata), ReportFacts.network(session.network), samples(sets),
      ReportFacts.machine(threads: session.threads),
    ]
    report.command = ResumeWords.freshCommandLine(Array(CommandLine.arguments.dropFirst()))
    return report
  }

  private func introduction(_ end: RunEnd, _ session: TrainingSession, _ sets: TrainingSets) -> String {
    let epochs = session.history.count
    let seconds = session.history.reduce(0) { $0 + $1.report.seconds }
    var text =
      "Trained for \(epochs) \(epochs == 1 ? "epoch" : "epochs") on \(sets.training.count.grouped) samples, "
      + "in \(Self.duration(seconds))."
    if let kept = end.origin.epoch?.epoch, epochs > 1 {
      text +=
        kept == epochs ? " This is the network of the last one." : " This is the network of epoch \(kept)."
    }
    return text
  }

  private static func figure(_ validation: Evaluation) -> Report.Figure {
    if let errors = validation.errors { return Report.Figure(errors.rmse.short, "RMSE, validation set") }
    return Report.Figure(validation.accuracy.percent, "accuracy, validation set")
  }

  private static func duration(_ seconds: Double) -> String {
    guard seconds >= 60 else { return "\(seconds.fixed(seconds < 10 ? 1 : 0)) s" }
    let whole = Int(seconds.rounded())
    return whole < 3600
      ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  private func samples(_ sets: TrainingSets) -> Report.Facts {
    var rows: [(name: String, value: String)] = [("source", command.dataOptions.data)]
    if !sets.targetNames.isEmpty { rows.append(("target", sets.targetNames.joined(separator: ", "))) }
    rows += ReportFacts.samples("training", sets.training)
    if let validation = sets.validation { rows += ReportFacts.samples("validation", validation) }
    rows += ReportFacts.samples("test", sets.test)
    return Report.Facts("Data", rows)
  }
}
