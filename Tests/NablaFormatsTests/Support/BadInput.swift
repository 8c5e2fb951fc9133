import Foundation
import NablaFormats
import Testing

/// A file that must be refused: how it is made, how it is read, and every word of what is said about it.
struct BadInput: CustomTestStringConvertible, Sendable {
  let name: String
  /// The whole message; the folder's path is left out of it.
  let message: String
  let kind: FileError.Kind
  /// Writes the files and returns the path that `read` is given.
  let write: @Sendable (TemporaryFolder) throws -> String
  let read: @Sendable (String) throws -> Void

  var testDescription: String { name }

  init(
    _ name: String, _ message: String, kind: FileError.Kind = .badData,
    write: @escaping @Sendable (TemporaryFolder) throws -> String,
    read: @escaping @Sendable (String) throws -> Void
  ) {
    self.name = name
    self.message = message
    self.kind = kind
    self.write = write
    self.read = read
  }

  /// Reads the file: refused in these words, and nothing changed.
  func check() throws {
    let folder = try TemporaryFolder()
    let path = try write(folder)
    let before = try folder.snapshot()
    let error = #expect(throws: FileError.self) { try read(path) }
    #expect(error?.description.replacingOccurrences(of: folder.path + "/", with: "") == message)
    #expect(error?.kind == kind)
    #expect(try folder.snapshot() == before)
  }
}
