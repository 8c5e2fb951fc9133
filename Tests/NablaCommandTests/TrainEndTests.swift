import Foundation
import Testing

@Suite("How a run of nabla train ends: what is kept, what is said, what the model tells")
struct TrainEndTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private func train(_ options: String...) throws -> NablaProcess {
    try NablaProcess.run(["train", "--data", "digits:600", "--validation", "20%"] + options, in: folder)
  }

  private func inspected() throws -> JSONLine {
    try JSONLine(NablaProcess.run(["inspect", "model.safetensors", "--json"], in: folder).output)
  }

  /// Expects the file, the last line and the metadata to be about the same model: that of `epoch`.
  private func expectKept(_ epoch: Int, of run: NablaProcess) throws {
    let last = try JSONLine(#require(run.lines.last))
    #expect(try last.integer("kept_epoch") == epoch)
    let model = try inspected()
    #expect(try model.string("parameters_sha256") == last.string("parameters_sha256"))
    let training = try model.object("training")
    #expect(try training.string("kept_epoch") == String(epoch))
    let line = try #require(run.lines.map(JSONLine.init).first { (try? $0.integer("epoch")) == epoch })
    for key in ["test_correct", "validation_correct"] {
      #expect(try training.string(key) == String(line.integer(key)))
    }
    let measured = try JSONLine(
      NablaProcess.run(["evaluate", "model.safetensors", "--data", "digits:600", "--json"], in: folder).output
    )
    #expect(try measured.integer("correct") == line.integer("test_correct"))
  }

  /// A rate that grows worse: the best epoch is not the last.
  private let wavering = ["--epochs", "12", "--learning-rate", "40", "--json"]

  private func train(_ options: [String]) throws -> NablaProcess {
    try NablaProcess.run(["train", "--data", "digits:600", "--validation", "20%"] + options, in: folder)
  }

  /// The epoch with the largest validation accuracy, the first of several.
  private func best(of run: NablaProcess, by key: String = "validation_accuracy", sign: Double = 1) throws
    -> Int
  {
    let epochs = try run.lines.map(JSONLine.init).filter {
      $0.keys.contains("epoch") && $0.keys.contains(key)
    }
    let values = try epochs.map { try sign * $0.number(key) }
    let largest = try #require(values.max())
    return try #require(values.firstIndex(of: largest)) + 1
  }

  @Test("--keep last saves the last epoch and says which would be better")
  func keepLast() throws {
    let run = try train(wavering)
    let best = try best(of: run)
    try #require(best != 12)
    try expectKept(12, of: run)
    #expect(run.errors.contains("Best epoch: \(best), "))
    #expect(
      run.errors.contains("Saved model.safetensors: epoch 12, the last (--keep best saves epoch \(best))"))
  }

  @Test("--keep best saves the best epoch on the validation set, by accuracy or by cost")
  func keepBest() throws {
    let byAccuracy = try train(wavering + ["--keep", "best"])
    let best = try best(of: byAccuracy)
    try expectKept(best, of: byAccuracy)
    #expect(try JSONLine(#require(byAccuracy.lines.last)).integer("best_epoch") == best)
    #expect(byAccuracy.errors.contains("Saved model.safetensors: epoch \(best), the best"))
    let byCost = try train(wavering + ["--keep", "best", "--best-by", "cost"])
    try expectKept(self.best(of: byCost, by: "validation_cost", sign: -1), of: byCost)
    #expect(byCost.errors.contains(" of the validation set (cost "))
  }

  @Test("--patience ends the run so many epochs after the best")
  func patience() throws {
    let run = try train("--epochs", "1000", "--patience", "3", "--learning-rate", "40", "--json")
    let last = try JSONLine(#require(run.lines.last))
    #expect(run.status == 0)
    #expect(try last.bool("finished"))
    #expect(try last.string("reason") == "patience")
    let best = try last.integer("best_epoch")
    #expect(run.lines.filter { $0.contains("training_cost") }.count == best + 3)
    try expectKept(best + 3, of: run)
    #expect(run.errors.contains("Ended after epoch \(best + 3): 3 epochs without a better one"))
    #expect(try inspected().object("training").string("epochs_done") == String(best + 3))
  }

  @Test("halving ends the run with its last halving, and the lines show the rate")
  func halvings() throws {
    let run = try train("--epochs", "1000", "--schedule", "halving:2:2", "--learning-rate", "40", "--json")
    let last = try JSONLine(#require(run.lines.last))
    #expect(try last.string("reason") == "halvings")
    let rates = try run.lines.filter { $0.contains("training_cost") }.map {
      try JSONLine($0).number("learning_rate")
    }
    #expect(Set(rates) == [40, 20])
    #expect(rates == rates.sorted(by: >))
    let text = try train("--epochs", "2", "--schedule", "exponential:0.5")
    #expect(text.lines[0].contains("   η 3   "))
    #expect(text.lines[1].contains("   η 1.5   "))
    #expect(text.lines.allSatisfy { $0.contains("   validation ") })
  }

  @Test("Ctrl-C with --keep best saves the best epoch so far")
  func interrupted() throws {
    let running = try NablaProcess.start(
      [
        "train", "--data", "digits:600", "--validation", "60", "--keep", "best", "--epochs", "1000000",
        "--json",
      ],
      in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.split(separator: "\n").count < 3, Date() < deadline { usleep(2000) }
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish(within: 60)
    #expect(run.status == 130)
    let last = try JSONLine(#require(run.lines.last))
    #expect(try last.string("reason") == "stopped")
    #expect(try last.integer("kept_epoch") == best(of: run))
    #expect(run.errors.contains("Stopped "))
    #expect(run.errors.contains(", the best\nGo on:  nabla train "))
    #expect(
      try inspected().object("training").string("kept_epoch") == String(last.integer("kept_epoch")))
  }

  // MARK: A run that learns nothing

  @Test("a run that learns nothing says so once, with options to try; --quiet does not")
  func learnsNothing() throws {
    let hopeless = [
      "train", "--data", "digits:2000", "--epochs", "4", "--layers", "784,800,10", "--learning-rate", "3",
      "--batch-size", "100",
    ]
    let text = try NablaProcess.run(hopeless, in: folder)
    #expect(text.status == 0)
    let warnings = text.errors.split(separator: "\n").filter { $0.hasPrefix("Learns nothing: ") }
    #expect(warnings.count == 1)
    let sentence =
      /Learns nothing: after [2-4] epochs \d+\.\d% of the test set, (\d+)% of the outputs are saturated; try (.*)/
    let match = try #require(warnings.first?.wholeMatch(of: sentence))
    #expect(Int(match.1).map { $0 > 50 } == true)
    #expect(match.2.wholeMatch(of: /--learning-rate 0\.\d or --cost cross-entropy/) != nil)
    #expect(text.lines.count == 4)
    let json = try NablaProcess.run(hopeless + ["--json", "--quiet"], in: folder)
    #expect(json.errors.isEmpty)
    let warning = try JSONLine(#require(json.lines.first { $0.contains("\"warning\"") }))
    #expect(
      warning.keys == [
        "warning", "epoch", "accuracy", "chance", "saturated_output_share", "saturated_hidden_shares", "try",
      ])
    #expect(try warning.number("saturated_output_share") > 0.5)
    #expect(try warning.numbers("saturated_hidden_shares").count == 1)
    #expect(json.lines.count == 6)
  }

  @Test("with the default learning rate the same network learns, and nothing is said")
  func learns() throws {
    let run = try NablaProcess.run(
      ["train", "--data", "digits:2000", "--epochs", "4", "--layers", "784,800,10", "--batch-size", "100"],
      in: folder)
    #expect(!run.errors.contains("Learns nothing"))
  }
}
