import Foundation
import Testing

@Suite("What is read is not written over")
struct SparedFilesTests {
  @Test("An output that is a file the command reads, by another name, is refused, and the file stays")
  func spared() throws {
    let folder = try Folder()
    try folder.write("t.csv", TreeTable.csv())
    try folder.write("u.csv", TreeTable.csv())
    let run = try NablaProcess.run(["train", "--data", "t.csv", "--epochs", "1", "--quiet"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let contents = folder.contents
    let (model, table) = ("model.safetensors", "./t.csv")
    for (arguments, message) in [
      (["train", "--data", "t.csv", "--output", table], "--output: expected another file than --data"),
      (
        ["train", "--data", "t.csv", "--test", "u.csv", "--output", "./u.csv"],
        "--output: expected another file than --test"
      ),
      (
        ["train", "--data", "t.csv", "--validation", "u.csv", "--log", "./u.csv"],
        "--log: expected another file than --validation"
      ),
      (["train", "--data", "t.csv", "--report", table], "--report: expected another file than --data"),
      (["train", "--data", "t.csv", "--log", table], "--log: expected another file than --data"),
      (["train", "--data", "t.csv", "--profile", table], "--profile: expected another file than --data"),
      (
        ["train", "--data", "t.csv", "--checkpoint", "./\(model)"],
        "--checkpoint: expected another file than --output"
      ),
      (["report", model, "--data", "t.csv", "-o", table], "--output: expected another file than --data"),
      (
        ["report", model, "--data", "t.csv", "-o", "./\(model)"],
        "--output: expected another file than the model"
      ),
      (["predict", model, "t.csv", "--output", table], "--output: expected another file than the table"),
      (
        ["cross-validate", "--data", "t.csv", "--predictions", table],
        "--predictions: expected another file than --data"
      ),
      (
        ["sweep", "--data", "t.csv", "--try", "learning-rate=log:0.01..3", "--results", table],
        "--results: expected another file than --data"
      ),
      (
        ["export", model, "--to", "onnx", "--output", "./\(model)"],
        "--output: expected another file than the model"
      ),
    ] {
      let files = try [model, "t.csv"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path($0))) }
      let run = try NablaProcess.run(arguments, in: folder)
      #expect(run.status == 64, "\(arguments)")
      #expect(run.errors.hasPrefix("nabla: error: \(message)"), "\(run.errors)")
      #expect(
        try [model, "t.csv"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path($0))) } == files)
      #expect(folder.contents == contents)
    }
  }
}
