import Foundation
import InputBytes
import Testing

/// A command that must be refused: the files it is given, and every word of what it says.
///
/// The number that a name begins with is the row of the table "Bad inputs" in Documentation/Reliability.md.
struct BadCommand: CustomTestStringConvertible, Sendable {
  let name: String
  let arguments: [String]
  let status: Int32
  /// What follows "nabla: error: ".
  let message: String
  let write: @Sendable (Folder) throws -> Void

  var testDescription: String { name }

  /// - Parameter write: puts the files into an empty folder, where the command runs.
  init(
    _ name: String, _ arguments: [String], _ status: Int32, _ message: String,
    write: @escaping @Sendable (Folder) throws -> Void = { _ in }
  ) {
    self.name = name
    self.arguments = arguments
    self.status = status
    self.message = message
    self.write = write
  }

  /// Runs the command: refused in this one line, nothing on stdout, nothing made or changed.
  func check() throws {
    let folder = try Folder()
    try write(folder)
    let before = folder.snapshot
    let run = try NablaProcess.run(arguments, in: folder)
    #expect(run.errors == "nabla: error: \(message)\n")
    #expect(run.status == status)
    #expect(run.output.isEmpty)
    #expect(folder.snapshot == before)
  }
}

/// The rows of the table that are files, by what the command says. What the readers say to more cases stands in the
/// tests of `NablaFormats`, with the same numbers; rows 56, 57, 58 and 60 in `UsageTests` and `StreamTests`, row 55 and
/// the rest of 59 in `CheckpointOptionTests`.
@Suite("Bad inputs: one line and an exit code each")
struct BadInputTests {
  @Test("Rows 1 to 16: IDX", arguments: BadCommand.idxFiles) func idxFiles(command: BadCommand) throws {
    try command.check()
  }

  @Test("Rows 17 to 25: gzip", arguments: BadCommand.gzipFiles) func gzipFiles(command: BadCommand) throws {
    try command.check()
  }

  @Test("Rows 26 to 32: CSV", arguments: BadCommand.tables) func tables(command: BadCommand) throws {
    try command.check()
  }

  @Test("Rows 33 to 40: PNG", arguments: BadCommand.pictures) func pictures(command: BadCommand) throws {
    try command.check()
  }

  @Test("Rows 41 to 46: NPY", arguments: BadCommand.arrays) func arrays(command: BadCommand) throws {
    try command.check()
  }

  @Test("Rows 47 to 54: safetensors", arguments: BadCommand.models) func models(command: BadCommand) throws {
    try command.check()
  }
}

extension Folder {
  /// Every file below it: type, length, permissions, time of change, first bytes.
  var snapshot: [String: String] {
    let manager = FileManager.default
    let names = (try? manager.subpathsOfDirectory(atPath: url.path)) ?? []
    return names.reduce(into: [:]) { result, name in
      let attributes = (try? manager.attributesOfItem(atPath: path(name))) ?? [:]
      let type = attributes[.type] as? FileAttributeType
      // Opening a pipe would wait for a writer.
      let start =
        type == .typeRegular ? try? FileHandle(forReadingAtPath: path(name))?.read(upToCount: 1 << 20) : nil
      result[name] = [
        type?.rawValue ?? "", "\(attributes[.size] ?? 0)", "\(attributes[.posixPermissions] ?? 0)",
        "\(attributes[.modificationDate] ?? "")", start?.base64EncodedString() ?? "",
      ].joined(separator: " ")
    }
  }

  /// Writes a file whose bytes after `bytes` are a hole, `length` bytes in all.
  func writeSparse(_ name: String, _ bytes: [UInt8], length: UInt64) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: write(name, bytes)))
    try file.truncate(atOffset: length)
    try file.close()
  }
}
