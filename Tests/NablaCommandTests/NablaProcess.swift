import Foundation

/// Runs the built `nabla`, as a person would, and returns what it said.
struct NablaProcess {
  let status: Int32
  let output: String
  let errors: String

  /// Lines of stdout.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  enum Failure: Error {
    case binaryIsMissing(String)
    case tookTooLong([String])
  }

  /// `nabla` lies beside the test bundle in the build folder.
  static let binary: URL = {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let program = bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])
    return program.deletingLastPathComponent().appendingPathComponent("nabla")
  }()

  /// Runs `nabla` with `arguments` and waits for it.
  ///
  /// - Parameters:
  ///   - folder: where it runs.
  ///   - environment: added to this process's own; nil removes a variable.
  ///   - seconds: after this long the process is killed and the test fails.
  static func run(
    _ arguments: [String], in folder: Folder, environment: [String: String?] = [:], seconds: Double = 120
  ) throws -> NablaProcess {
    try start(arguments, in: folder, environment: environment).finish(within: seconds)
  }

  /// Runs a line of shell in which `nabla` is the built command, for pipes and closed descriptors.
  static func shell(
    _ line: String, in folder: Folder, environment: [String: String?] = [:], seconds: Double = 120
  ) throws -> NablaProcess {
    let shell = URL(fileURLWithPath: "/bin/sh")
    let script = "nabla() { \"\(binary.path)\" \"$@\"; }\n" + line
    return try start(["-c", script], in: folder, environment: environment, program: shell).finish(
      within: seconds)
  }

  /// A process under way.
  struct Running {
    let process: Process
    let arguments: [String]
    let outputFile: URL
    let errorFile: URL

    /// What stdout says so far.
    var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }
    /// What stderr says so far.
    var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    func finish(within seconds: Double) throws -> NablaProcess {
      defer { for file in [outputFile, errorFile] { try? FileManager.default.removeItem(at: file) } }
      let deadline = Date(timeIntervalSinceNow: seconds)
      while process.isRunning {
        if Date() > deadline {
          kill(process.processIdentifier, SIGKILL)
          throw Failure.tookTooLong(arguments)
        }
        usleep(2000)
      }
      // A process that a signal ended has the status a shell would show.
      let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
      return NablaProcess(
        status: status, output: try String(contentsOf: outputFile, encoding: .utf8),
        errors: try String(contentsOf: errorFile, encoding: .utf8))
    }
  }

  static func start(
    _ arguments: [String], in folder: Folder, environment: [String: String?] = [:], program: URL = binary
  ) throws -> Running {
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw Failure.binaryIsMissing(program.path)
    }
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    var variables = ProcessInfo.processInfo.environment
    for (name, value) in environment { variables[name] = value }
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: no buffer fills up, and both streams can be read in peace afterwards.
    let (output, errors) = (Folder.uniqueFile(), Folder.uniqueFile())
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    return Running(process: process, arguments: arguments, outputFile: output, errorFile: errors)
  }
}

/// A folder of one test's own, gone with it.
final class Folder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("nabla-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    try Data(bytes).write(to: url.appendingPathComponent(name))
    return path(name)
  }

  /// Names of the files in it.
  var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path).sorted()) ?? [] }

  static func uniqueFile() -> URL {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("nabla-\(UUID().uuidString).txt")
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    return file
  }
}
