import Nabla
import NablaFormats
import Testing

@Suite("Files that grow line by line")
struct LineLogTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("what was appended is there when the file is opened again")
  func appending() throws {
    let path = folder.path("a.jsonl")
    do {
      let log = try LineLog(path)
      #expect(log.lines.isEmpty && log.rest.isEmpty)
      try log.append("one")
      try log.append("zwölf")
    }
    let log = try LineLog(path)
    #expect(log.lines == ["one", "zwölf"])
    #expect(log.rest.isEmpty)
    try log.append("three")
    #expect(try String(decoding: folder.read("a.jsonl"), as: UTF8.self) == "one\nzwölf\nthree\n")
  }

  @Test("an incomplete last line is cut off by the first that is appended, not before")
  func incomplete() throws {
    let path = try folder.write("one\n\ntw", to: "a.jsonl")
    do {
      let log = try LineLog(path)
      #expect(log.lines == ["one", ""])
      #expect(log.rest == "tw")
      #expect(try String(decoding: folder.read("a.jsonl"), as: UTF8.self) == "one\n\ntw")
      try log.append("x")
    }
    #expect(try String(decoding: folder.read("a.jsonl"), as: UTF8.self) == "one\n\nx\n")
  }

  @Test("one program at a time")
  func locked() throws {
    let path = folder.path("a.jsonl")
    let log = try LineLog(path)
    let error = #expect(throws: FileError.self) { try LineLog(path) }
    #expect(error?.description == "\(path): is being written by another program")
    #expect(error?.kind == .cannotCreate)
    withExtendedLifetime(log) {}
  }

  @Test("text that is not UTF-8, a folder, a folder that does not exist")
  func refused() throws {
    let path = try folder.write([0x61, 0x0A, 0xFF], to: "a.jsonl")
    #expect(throws: FileError(path, "is not UTF-8 text")) { try LineLog(path) }
    #expect(throws: FileError.self) { try LineLog(folder.path) }
    #expect(throws: FileError.self) { try LineLog(folder.path("no/a.jsonl")) }
  }
}
