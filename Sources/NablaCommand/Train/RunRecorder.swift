import Nabla
import NablaFormats

/// Something that keeps or shows what a run tells: a log, a report, a page.
protocol RunRecorder: AnyObject {
  /// Is told everything, on the thread that trains: training goes on when it returns.
  ///
  /// - Throws: what keeps it from its work. It is then told nothing more, and the run goes on.
  func record(_ event: TrainingEvent, of session: TrainingSession, _ sets: TrainingSets) throws

  /// Is told the end, once the model is saved, also of a run that was stopped.
  func finish(_ end: RunEnd, of session: TrainingSession, _ sets: TrainingSets) throws

  /// Is called last, when everything is saved and said; not after a run that was stopped. What shows the run may stay
  /// until the person has seen enough.
  func linger(_ session: TrainingSession)
}

extension RunRecorder {
  func linger(_ session: TrainingSession) {}
}

/// How a run ended.
struct RunEnd {
  let summary: TrainingSummary
  /// What the model's metadata tell.
  let origin: ModelOrigin
  /// The test set, where it was measured at the end.
  let test: Evaluation?
}

extension TrainCommand {
  /// Refuses that a recorder writes over what the run reads, or writes by another option. A profile is checked last,
  /// against all of them.
  ///
  /// - Throws: `CommandFailure` (64).
  func spareOthers(from path: String, option: String) throws {
    let output = outputOptions.output
    let outputs: [(name: String, path: String?)] =
      [
        ("--output", output), ("--checkpoint", checkpointOptions.path(output: output)),
        ("--report", outputOptions.report),
      ] + logOptions.logs.map { ("--log", $0.path) }
    try OutputPath.spare(
      outputs.filter { $0.name != option } + dataOptions.namedSources, from: path, option: option)
  }
}

/// The recorders of one run. One that fails costs a warning, never the run.
struct RunRecorders {
  private var recorders: [any RunRecorder]
  private var messages: [String] = []

  /// Made before the data are read, so that a place that cannot be written is refused at once.
  init(_ command: TrainCommand) throws {
    guard Cluster.isLead else {
      recorders = []
      return
    }
    recorders = try LogRecorder.all(command)
    if let path = command.outputOptions.report { recorders.append(try ReportRecorder(path, command)) }
    if let path = command.logOptions.profile { recorders.append(try ProfileRecorder(path, command)) }
    if command.serve {
      recorders.append(try PageRecorder(command))
    } else {
      try command.serverOptions.refuse()
    }
  }

  mutating func record(_ event: TrainingEvent, of session: TrainingSession, _ sets: TrainingSets) {
    tell { try $0.record(event, of: session, sets) }
  }

  mutating func finish(_ end: RunEnd, of session: TrainingSession, _ sets: TrainingSets) {
    tell { try $0.finish(end, of: session, sets) }
  }

  func linger(_ session: TrainingSession) {
    for recorder in recorders { recorder.linger(session) }
  }

  /// What went wrong since the last time.
  mutating func takeMessages() -> [String] {
    defer { messages = [] }
    return messages
  }

  private mutating func tell(_ body: (any RunRecorder) throws -> Void) {
    recorders.removeAll { recorder in
      do {
        try body(recorder)
        return false
      } catch {
        messages.append("\(error)")
        return true
      }
    }
  }
}
