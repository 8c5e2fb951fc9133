import Foundation
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

  @Test("lines that are there are cut off at once, as many as asked for", arguments: 0...3)
  func cutting(kept: Int) throws {
    let path = try folder.write("one\nzwölf\n\nfo", to: "a.jsonl")
    let log = try LineLog(path)
    try log.cut(after: kept)
    let lines = ["one\n", "zwölf\n", "\n"].prefix(kept).joined()
    #expect(try String(decoding: folder.read("a.jsonl"), as: UTF8.self) == lines)
    try log.append("x")
    #expect(try String(decoding: folder.read("a.jsonl"), as: UTF8.self) == lines + "x\n")
  }

  @Test("a file that was removed is known to be gone")
  func gone() throws {
    let log = try LineLog(folder.path("a.jsonl"))
    try log.append("x")
    #expect(!log.isGone)
    try FileManager.default.removeItem(atPath: folder.path("a.jsonl"))
    #expect(log.isGone)
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
