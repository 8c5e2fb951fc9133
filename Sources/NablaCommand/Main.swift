import ArgumentParser
import Foundation
import Nabla

/// Runs `nabla`: whatever goes wrong ends in one line on stderr and an exit code that says what sort it was.
@main
enum Main {
  static func main() {
    // Between two teams their threads sleep instead of spinning: other programs have a use for the cores.
    setenv("KMP_BLOCKTIME", "0", 0)
    // A strange OMP_NUM_THREADS changes nothing, and OpenMP's own lines about it are not ours.
    setenv("KMP_WARNINGS", "0", 0)
    Console.prepare()
    Cluster.join()
    let status = run()
    Cluster.leave(status)
    exit(status.rawValue)
  }

  private static func run() -> ExitStatus {
    var command: (any ParsableCommand)?
    do {
      command = try UsageMessage.parse(Array(CommandLine.arguments.dropFirst()))
      if command is any ClusterCommand {
        try Cluster.requireMPI()
      } else {
        Cluster.finish()
        guard Cluster.isLead else { return .success }
      }
      if !isQuiet(command) { tellInstructionSet() }
      try command?.run()
      return .success
    } catch {
      return RootCommand.exitCode(for: error) == .success
        ? printHelp(error) : report(error, from: command.map { type(of: $0) })
    }
  }

  private static func isQuiet(_ command: (any ParsableCommand)?) -> Bool {
    switch command {
    case let train as TrainCommand: train.outputOptions.quiet
    case let validation as CrossValidateCommand: validation.outputOptions.quiet
    case let sweep as SweepCommand: sweep.outputOptions.quiet
    default: false
    }
  }

  /// Says that NABLA_ISA was not followed, and what is used instead. Nothing but speed depends on it.
  private static func tellInstructionSet() {
    guard InstructionSet.request != .followed else { return }
    let found = ProcessInfo.processInfo.environment["NABLA_ISA"] ?? ""
    let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    Console.message(
      ("NABLA_ISA: expected \(available) (available here), found '\(found)'; "
        + "using \(InstructionSet.current.rawValue)").onOneLine)
  }

  private static func report(
    _ error: any Error, from command: (any ParsableCommand.Type)? = nil
  ) -> ExitStatus {
    if let exit = error as? QuietExit { return exit.status }
    let failure = Cluster.settle(CommandFailure(describing: error, from: command))
    Console.message("nabla: error: \(failure.message.onOneLine)")
    return failure.status
  }

  /// Help, the version and completion scripts reach this place as errors; they are data that was asked for.
  private static func printHelp(_ request: any Error) -> ExitStatus {
    Cluster.finish()
    do {
      try Console.print(RootCommand.fullMessage(for: request))
      return .success
    } catch {
      return report(error)
    }
  }
}
