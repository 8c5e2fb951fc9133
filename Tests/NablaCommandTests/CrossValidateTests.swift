import Foundation
import Testing

@Suite("nabla cross-validate")
struct CrossValidateTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  /// Three classes of flowers that overlap, one line a row.
  private static let rows: [String] = (0..<90).map { index in
    let kind = index % 3
    let a = Double((index * 7919) % 101) / 50 + Double(kind)
    let b = Double((index * 104_729) % 97) / 40 - Double(kind) * 0.7
    return "\(a),\(b),\(["ash", "boxwood", "cedar"][kind])"
  }
  private static let header = "height,width,species"

  /// Numbers to learn from two others.
  private static let numbers: [String] = (0..<60).map { index in
    let a = Double((index * 7919) % 101) / 50
    let b = Double((index * 104_729) % 97) / 40
    return "\(a),\(b),\(3 * a - b * b + Double(index % 7) / 10)"
  }

  private func write(_ name: String, _ rows: [String], header: String = Self.header) throws {
    try folder.write(name, (([header] + rows).joined(separator: "\n") + "\n").utf8)
  }

  private func crossValidate(_ options: String..., data: String = "table.csv") throws -> NablaProcess {
    try NablaProcess.run(["cross-validate", "--data", data] + options, in: folder)
  }

  /// The lines of a predictions file, cells apart.
  private func predictions(_ name: String) throws -> [[String]] {
    try String(contentsOf: folder.url.appendingPathComponent(name), encoding: .utf8).split(separator: "\n")
      .map {
        $0.split(separator: ",").map(String.init)
      }
  }

  @Test("prints one line a fold, then the mean and the standard deviation")
  func text() throws {
    try write("table.csv", Self.rows)
    let run = try crossValidate("--folds", "3", "--epochs", "3")
    #expect(run.status == 0)
    #expect(run.lines.count == 5)
    for (index, line) in run.lines.prefix(3).enumerated() {
      let fold = line.wholeMatch(of: /Fold +(\d)   accuracy +\d+\.\d\d%   cost +\d\.\d{4}   F1 +[\d.]+/)?.1
      #expect(fold == "\(index + 1)")
    }
    #expect(run.lines[3].hasPrefix("Mean  "))
    #expect(run.lines[4].hasPrefix("SD  "))
    #expect(run.errors.contains("90 rows of 2 numbers"))
    #expect(try crossValidate("--folds", "3", "--epochs", "3", "--quiet").errors.isEmpty)
  }

  @Test("--json has the mean and standard deviation (n - 1) of what the folds have")
  func json() throws {
    try write("table.csv", Self.rows)
    let run = try crossValidate("--folds", "4", "--epochs", "3", "--json", "--quiet")
    let lines = try run.lines.map(JSONLine.init)
    try #require(lines.count == 5)
    let measures = ["accuracy", "cost", "macro_f1", "log_loss", "calibration_error"]
    #expect(lines[0].keys == ["fold", "samples", "epoch"] + measures)
    #expect(lines[4].keys == ["folds", "samples"] + measures.flatMap { ["\($0)_mean", "\($0)_sd"] })
    #expect(try lines.prefix(4).map { try $0.integer("samples") }.reduce(0, +) == 90)
    for key in measures {
      let values = try lines.prefix(4).map { try $0.number(key) }
      let mean = values.reduce(0, +) / 4
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 3
      #expect(try abs(lines[4].number(key + "_mean") - mean) < 1e-12)
      #expect(try abs(lines[4].number(key + "_sd") - variance.squareRoot()) < 1e-12)
    }
  }

  @Test("a fold is what nabla train gives that sees the other folds alone")
  func asTrain() throws {
    try write("table.csv", Self.rows)
    let options = ["--epochs", "5", "--hidden", "8", "--json", "--quiet"]
    let run = try crossValidate(
      "--folds", "3", "--predictions", "p.csv", "--epochs", "5", "--hidden", "8", "--json")
    let lines = try run.lines.map(JSONLine.init)
    let folds = try predictions("p.csv").dropFirst().map { Int($0[1]) }
    try #require(lines.count == 4 && folds.count == 90)
    for fold in 1...3 {
      try write("rest.csv", zip(Self.rows, folds).filter { $0.1 != fold }.map(\.0))
      try write("fold.csv", zip(Self.rows, folds).filter { $0.1 == fold }.map(\.0))
      let train = try NablaProcess.run(
        ["train", "--data", "rest.csv", "--test", "fold.csv"] + options, in: folder)
      let last = try JSONLine(#require(train.lines.dropLast().last))
      #expect(try last.number("test_accuracy") == lines[fold - 1].number("accuracy"))
    }
  }

  @Test("each sample is predicted once, in its row; the folds' measures follow from the predictions")
  func predictionsOfClasses() throws {
    try write("table.csv", Self.rows)
    let run = try crossValidate(
      "--folds", "5", "--epochs", "4", "--predictions", "p.csv", "--json", "--quiet")
    let lines = try run.lines.map(JSONLine.init)
    let table = try predictions("p.csv")
    #expect(table[0] == ["row", "fold", "target", "prediction", "ash", "boxwood", "cedar"])
    #expect(table.dropFirst().map { $0[0] } == (1...90).map(String.init))
    #expect(table.dropFirst().map { $0[2] } == Self.rows.map { String($0.split(separator: ",")[2]) })
    for row in table.dropFirst() {
      let outputs = row[4...].compactMap(Double.init)
      #expect(abs(outputs.reduce(0, +) - 1) < 1e-5)
      let largest = try #require(outputs.max())
      #expect(row[3] == table[0][4 + (outputs.firstIndex(of: largest) ?? 0)])
    }
    for fold in 1...5 {
      let rows = table.dropFirst().filter { $0[1] == "\(fold)" }
      #expect(rows.count == 18)
      let share = Double(rows.count { $0[2] == $0[3] }) / Double(rows.count)
      #expect(try abs(lines[fold - 1].number("accuracy") - share) < 1e-12)
    }
  }

  @Test("numbers are predicted in their own units")
  func predictionsOfNumbers() throws {
    try write("table.csv", Self.numbers, header: "a,b,y")
    let run = try crossValidate(
      "--folds", "4", "--epochs", "30", "--predictions", "p.csv", "--json", "--quiet")
    let lines = try run.lines.map(JSONLine.init)
    #expect(lines[0].keys == ["fold", "samples", "epoch", "rmse", "mae", "r2"])
    let table = try predictions("p.csv")
    #expect(table[0] == ["row", "fold", "target", "prediction"])
    for fold in 1...4 {
      let errors = table.dropFirst().filter { $0[1] == "\(fold)" }.compactMap { row in
        Double(row[2]).flatMap { y in Double(row[3]).map { $0 - y } }
      }
      let count = Double(errors.count)
      let rmse = (errors.map { $0 * $0 }.reduce(0, +) / count).squareRoot()
      #expect(try abs(lines[fold - 1].number("rmse") - rmse) < 1e-5 * rmse)
      #expect(try abs(lines[fold - 1].number("mae") - errors.map(abs).reduce(0, +) / count) < 1e-5 * rmse)
    }
  }

  @Test("any number of runs at once gives the same lines and predictions")
  func concurrency() throws {
    try write("table.csv", Self.rows)
    var found: Set<String> = []
    for runs in ["1", "2", "7"] {
      let run = try crossValidate(
        "--folds", "6", "--epochs", "3", "--runs", runs, "--predictions", "p.csv", "--json", "--quiet")
      #expect(run.status == 0)
      found.insert(
        run.output + (try String(contentsOf: folder.url.appendingPathComponent("p.csv"), encoding: .utf8)))
    }
    #expect(found.count == 1)
    let other = try crossValidate("--folds", "6", "--epochs", "3", "--seed", "2", "--json", "--quiet")
    #expect(!found.contains { $0.hasPrefix(other.output) })
  }

  @Test("pictures are divided without their test set; epochs are compared on a part of the other folds")
  func pictures() throws {
    let run = try crossValidate(
      "--folds", "3", "--epochs", "4", "--learning-rate", "40", "--validation", "20%", "--keep", "best",
      "--json",
      "--quiet", data: "digits:300")
    #expect(run.status == 0)
    let lines = try run.lines.map(JSONLine.init)
    #expect(try lines.prefix(3).map { try $0.integer("samples") } == [100, 100, 100])
  }

  @Test("samples of a group are never in two folds, and the group is not learned from")
  func groups() throws {
    let grouped = zip(Self.rows, 0...).map { "g\($1 / 4)," + $0 }
    try write("table.csv", grouped, header: "patient,\(Self.header)")
    let run = try crossValidate(
      "--folds", "5", "--epochs", "2", "--group", "patient", "--predictions", "p.csv", "--runs", "1")
    #expect(run.status == 0)
    #expect(run.errors.contains("5 networks [2,100,3]"))
    let folds = try predictions("p.csv").dropFirst().map { $0[1] } as [String]
    for group in stride(from: 0, to: 90, by: 4) {
      #expect(Set(folds[group..<min(group + 4, 90)]).count == 1)
    }
    let many = try crossValidate("--folds", "24", "--group", "patient", "--quiet")
    #expect(many.errors == "nabla: error: --folds: expected 2 to 23, the number of groups, found 24\n")
    let pictures = try crossValidate("--group", "patient", "--quiet", data: "digits:60")
    #expect(
      pictures.errors == "nabla: error: --group: expected with a table, found the pictures of digits:60\n")
  }

  @Test("Ctrl-C ends all folds and writes no predictions")
  func interrupted() throws {
    try write("table.csv", Self.rows)
    let running = try NablaProcess.start(
      [
        "cross-validate", "--data", "table.csv", "--folds", "3", "--epochs", "1000000", "--runs", "2",
        "--predictions", "p.csv",
      ], in: folder)
    // Before its handler is there, Ctrl-C would end it without a word.
    let deadline = Date(timeIntervalSinceNow: 60)
    while !running.errors.contains("3 networks"), Date() < deadline { usleep(2000) }
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish(within: 60)
    #expect(run.status == 130)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasSuffix("Stopped after 0 of 3 folds\n"))
    #expect(folder.contents == ["table.csv"])
  }

  @Test(
    "what makes no sense",
    arguments: [
      (["--folds", "1"], "--folds: expected a whole number, 2 or more, found '1'"),
      (["--folds", "91"], "--folds: expected 2 to 90, the number of samples, found 91"),
      (
        ["--keep", "best"],
        "--keep best: expected with a validation set to compare epochs by, such as --validation 15%, found none"
      ),
      (["--layers", "5,3"], "--layers: expected 2 inputs and at least 3 outputs for table.csv, found 5,3"),
      (["--test", "20%"], "--test: unknown option (expected --task?)"),
      (["--validation", "0"], "--validation: expected 1 to 80 samples, or a share such as 15%, found '0'"),
    ])
  func refused(options: [String], message: String) throws {
    try write("table.csv", Self.rows)
    let run = try NablaProcess.run(
      ["cross-validate", "--data", "table.csv", "--quiet", "--runs", "1"] + options, in: folder)
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: \(message)\n")
    #expect(run.output.isEmpty)
  }

  @Test("a fold whose training diverges ends the command and is named")
  func divergence() throws {
    try write("table.csv", Self.numbers, header: "a,b,y")
    let run = try crossValidate(
      "--folds", "3", "--update", "sgd", "--learning-rate", "1e6", "--quiet", "--runs", "1")
    #expect(run.status == 65)
    #expect(run.errors.hasPrefix("nabla: error: fold 1: epoch "))
    #expect(run.errors.split(separator: "\n").count == 1)
  }
}
