import Foundation
import Testing

@Suite("nabla train --log")
struct LogTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private static let data = ["train", "--data", "digits:600", "--validation", "100"]

  private func train(_ options: String, quiet: Bool = true) throws -> NablaProcess {
    try NablaProcess.run(
      Self.data + options.split(separator: " ").map(String.init) + (quiet ? ["--quiet"] : []), in: folder)
  }

  private func lines(_ name: String) throws -> [String] {
    let text = try String(contentsOfFile: folder.path(name), encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    return text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Lines of a log of JSON without the times.
  private func epochs(_ name: String) throws -> [String] {
    try lines(name).map { $0.replacing(/,"seconds".*/, with: "") }
  }

  @Test("JSON and CSV have the numbers of --json, a line an epoch")
  func numbers() throws {
    let run = try train("--epochs 3 --schedule cosine --log a.jsonl --log b.CSV --json")
    #expect(run.status == 0, "\(run.errors)")
    let (json, csv) = try (lines("a.jsonl"), lines("b.CSV"))
    #expect(json.count == 3 && csv.count == 4)
    let columns = csv[0].split(separator: ",").map(String.init)
    for (number, line) in json.enumerated() {
      let (log, told) = try (JSONLine(line), JSONLine(run.lines[number]))
      #expect(log.keys == columns)
      for key in told.keys { #expect(try log.number(key) == told.number(key), "\(key)") }
      let row = csv[number + 1].split(separator: ",", omittingEmptySubsequences: false)
      for (key, cell) in zip(columns, row) { #expect(line.contains("\"\(key)\":\(cell)"), "\(key)") }
      #expect(Set(columns).isSuperset(of: ["test_cost", "validation_cost", "learning_rate", "is_best"]))
    }
  }

  @Test("a regression has errors instead of right answers; a log of other epochs is replaced")
  func regression() throws {
    let rows = (0..<60).map { "\($0 % 7),\($0 % 5),\(3 * ($0 % 7) + $0 % 5).5\n" }
    try folder.write("t.csv", ("a,b,y\n" + rows.joined()).utf8)
    for epochs in [4, 2] {
      let run = try NablaProcess.run(
        ["train", "--data", "t.csv", "--epochs", "\(epochs)", "--log", "run.csv", "--quiet"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let log = try lines("run.csv")
      #expect(log.count == epochs + 1)
      #expect(
        log[0] == "epoch,training_cost,test_cost,test_rmse,test_mae,test_r2,test_total,learning_rate,seconds,"
          + "samples_per_second")
    }
  }

  @Test("killed and resumed, each epoch is there once, as in a run that nothing cut")
  func killed() throws {
    let options = "--epochs 60 --checkpoint-every 5-batches --log whole.jsonl --output whole"
    #expect(try train(options).status == 0)
    let cut =
      Self.data + [
        "--epochs", "60", "--checkpoint-every", "5-batches", "--log", "cut.jsonl", "--log", "cut.csv",
        "--log",
        "tensorboard:tb",
      ]
    let running = try NablaProcess.start(cut, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.output.split(separator: "\n").count < 4 { usleep(500) }
    kill(running.process.processIdentifier, SIGKILL)
    #expect(try running.finish(within: 60).status == 137)
    // The log may be ahead of the checkpoint: that is what must be cut off. Here it is, whatever the moment.
    let file = try #require(FileHandle(forWritingAtPath: folder.path("cut.jsonl")))
    try file.seekToEnd()
    try file.write(contentsOf: Data("{\"epoch\":4000,\"training_cost\":1}\n{\"epo".utf8))
    try file.close()
    let run = try NablaProcess.run(cut + ["--resume", "auto", "--quiet"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try epochs("cut.jsonl") == epochs("whole.jsonl"))
    #expect(try lines("cut.csv").dropFirst().map { Int($0.prefix { $0 != "," }) } == (1...60).map { $0 })
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("tb")).count == 1)
  }

  @Test("a log that is asked for when a run goes on begins with the first epoch")
  func later() throws {
    let running = try NablaProcess.start(Self.data + ["--epochs", "3000"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.output.split(separator: "\n").count < 3 { usleep(500) }
    kill(running.process.processIdentifier, SIGINT)
    let stopped = try running.finish(within: 60)
    try #require(stopped.status == 130, "\(stopped.errors)")
    let resumed = try NablaProcess.start(
      Self.data + ["--epochs", "3000", "--resume", "auto", "--log", "run.jsonl"], in: folder)
    while Date() < deadline, resumed.output.split(separator: "\n").count < 2 { usleep(500) }
    kill(resumed.process.processIdentifier, SIGINT)
    _ = try resumed.finish(within: 60)
    let log = try lines("run.jsonl")
    #expect(try log.map { try JSONLine($0).integer("epoch") } == Array(1...log.count))
    #expect(log.count > 3)
  }

  @Test(
    "what is no log is refused in one line before the data are read, and left as it is",
    arguments: [
      (
        "run.txt", 64,
        "--log: expected the name of a file.jsonl or file.csv, or tensorboard:DIR, found 'run.txt'"
      ),
      (
        "tensorboard:", 64,
        "--log: expected the name of a file.jsonl or file.csv, or tensorboard:DIR, found 'tensorboard:'"
      ),
      ("a.csv --log a.csv", 64, "--log: expected each place once, found 'a.csv' twice"),
      ("a.csv --log ./a.csv", 64, "--log: expected each place once, found './a.csv' twice"),
      ("./m.csv", 64, "--log: expected another file than --output, found './m.csv'"),
      ("a.csv --report ./a.csv", 64, "--log: expected another file than --report, found 'a.csv'"),
      ("m.csv", 64, "--log: expected another file than --output, found 'm.csv'"),
      ("none/a.csv", 73, "none/a.csv: lies in a folder that does not exist (found none)"),
      ("other.csv", 73, "other.csv:line 1: is not the log of a run, and is not replaced"),
      ("tensorboard:other.csv", 73, "other.csv: is not a folder (expected a folder, found a file)"),
    ])
  func refused(log: String, status: Int32, message: String) throws {
    try folder.write("other.csv", Array("height,girth\n1,2\n".utf8))
    let run = try NablaProcess.run(
      ["train", "--data", "nothing-is-here", "--output", "m.csv"]
        + "--log \(log)".split(separator: " ").map(String.init), in: folder)
    #expect(run.status == status)
    #expect(run.errors == "nabla: error: \(message)\n")
    #expect(folder.contents == ["other.csv"])
    #expect(try lines("other.csv") == ["height,girth", "1,2"])
  }

  @Test("a disk that is full, a folder that is gone: one warning each, and the run goes on")
  func failing() throws {
    // Blocks of 512 bytes: the model and a few events fit.
    let full = try NablaProcess.shell(
      "ulimit -f 300; nabla train --data digits:600 --epochs 40 --log tensorboard:tb --log a.jsonl --quiet",
      in: folder)
    #expect(full.status == 0)
    let warnings = full.errors.split(separator: "\n")
    #expect(warnings.count == 1, "\(full.errors)")
    #expect(warnings.first?.hasPrefix("nabla: warning: tb/events.out.tfevents.") == true)
    #expect(warnings.first?.hasSuffix("; training goes on without this log") == true)
    #expect(try lines("a.jsonl").count == 40)
    #expect(folder.contents.contains("model.safetensors"))

    let running = try NablaProcess.start(
      Self.data + ["--epochs", "100000", "--log", "gone/b.csv", "--quiet"], in: makeGone())
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.output.split(separator: "\n").count < 2 { usleep(500) }
    try FileManager.default.removeItem(atPath: folder.path("gone"))
    while Date() < deadline, running.errors.isEmpty { usleep(500) }
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish(within: 60)
    #expect(run.status == 130)
    #expect(run.errors == "nabla: warning: gone/b.csv: is gone; training goes on without this log\n")
  }

  private func makeGone() throws -> Folder {
    try FileManager.default.createDirectory(atPath: folder.path("gone"), withIntermediateDirectories: true)
    return folder
  }
}
