import ArgumentParser
import Foundation
import Nabla
import NablaFormats

/// Runs `nabla`: whatever goes wrong ends in one line on stderr and an exit code that says what sort it was.
@main
enum Main {
  static func main() {
    // Between two teams their threads sleep instead of spinning: other programs have a use for the cores.
    setenv("KMP_BLOCKTIME", "0", 0)
    // A strange OMP_NUM_THREADS changes nothing, and OpenMP's own lines about it are not ours.
    setenv("KMP_WARNINGS", "0", 0)
    Console.prepare()
    exit(run().rawValue)
  }

  private static func run() -> ExitStatus {
    do {
      var command = try UsageMessage.parse(Array(CommandLine.arguments.dropFirst()))
      try command.run()
      return .success
    } catch {
      return RootCommand.exitCode(for: error) == .success ? printHelp(error) : report(error)
    }
  }

  private static func report(_ error: any Error) -> ExitStatus {
    if let exit = error as? QuietExit { return exit.status }
    let failure = CommandFailure(describing: error)
    Console.message("nabla: error: \(failure.message.onOneLine)")
    return failure.status
  }

  /// Help, the version and completion scripts reach this place as errors; they are data that was asked for.
  private static func printHelp(_ request: any Error) -> ExitStatus {
    do {
      try Console.print(RootCommand.fullMessage(for: request))
      return .success
    } catch {
      return report(error)
    }
  }
}

extension CommandFailure {
  /// The line and the exit code for any error that a command ends with.
  init(describing error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as FileError:
      self.init(ExitStatus(rawValue: error.kind.exitCode) ?? .badData, error.description)
    case let error as NablaError: self.init(error)
    default: self.init(.inputOutput, "\(error)")
    }
  }

  private init(_ error: NablaError) {
    switch error {
    case .invalidTopology, .invalidSetting, .outOfMemory: self.init(.usage, error.description)
    case .mismatch, .notFinite: self.init(.badData, error.description)
    }
  }
}
