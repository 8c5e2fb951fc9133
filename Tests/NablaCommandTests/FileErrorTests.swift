import Foundation
import Testing

@Suite("Files that are not what they should be become one line and their exit code")
struct FileErrorTests {
  let model: SharedModel.Trained
  let folder: Folder

  init() throws {
    model = try SharedModel.get()
    folder = try Folder()
  }

  /// Expects one line on stderr with this beginning, this exit code, and no file made or changed.
  private func expectError(
    _ arguments: [String], _ status: Int32, _ beginning: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = state()
    let run = try NablaProcess.run(arguments, in: folder)
    #expect(run.status == status, sourceLocation: sourceLocation)
    #expect(
      run.errors.hasPrefix("nabla: error: \(beginning)"), "\(run.errors)", sourceLocation: sourceLocation)
    #expect(run.errors.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
    #expect(run.output.isEmpty, sourceLocation: sourceLocation)
    #expect(state() == before, sourceLocation: sourceLocation)
  }

  private func state() -> [String: Data] {
    folder.contents.reduce(into: [:]) { state, name in
      state[name] = (try? Data(contentsOf: folder.url.appendingPathComponent(name))) ?? Data()
    }
  }

  @Test("66: what is not there")
  func missing() throws {
    try expectError(["evaluate", "none.safetensors", "--data", "digits:60"], 66, "none.safetensors: ")
    try expectError(["train", "--data", "nowhere"], 66, "nowhere: ")
    try expectError(["predict", model.path, "none.png"], 66, "none.png: ")
  }

  @Test("65: models that are broken")
  func brokenModels() throws {
    try folder.write("empty", [])
    try expectError(["inspect", "empty"], 65, "empty: ")
    try folder.write("text", "this is no model at all".utf8)
    try expectError(["inspect", "text"], 65, "text")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: model.path))
    try folder.write("short", bytes.dropLast())
    try expectError(["evaluate", "short", "--data", "digits:60"], 65, "short")
    try folder.write("nan", bytes.dropLast(4) + [0, 0, 0xC0, 0x7F])
    try expectError(["predict", "nan", "x.png"], 65, "nan")
  }

  @Test("65: data that is broken, and data that does not fit")
  func brokenData() throws {
    try folder.write("ragged.csv", "1,2,3\n1,2\n".utf8)
    try expectError(["train", "--data", "ragged.csv"], 65, "ragged.csv:line 2")
    try folder.write("small.csv", (0..<12).map { "\($0 % 3),1,2,3,4\n" }.joined().utf8)
    try expectError(["evaluate", model.path, "--data", "small.csv"], 65, "small.csv: does not fit ")
    try folder.write("two.csv", "0,1,2,3,4\n1,4,3,2,1\n".utf8)
    try expectError(["train", "--data", "two.csv"], 65, "two.csv: has too few samples")
    let pixels = (0..<64).map { String($0 * 4) }.joined(separator: ",")
    try folder.write("pictures.csv", (0..<12).map { "\($0 % 3),\(pixels)\n" }.joined().utf8)
    try expectError(
      ["evaluate", model.path, "--data", "pictures.csv"], 65, "pictures.csv: does not fit the model")
    try expectError(["train", "--data", "pictures.csv", "--layers", "64,2"], 65, "pictures.csv:line 3")
  }

  @Test("73 (row 59): outputs that cannot be made, told before training starts")
  func outputs() throws {
    try expectError(["train", "--output", "no/where/m.safetensors"], 73, "no/where/m.safetensors: ")
    try expectError(["train", "--output", "/dev/full"], 73, "/dev/full: ")
    try expectError(["train", "--output", folder.url.path], 73, folder.url.path)
  }

  @Test("73: a folder that vanishes while the network trains; the model is in a new folder, and said")
  func rescue() throws {
    try FileManager.default.createDirectory(atPath: folder.path("out"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: folder.path("tmp"), withIntermediateDirectories: true)
    let running = try NablaProcess.start(
      ["train", "--data", "digits:600", "--epochs", "1000000", "--quiet", "-o", "out/model"], in: folder,
      environment: ["TMPDIR": folder.path("tmp")])
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.isEmpty, Date() < deadline { usleep(5000) }
    try FileManager.default.removeItem(atPath: folder.path("out"))
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish(within: 60)
    #expect(run.status == 73)
    let refuge = try #require(run.errors.firstMatch(of: /the model is in (.*)/)?.1)
    #expect(refuge.hasPrefix(folder.path("tmp") + "/nabla-"))
    #expect(try NablaProcess.run(["inspect", String(refuge)], in: folder).status == 0)
  }

  @Test(
    "74 (row 59): a disk that fills up while the model is saved; the old model stays, nothing else is left")
  func diskFull() throws {
    try folder.write("model.safetensors", "precious".utf8)
    let run = try NablaProcess.shell(
      "ulimit -f 8; nabla train --data digits:60 --epochs 1 --quiet >&- 2>err.txt; echo $? > status.txt",
      in: folder)
    #expect(run.status == 0)
    #expect(try String(contentsOfFile: folder.path("status.txt"), encoding: .utf8) == "74\n")
    let errors = try String(contentsOfFile: folder.path("err.txt"), encoding: .utf8)
    #expect(errors.hasPrefix("nabla: error: model.safetensors: "))
    #expect(errors.split(separator: "\n").count == 1)
    #expect(try String(contentsOfFile: folder.path("model.safetensors"), encoding: .utf8) == "precious")
    #expect(folder.contents == ["err.txt", "model.safetensors", "status.txt"])
  }
}
