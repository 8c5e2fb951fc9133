import Foundation
import Nabla
import Testing

@Suite("A run that was cut goes on to the same bits")
struct ResumeTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private static let checkpoint = "model.checkpoint.safetensors"

  /// The options of one run, and what makes its second part another machine.
  struct Cut: Sendable, CustomTestStringConvertible {
    let options: [String]
    let threads: Int
    let instructionSet: InstructionSet
    var testDescription: String { "\(options.joined(separator: " ")), \(threads) \(instructionSet.rawValue)" }

    init(_ options: String, threads: Int, _ instructionSet: InstructionSet) {
      self.options = options.split(separator: " ").map(String.init)
      (self.threads, self.instructionSet) = (threads, instructionSet)
    }
  }

  static let cuts = [
    Cut("", threads: 2, .scalar),
    Cut("--update momentum --schedule cosine --dropout 0.2", threads: 1, .avx2),
    Cut("--update nesterov --schedule one-cycle --l1 0.5 --batch-size 32", threads: 2, .avx2),
    Cut("--update adam --schedule exponential:0.99 --validation 20% --keep best", threads: 1, .scalar),
    Cut("--update adamw --schedule step:7 --activation relu --l2 1", threads: 4, .avx2),
    Cut("--augment shift:1,rotate:10,elastic:4:20 --update momentum --batch-size 16", threads: 2, .avx2),
    Cut("--schedule halving:5:3 --validation 60 --keep best --best-by cost", threads: 2, .scalar),
  ]

  private func train(
    _ options: [String], environment: [String: String?] = [:]
  ) throws -> NablaProcess {
    try NablaProcess.run(arguments(options), in: folder, environment: environment)
  }

  private func arguments(_ options: [String]) -> [String] {
    ["train", "--data", "digits:600", "--json"] + (options.contains("--epochs") ? [] : ["--epochs", "120"])
      + options
  }

  /// Starts a run and sends it a signal when it has printed `lines` epochs and, before SIGKILL, written two
  /// checkpoints.
  private func cut(_ signal: Int32, _ options: [String], lines: Int = 3) throws -> NablaProcess {
    let generations = [Self.checkpoint, "model.checkpoint.1.safetensors"]
    let running = try NablaProcess.start(arguments(options), in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.process.isRunning {
      if running.output.split(separator: "\n").count >= lines,
        signal != SIGKILL || Set(folder.contents).isSuperset(of: generations)
      {
        break
      }
      usleep(500)
    }
    kill(running.process.processIdentifier, signal)
    return try running.finish(within: 60)
  }

  /// The epochs in lines of JSON, without the times.
  private func epochs(_ lines: [String]) -> [String] {
    lines.filter { $0.hasPrefix("{\"epoch\":") }.map { $0.replacing(/,"seconds".*/, with: "") }
  }

  private func hash(_ run: NablaProcess) throws -> String {
    try JSONLine(#require(run.lines.last)).string("parameters_sha256")
  }

  @Test("killed in the middle of an epoch", arguments: cuts)
  func killed(_ cut: Cut) throws {
    let whole = try train(cut.options)
    let model = try Data(contentsOf: URL(fileURLWithPath: folder.path("model.safetensors")))
    try FileManager.default.removeItem(atPath: folder.path("model.safetensors"))
    let options = cut.options + ["--checkpoint-every", "7-batches"]
    let killed = try self.cut(SIGKILL, options)
    try #require(killed.status == 137, "the run ended before it was killed")
    // Killed between two renames, the newest has no name yet.
    #expect(folder.contents.contains { $0.hasPrefix("model.checkpoint.") })
    let isa = cut.instructionSet.isAvailable ? cut.instructionSet.rawValue : nil
    let resumed = try train(
      options + ["--resume", "auto", "--threads", String(cut.threads)], environment: ["NABLA_ISA": isa])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("Going on from model.checkpoint."))
    #expect(try hash(resumed) == hash(whole))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("model.safetensors"))) == model)
    // Epochs after the checkpoint come twice, with the same numbers; none is missing.
    let (all, first, second) = (epochs(whole.lines), epochs(killed.lines), epochs(resumed.lines))
    #expect(second == Array(all.suffix(second.count)))
    #expect(first == Array(all.prefix(first.count)))
    #expect(first.count + second.count >= all.count)
    // Killed while it saved the best model, a run leaves half of it under a name that nothing reads.
    #expect(folder.contents.filter { !$0.hasPrefix(".nabla-") } == ["model.safetensors"])
  }

  @Test(
    "a signal ends it in good order: its exit code, no line missing or double, what to type",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func signals(signal: Int32) throws {
    let options = ["--update", "adam", "--validation", "20%", "--keep", "best", "--epochs", "150"]
    let whole = try train(options)
    try FileManager.default.removeItem(atPath: folder.path("model.safetensors"))
    let stopped = try cut(signal, options)
    #expect(stopped.status == 128 + signal)
    #expect(folder.contents == [Self.checkpoint, "model.safetensors"])
    let last = try JSONLine(#require(stopped.lines.last))
    #expect(try last.string("checkpoint") == Self.checkpoint)
    #expect(try !last.bool("finished"))
    let words = "nabla train --data digits:600 --json " + options.joined(separator: " ") + " --resume auto"
    #expect(stopped.errors.hasSuffix("Go on:  \(words)\n"))

    let resumed = try NablaProcess.shell(words, in: folder)
    #expect(resumed.status == 0)
    #expect(epochs(stopped.lines) + epochs(resumed.lines) == epochs(whole.lines))
    #expect(resumed.lines.last == whole.lines.last)
    #expect(folder.contents == ["model.safetensors"])
  }

  @Test("a second Ctrl-C ends it at once; the checkpoint loads")
  func twice() throws {
    let running = try NablaProcess.start(
      arguments(["--epochs", "100000", "--checkpoint-every", "1-batches"]), in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.split(separator: "\n").count < 2, Date() < deadline { usleep(500) }
    kill(running.process.processIdentifier, SIGINT)
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish(within: 60)
    #expect(run.status == 130)
    #expect(try NablaProcess.run(["inspect", Self.checkpoint], in: folder).status == 0)
  }

  @Test("nohup's SIGHUP stays ignored")
  func nohup() throws {
    let run = try NablaProcess.shell(
      """
      trap '' HUP
      nabla train --data digits:600 --epochs 200 --quiet > out.txt &
      while [ "$(wc -l < out.txt)" -lt 2 ]; do sleep 0.01; done
      kill -HUP $!; wait $!
      """, in: folder)
    #expect(run.status == 0)
    #expect(folder.contents == ["model.safetensors", "out.txt"])
  }

  @Test("more epochs, another output, other logs are no changes")
  func moreEpochs() throws {
    let whole = try train(["--epochs", "40"])
    _ = try cut(SIGINT, ["--epochs", "30"], lines: 2)
    let resumed = try train(
      ["--epochs", "40", "--resume", Self.checkpoint, "-o", "other.safetensors", "--quiet"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try hash(resumed) == hash(whole))
    // It is another run's file: not removed.
    #expect(folder.contents == [Self.checkpoint, "model.safetensors", "other.safetensors"])
  }

  @Test("--resume auto starts anew where there is nothing; a name needs a file")
  func fresh() throws {
    let run = try train(["--epochs", "2", "--resume", "auto"])
    #expect(run.status == 0)
    #expect(try hash(run) == GoldenTests.golden)
    let missing = try train(["--epochs", "2", "--resume", "none.safetensors"])
    #expect(missing.status == 66)
    #expect(missing.errors == "nabla: error: none.safetensors: does not exist\n")
    #expect(folder.contents == ["model.safetensors"])
  }

  @Test("a damaged checkpoint gives way to the one before, and says so")
  func damaged() throws {
    let options = ["--checkpoint-every", "3-batches"]
    let whole = try train(options)
    _ = try cut(SIGKILL, options, lines: 5)
    let url = URL(fileURLWithPath: folder.path(Self.checkpoint))
    // Killed between two renames, the newest has no name yet.
    let newest =
      folder.contents.contains(Self.checkpoint) ? Self.checkpoint : "model.checkpoint.1.safetensors"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path(newest)))
    bytes[bytes.count - 9] ^= 1
    try bytes.write(to: url)
    let resumed = try train(options + ["--resume", "auto"])
    #expect(resumed.errors.contains("\(Self.checkpoint): is damaged (expected sha256 "))
    #expect(resumed.errors.contains("Going on from model.checkpoint.1.safetensors: epoch "))
    #expect(try hash(resumed) == hash(whole))
    try bytes.write(to: url)
    let lost = try train(options + ["--resume", "auto"])
    #expect(lost.status == 65)
    #expect(lost.errors.hasPrefix("nabla: error: \(Self.checkpoint): is damaged (expected sha256 "))
  }

  @Test("tables and real targets go on too")
  func tables() throws {
    var table = "a,b,word,weight,y\n"
    var state: UInt32 = 3
    for _ in 0..<300 {
      func next() -> Double {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Double(state >> 8) / Double(1 << 24)
      }
      let (a, b, word) = (next(), next(), next() > 0.5)
      table +=
        "\(a),\(next() < 0.1 ? "" : "\(b)"),\(word ? "yes" : "no"),\(1 + next()),\(a * 3 - b + (word ? 1 : 0))\n"
    }
    try folder.write("table.csv", table.utf8)
    let options = [
      "train", "--data", "table.csv", "--target", "y", "--epochs", "400", "--validation", "20%", "--keep",
      "best", "--json", "--checkpoint-every", "1-batches",
    ]
    let whole = try NablaProcess.run(options, in: folder)
    try #require(whole.status == 0, "\(whole.errors)")
    let running = try NablaProcess.start(options, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.split(separator: "\n").count < 3 || !folder.contents.contains(Self.checkpoint),
      Date() < deadline
    { usleep(500) }
    kill(running.process.processIdentifier, SIGKILL)
    try #require(try running.finish(within: 60).status == 137)
    let resumed = try NablaProcess.run(options + ["--resume", "auto"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("Going on from "))
    #expect(resumed.lines.last == whole.lines.last)
  }
}
