/// How `nabla` ends: the codes of sysexits.h that fit, and 130 for a run that Ctrl-C ended in good order.
enum ExitStatus: Int32 {
  case success = 0
  case usage = 64
  case badData = 65
  case missingInput = 66
  case cannotCreate = 73
  case inputOutput = 74
  case interrupted = 130
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

/// Ends the command without a word: its message has been printed, or nobody is left to read one.
struct QuietExit: Error {
  let status: ExitStatus
}
