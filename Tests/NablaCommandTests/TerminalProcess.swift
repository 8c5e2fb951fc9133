import Foundation

/// Runs the built `nabla` on a terminal of its own, as a person would see it.
struct TerminalProcess {
  let status: Int32
  /// Everything that was written to the terminal, stdout and stderr in their order.
  let output: String

  /// What the lines show, one after the other, also those that were drawn over; without colours.
  var lines: [String] {
    output.replacing(/\u{1B}\[[0-9;]*m/, with: "").split { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }.map(
      String.init)
  }

  enum Failure: Error {
    case noTerminal
    case tookTooLong
  }

  /// - Parameters:
  ///   - columns: the terminal's width.
  ///   - cell: pixels of a character, which the terminal tells; nil: it does not.
  ///   - answer: what the terminal says when it is asked for its device attributes; nil: nothing.
  ///   - input: false for a standard input that is no terminal.
  static func run(
    _ arguments: [String], in folder: Folder, columns: Int = 80, cell: (width: Int, height: Int)? = nil,
    environment: [String: String?] = [:], answer: String? = nil, input: Bool = true
  ) throws -> TerminalProcess {
    let (master, slave) = try openTerminal()
    defer {
      close(master)
      close(slave)
    }
    var size = winsize(
      ws_row: 24, ws_col: UInt16(columns), ws_xpixel: UInt16(columns * (cell?.width ?? 0)),
      ws_ypixel: UInt16(24 * (cell?.height ?? 0)))
    guard ioctl(master, UInt(TIOCSWINSZ), &size) == 0 else { throw Failure.noTerminal }

    let process = Process()
    process.executableURL = NablaProcess.binary
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    var variables = ProcessInfo.processInfo.environment
    for name in ["KITTY_WINDOW_ID", "TERM_PROGRAM", "TMUX", "NO_COLOR"] { variables[name] = nil }
    variables["TERM"] = "xterm-256color"
    for (name, value) in environment { variables[name] = value }
    process.environment = variables
    let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.standardInput = input ? terminal : FileHandle.nullDevice
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
    return try read(process, master, answer: answer)
  }

  /// Both ends of a new terminal.
  private static func openTerminal() throws -> (master: Int32, slave: Int32) {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    guard master >= 0 else { throw Failure.noTerminal }
    #if canImport(Darwin)
      let isOpen = grantpt(master) == 0 && unlockpt(master) == 0
      let name = isOpen ? ptsname(master).map { String(cString: $0) } : nil
    #else
      // TIOCSPTLCK and TIOCGPTN: the functions that say the same are not in the C library's module.
      var (lock, number): (Int32, UInt32) = (0, 0)
      let isOpen = ioctl(master, 0x4004_5431, &lock) == 0 && ioctl(master, 0x8004_5430, &number) == 0
      let name = isOpen ? "/dev/pts/\(number)" : nil
    #endif
    let slave = name.map { open($0, O_RDWR | O_NOCTTY) } ?? -1
    guard slave >= 0 else {
      close(master)
      throw Failure.noTerminal
    }
    return (master, slave)
  }

  private static func read(_ process: Process, _ master: Int32, answer: String?) throws -> TerminalProcess {
    var bytes: [UInt8] = []
    var answers = answer.map { [Array($0.utf8)] } ?? []
    let deadline = Date(timeIntervalSinceNow: 120)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      // Looked at first: what was written before the end is read after it.
      let isRunning = process.isRunning
      let count = readSome(master, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer.prefix(count)
        if bytes.suffix(64).reversed().starts(with: "\u{1B}[c".utf8.reversed()), let next = answers.popLast()
        {
          _ = next.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
        }
      } else if !isRunning {
        break
      } else if Date() > deadline {
        kill(process.processIdentifier, SIGKILL)
        throw Failure.tookTooLong
      } else {
        usleep(2000)
      }
    }
    process.waitUntilExit()
    return TerminalProcess(
      status: process.terminationStatus, output: String(decoding: bytes, as: UTF8.self))
  }
}

/// The system's `read`, whatever else is called so here.
private func readSome(_ descriptor: Int32, _ buffer: inout [UInt8], _ count: Int) -> Int {
  buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, min(count, $0.count)) }
}
