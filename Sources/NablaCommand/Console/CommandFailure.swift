import ArgumentParser
import Nabla
import NablaFormats

/// How `nabla` ends: the codes of sysexits.h that fit, and 128 + the number of a signal that ended a run in good order.
enum ExitStatus: Int32 {
  case success = 0
  case usage = 64
  case badData = 65
  case missingInput = 66
  case cannotCreate = 73
  case inputOutput = 74
  /// SIGHUP.
  case hungUp = 129
  /// SIGINT: Ctrl-C.
  case interrupted = 130
  /// SIGTERM.
  case terminated = 143
}

/// Ends the command with one line on stderr.
struct CommandFailure: Error {
  let status: ExitStatus
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}

/// Ends the command without a message: it has been printed, or stdout is closed.
struct QuietExit: Error {
  let status: ExitStatus
}

extension CommandFailure {
  /// The line and the exit code for any error that a command ends with.
  ///
  /// - Parameter command: the command that threw it, whose options the message may name.
  init(describing error: any Error, from command: (any ParsableCommand.Type)?) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as FileError:
      let advice = error.remedy.flatMap { Self.advice($0, to: command) }
      self.init(ExitStatus(error.kind), error.message(advice: advice))
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

  /// Returns how a remedy is asked for on the command line; nil where `command` has no option for it.
  private static func advice(
    _ remedy: FileError.Remedy, to command: (any ParsableCommand.Type)?
  ) -> String? {
    switch remedy {
    case .largerLimit:
      command == TrainCommand.self || command == CrossValidateCommand.self || command == SweepCommand.self
        ? "--max-bytes raises the limit" : nil
    case .resize: command == PredictCommand.self ? "--resize scales it" : nil
    case .download: "nabla data fetch mnist gets it"
    case .categorical(let column): "--categorical '\(column)' takes it as words"
    case .ignore(let column): "--ignore '\(column)' leaves it out"
    case .fillMissing: "--missing fill fills it"
    case .nameActivations: "--activation relu --output-activation softmax, for example, names them"
    }
  }
}

extension ExitStatus {
  /// The status of a command that ends because of a file.
  init(_ kind: FileError.Kind) {
    self =
      switch kind {
      case .invalidRequest: .usage
      case .badData: .badData
      case .missingInput: .missingInput
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
  }
}
