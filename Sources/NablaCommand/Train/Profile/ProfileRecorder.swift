import Nabla
import NablaFormats

/// Measures where the time of a run goes, also of one that was stopped: a table for people, a trace in a file.
final class ProfileRecorder: RunRecorder {
  private let path: String
  private let command: TrainCommand

  /// - Throws: `CommandFailure` (64), `FileError` (73) where no file can be written.
  init(_ path: String, _ command: TrainCommand) throws {
    guard !path.isEmpty else {
      throw CommandFailure(.usage, "--profile: expected the name of a file, found ''")
    }
    // The loop of several ranks tells nobody what it does.
    guard Cluster.size == 1 || command.threadOptions.ranks == .number(1) else {
      throw CommandFailure(
        .usage,
        "--profile: expected one rank, found \(Cluster.size); --ranks 1 measures one while the others wait")
    }
    try command.spareOthers(from: path, option: "--profile")
    try OutputPath.check(path)
    (self.path, self.command) = (path, command)
  }

  func record(_ event: TrainingEvent, of session: TrainingSession, _ sets: TrainingSets) throws {
    if case .started = event { try session.startProfile() }
  }

  func finish(_ end: RunEnd, of session: TrainingSession, _ sets: TrainingSets) throws {
    guard let profile = session.profile else { return }
    let table = ProfileTable(profile)
    let trace = TraceFile(
      facts: [
        ("nabla_version", RootCommand.version), ("network", "\(session.network.topology)"),
        ("data", command.dataOptions.data), ("mini_batch_size", "\(session.configuration.miniBatchSize)"),
        ("threads", "\(profile.members)"), ("instruction_set", InstructionSet.current.rawValue),
        ("measured_mini_batches", "one of every \(profile.interval), more of the first ones"),
        ("mini_batches_in_this_trace", "those whose number is a multiple of \(profile.keptEvery)"),
        ("epochs_and_their_parts_left_out", "\(profile.lostRunStretches)"),
      ], sums: table.json.description)
    try AtomicFile.write(trace.bytes(of: profile), to: path)
    guard !command.outputOptions.quiet else { return }
    Console.message("")
    for line in table.lines { Console.message(line) }
    Console.message("Trace: \(path.onOneLine) (open it in ui.perfetto.dev or chrome://tracing)")
  }
}
