import Foundation
import Nabla
import NablaFormats
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Input 59: places where no output can go, and what is there before.
@Suite struct OutputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectRefused(_ path: String, _ message: String) throws {
    let before = try folder.snapshot()
    for attempt in [{ try OutputPath.check(path) }, { try AtomicFile.write([1, 2, 3], to: path) }] {
      let error = #expect(throws: FileError.self) { try attempt() }
      #expect(error?.description.replacing(folder.path, with: "DIR") == message)
      #expect(error?.kind == .cannotCreate)
    }
    #expect(try folder.snapshot() == before)
  }

  @Test("Places where no file can be")
  func refused() throws {
    try expectRefused("", ": is not a path")
    try expectRefused(
      folder.path("none/model"),
      "DIR/none/model: lies in a folder that does not exist (found DIR/none)")
    try folder.write("text", to: "file")
    try expectRefused(
      folder.path("file/model"),
      "DIR/file/model: lies in something that is not a folder (expected DIR/file, found a file)")
    try expectRefused(folder.path, "DIR: is a folder (expected a file)")
    try expectRefused(folder.path("model/"), "DIR/model/: is the name of a folder (expected a file)")
    try expectRefused("/dev/full", "/dev/full: is not a file (expected a file, found a device)")
    mkfifo(folder.path("pipe"), 0o666)
    try expectRefused(folder.path("pipe"), "DIR/pipe: is not a file (expected a file, found a pipe)")
    symlink("loop", folder.path("loop"))
    try expectRefused(folder.path("loop"), "DIR/loop: is a chain of symbolic links without end")
    symlink("none/file", folder.path("dangling"))
    try expectRefused(
      folder.path("dangling"), "DIR/dangling: lies in a folder that does not exist (found DIR/none)")
  }

  @Test("Read-only folders and files", .enabled(if: geteuid() != 0, "permissions do not stop the superuser"))
  func readOnly() throws {
    try folder.write("text", to: "locked/file")
    chmod(folder.path("locked/file"), 0o444)
    try expectRefused(
      folder.path("locked/file"), "DIR/locked/file: cannot be replaced: Permission denied")
    chmod(folder.path("locked"), 0o555)
    defer { chmod(folder.path("locked"), 0o755) }
    try expectRefused(
      folder.path("locked/model"),
      "DIR/locked/model: lies in a folder that cannot be written to: Permission denied")
  }

  @Test("A file for which there is no room")
  func noRoom() throws {
    let error = #expect(throws: FileError.self) { try OutputPath.check(folder.path("model"), bytes: .max) }
    #expect(error?.problem == "does not fit on the disk")
    #expect(error?.expected == "9.2 EB free")
    #expect(error?.kind == .cannotCreate)
    try OutputPath.check(folder.path("model"), bytes: 1)
    #expect(try folder.snapshot().isEmpty)
  }

  @Test(
    "A disk that is full says so", .enabled(if: access("/dev/full", W_OK) == 0, "there is no /dev/full here"))
  func diskFull() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    defer { close(descriptor) }
    let error = #expect(throws: FileError.self) {
      try [UInt8](repeating: 0, count: 100).withUnsafeBytes {
        try writeAll($0, to: descriptor, path: "model")
      }
    }
    #expect(error?.description == "model: cannot be written: No space left on device")
    #expect(error?.kind == .inputOutput)
  }

  @Test("A file is replaced, its permissions stay")
  func permissions() throws {
    try folder.write("old", to: "model")
    chmod(folder.path("model"), 0o640)
    try AtomicFile.write(Array("new".utf8), to: folder.path("model"))
    #expect(try folder.read("model") == Array("new".utf8))
    var info = stat()
    stat(folder.path("model"), &info)
    #expect(info.st_mode & 0o777 == 0o640)
    #expect(try folder.snapshot().count == 1)
  }

  @Test("A symbolic link stays, and what it points at is replaced")
  func links() throws {
    try folder.write("old", to: "there/model")
    symlink("there/model", folder.path("link"))
    symlink(folder.path("link"), folder.path("link to link"))
    symlink("there/new", folder.path("dangling"))
    try AtomicFile.write(Array("new".utf8), to: folder.path("link to link"))
    try AtomicFile.write(Array("newer".utf8), to: folder.path("dangling"))
    #expect(try folder.read("there/model") == Array("new".utf8))
    #expect(try folder.read("there/new") == Array("newer".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "there/model")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("dangling")) == "there/new")
  }

  @Test("A file that is not finished leaves the old one and nothing else")
  func abandoned() throws {
    try folder.write("old", to: "model")
    do {
      let file = try AtomicFile(replacing: folder.path("model"))
      try file.write(Array("half".utf8))
      #expect(try folder.snapshot().count == 2)
    }
    #expect(try folder.read("model") == Array("old".utf8))
    #expect(try folder.snapshot().count == 1)
  }

  @Test("Unfinished files of a killed run with the same process number are in nobody's way")
  func leftovers() throws {
    for serial in 1...500 { try folder.write("left", to: ".nabla-\(getpid())-\(serial).part") }
    try AtomicFile.write(Array("new".utf8), to: folder.path("model"))
    #expect(try folder.read("model") == Array("new".utf8))
    #expect(try folder.snapshot().count == 501)
  }

  @Test("What a killed run left goes after an hour, what a living one or anybody else has there stays")
  func killed() throws {
    let (old, young) = ([timeval(), timeval()], ".nabla-41-7.part")
    let kept = [
      ".nabla-42-8.part",  // locked
      ".nabla-x-1.part", ".nabla-1-.part", ".nabla-1-2-3.part", ".nabla-1-2.part2", "nabla-1-2.part",
      ".nabla--1.part", ".nabla-1.part", ".nabla-\u{661}-1.part", "below/.nabla-1-1.part",
    ]
    for name in kept + [young, ".nabla-41-6.part", ".nabla-0-123456789.part"] {
      try folder.write("left", to: name)
      if name != young { utimes(folder.path(name), old) }
    }
    mkdir(folder.path(".nabla-1-1.part"), 0o777)
    symlink("below/.nabla-1-1.part", folder.path(".nabla-1-3.part"))
    let locked = open(folder.path(kept[0]), O_RDWR)
    defer { close(locked) }
    #expect(flock(locked, LOCK_EX | LOCK_NB) == 0)

    try AtomicFile.write(Array("new".utf8), to: folder.path("model"))
    let stays = kept + [young, ".nabla-1-1.part", ".nabla-1-3.part", "below", "model"]
    #expect(try folder.snapshot().keys.sorted() == stays.sorted())

    // A save that is on its way is locked, however long ago its last write was.
    let file = try AtomicFile(replacing: folder.path("model"))
    let other = open(folder.path("model"), O_RDONLY)
    defer { close(other) }
    for name in try folder.snapshot().keys where name.hasPrefix(".nabla-\(getpid())-") {
      utimes(folder.path(name), old)
    }
    UnfinishedFile.removeAbandoned(in: folder.path, besides: other)
    try file.write(Array("newer".utf8))
    try file.commit()
    #expect(try folder.read("model") == Array("newer".utf8))
  }

  @Test("A file that lost its name to another is told from it")
  func renamed() throws {
    let path = try folder.write("old", to: "file")
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    #expect(isOpen(descriptor, at: path))
    rename(path, folder.path("finished"))
    #expect(!isOpen(descriptor, at: path))
    try folder.write("new", to: "file")
    #expect(!isOpen(descriptor, at: path))
  }

  @Test("Things that are no input files")
  func inputs() throws {
    mkfifo(folder.path("pipe"), 0o666)
    let messages = [
      folder.path("none"): "DIR/none: does not exist",
      folder.path: "DIR: is not a file (expected a file, found a folder)",
      folder.path("pipe"): "DIR/pipe: is not a file (expected a file, found a pipe)",
    ]
    for (path, message) in messages {
      let error = #expect(throws: FileError.self) { try ModelFile.load(path) }
      #expect(error?.description.replacing(folder.path, with: "DIR") == message)
      #expect(error?.kind == .missingInput)
    }
  }

  @Test("An error is one line, whatever the file is called")
  func oneLine() {
    let error = FileError("a\nb", at: .line(3), "is \u{1B}[31mred", expected: "x", found: "y\tz")
    #expect(error.description == "a?b:line 3: is ?[31mred (expected x, found y?z)")
    #expect(
      error.message(advice: "turn\nit") == "a?b:line 3: is ?[31mred; turn?it (expected x, found y?z)")
  }
}
