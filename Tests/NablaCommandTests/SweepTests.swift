import Foundation
import Testing

@Suite("nabla sweep")
struct SweepTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  /// Two epochs of a small network a trial.
  private static let base = ["sweep", "--data", "digits:300", "--epochs", "2"]
  private static let rates = ["--try", "learning-rate=log:0.1..10", "--try", "hidden=5|10|20"]

  private func sweep(_ options: [String], base: [String] = Self.base) throws -> NablaProcess {
    try NablaProcess.run(base + options, in: folder)
  }

  /// Lines without what differs from run to run.
  private func timeless(_ lines: [String]) -> [String] {
    lines.map { $0.replacing(/,"seconds":[0-9.e+-]+/, with: "") }
  }

  private func file(_ name: String) throws -> [String] {
    try String(contentsOf: folder.url.appendingPathComponent(name), encoding: .utf8).split(separator: "\n")
      .map(
        String.init)
  }

  /// The lines of the trials, and the last line.
  private func trials(_ run: NablaProcess) throws -> (trials: [JSONLine], end: JSONLine) {
    let lines = try run.lines.map(JSONLine.init)
    return (Array(lines.dropFirst().dropLast()), try #require(lines.last))
  }

  @Test("prints one line a trial, the best ten, the winner's test result and its command")
  func text() throws {
    let run = try sweep(["--trials", "12"] + Self.rates)
    #expect(run.status == 0)
    for (index, line) in run.lines.prefix(12).enumerated() {
      let form = /Trial +(\d+)   accuracy \d+\.\d\d%   cost \d\.\d{4}   learning-rate=[0-9.]+ hidden=\d+/
      #expect(line.wholeMatch(of: form)?.1 == "\(index + 1)")
    }
    #expect(run.output.contains("The best of 12 trials, on the validation set:\n"))
    #expect(run.lines.count { $0.contains(/^ *\d+ +\d+ +\d+\.\d\d%/) } == 10)
    #expect(
      run.lines.contains { $0.hasPrefix("The winner, trial ") && $0.contains(", on the test set: accuracy ") }
    )
    let command = try #require(run.lines.last)
    #expect(command.hasPrefix("  nabla train --data digits:300 --epochs 2 --validation 15% --learning-rate "))
    #expect(run.errors.contains("12 trials of "))
    #expect(folder.contents.isEmpty)
  }

  @Test(
    "the command it prints gives the same validation and test figures, and the same model", arguments: [1, 5])
  func command(seed: Int) throws {
    let run = try sweep(
      ["--trials", "4", "--seed", "\(seed)", "--json", "--quiet", "--output", "winner.safetensors"]
        + Self.rates)
    let end = try trials(run).end
    #expect(try end.bool("finished"))
    #expect(try end.string("model") == "winner.safetensors")
    let train = try NablaProcess.shell(end.string("command") + " --json --quiet", in: folder)
    let epoch = try JSONLine(#require(train.lines.dropLast().last))
    for key in ["validation_accuracy", "validation_cost", "test_accuracy"] {
      #expect(try epoch.number(key) == end.number(key))
    }
    let models = ["winner.safetensors", "model.safetensors"].map {
      FileManager.default.contents(atPath: folder.path($0))
    }
    #expect(models[0] != nil && models[0] == models[1])
  }

  @Test("any number of runs at once gives the same lines", arguments: [[], ["--halving", "--epochs", "5"]])
  func concurrency(options: [String]) throws {
    let base = ["sweep", "--data", "digits:300", "--trials", "7", "--json", "--quiet"] + Self.rates
    let runs = try ["1", "2", "5"].map {
      try sweep(["--runs", $0] + (options.isEmpty ? ["--epochs", "2"] : options), base: base)
    }
    #expect(runs.allSatisfy { $0.status == 0 })
    #expect(Set(runs.map { timeless($0.lines) }).count == 1)
  }

  @Test("a trial is the same however many there are; its numbers have three digits and lie in their range")
  func drawing() throws {
    let tries = [
      "--try", "learning-rate=log:0.01..3", "--try", "batch-size=log:8..64", "--try", "dropout=0.1..0.5",
      "--try",
      "epochs=1..3", "--json", "--quiet",
    ]
    let base = ["sweep", "--data", "digits:120"]
    let many = try trials(sweep(["--trials", "12"] + tries, base: base)).trials
    let few = try trials(sweep(["--trials", "5"] + tries, base: base)).trials
    let keys = ["learning-rate", "batch-size", "dropout", "epochs"]
    func values(_ line: JSONLine) throws -> [String] {
      try keys.map { try line.object("options").string($0) }
    }
    #expect(try many.prefix(5).map(values) == few.map(values))
    for (trial, line) in many.enumerated() {
      let text = try values(line)
      #expect(try line.integer("trial") == trial + 1)
      let numbers = text.compactMap(Double.init)
      #expect(0.01...3 ~= numbers[0] && 8...64 ~= numbers[1] && 0.1...0.5 ~= numbers[2])
      for place in [0, 2] { #expect(text[place].wholeMatch(of: /0*\.?0*[0-9.]{1,4}/) != nil, "\(text)") }
      #expect(Int(text[1]) != nil && (1...3).contains(Int(text[3]) ?? 0))
      #expect(try line.integer("epochs") == Int(text[3]))
    }
    #expect(Set(try many.map(values)).count == 12)
    let seeded = try trials(sweep(["--trials", "5", "--seed", "2"] + tries, base: base)).trials
    #expect(try seeded.map(values) != few.map(values))
  }

  @Test("--grid tries all combinations; random search never tries one of lists twice")
  func grid() throws {
    let lists = ["--try", "hidden=5|10", "--try", "batch-size=10|20|50", "--json", "--quiet"]
    func values(_ options: [String]) throws -> [String] {
      try trials(sweep(options + lists)).trials.map {
        let options = try $0.object("options")
        return try options.string("hidden") + " " + options.string("batch-size")
      }
    }
    let all = try values(["--grid"])
    #expect(all == ["5 10", "5 20", "5 50", "10 10", "10 20", "10 50"])
    let drawn = try values(["--trials", "20"])
    #expect(drawn.sorted() == all.sorted())
    #expect(try values(["--trials", "4"]) == Array(drawn.prefix(4)))
  }

  @Test("an impossible combination is a trial that failed, and the search goes on")
  func failedTrial() throws {
    let run = try sweep([
      "--grid", "--try", "update=sgd|momentum", "--try", "momentum=0.5|0.9", "--json", "--quiet",
    ])
    #expect(run.status == 0)
    let found = try trials(run)
    #expect(
      try found.trials.prefix(2).allSatisfy {
        try $0.string("failed")
          == "--momentum: expected with --update momentum, nesterov, adam or adamw, found with sgd"
      })
    #expect(try found.end.integer("failed") == 2)
    #expect(try found.end.integer("best_trial") >= 3)
    let none = try sweep(["--try", "momentum=0.5|0.9", "--quiet"])
    #expect(none.status == 64)
    #expect(
      none.errors
        == "nabla: error: --try: no trial could be trained to its end; trial 1: --momentum: expected with --update "
        + "momentum, nesterov, adam or adamw, found with sgd\n")
  }

  @Test(
    "halving trains the better half on, to their last epoch",
    arguments: [[], ["--update", "momentum", "--schedule", "cosine", "--keep", "best", "--dropout", "0.1"]])
  func halving(settings: [String]) throws {
    let options =
      ["--halving", "--trials", "9", "--epochs", "7", "--json", "--quiet"] + settings + Self.rates
    let run = try sweep(options, base: ["sweep", "--data", "digits:300"])
    let (lines, end) = try trials(run)
    let rounds = try Dictionary(grouping: lines) { try $0.integer("round") }
    // 7/8, 7/4, 7/2 and 7 epochs, rounded up.
    #expect(
      try rounds.mapValues { Set(try $0.map { try $0.integer("epochs") }) } == [
        1: [1], 2: [2], 3: [4], 4: [7],
      ])
    #expect(rounds.mapValues(\.count) == [1: 9, 2: 5, 3: 3, 4: 2])
    for round in 1...3 {
      let ranked = try (rounds[round] ?? []).sorted {
        try ($1.number("validation_accuracy"), $0.integer("trial"))
          < ($0.number("validation_accuracy"), $1.integer("trial"))
      }
      let next = try (rounds[round + 1] ?? []).map { try $0.integer("trial") }
      #expect(try ranked.prefix(next.count).map { try $0.integer("trial") }.sorted() == next)
    }
    // A run that went on in memory is the run of nabla train.
    let train = try NablaProcess.shell(end.string("command") + " --json --quiet", in: folder)
    let kept = try JSONLine(#require(train.lines.last)).integer("kept_epoch")
    let epoch = try JSONLine(train.lines[kept - 1])
    for key in ["validation_accuracy", "validation_cost", "test_accuracy"] {
      #expect(try epoch.number(key) == end.number(key))
    }
  }

  // MARK: Results

  @Test(
    "an interrupted results file goes on: no finished trial is trained again",
    arguments: [[], ["--halving", "--epochs", "6"]])
  func resume(options: [String]) throws {
    let options =
      ["--trials", "6", "--runs", "1", "--json", "--quiet"] + (options.isEmpty ? ["--epochs", "2"] : options)
      + Self.rates
    let base = ["sweep", "--data", "digits:300"]
    let whole = try sweep(options + ["--results", "whole.jsonl"], base: base)
    let lines = try file("whole.jsonl")
    #expect(lines == Array(whole.lines.dropLast()))
    for kept in [1, 4, lines.count - 1, lines.count] {
      // The seconds tell a line that was kept from one that was written again.
      let marked = lines.prefix(kept).map { $0.replacing(/"seconds":[0-9.e+-]+/, with: "\"seconds\":77.0") }
      let truncated = kept < lines.count ? String(lines[kept].dropLast(5)) : ""
      try folder.write("part.jsonl", (marked.joined(separator: "\n") + "\n" + truncated).utf8)
      let run = try sweep(options + ["--results", "part.jsonl"], base: base)
      #expect(run.status == 0)
      #expect(timeless(run.lines) == timeless(whole.lines))
      let found = try file("part.jsonl")
      #expect(timeless(found) == timeless(lines))
      #expect(found.count { $0.contains("\"seconds\":77.0") } == kept - 1)
    }
  }

  @Test("more trials go on from the results of fewer")
  func moreTrials() throws {
    let options = ["--runs", "1", "--json", "--quiet", "--results", "r.jsonl"] + Self.rates
    #expect(try sweep(options + ["--trials", "2"]).status == 0)
    let first = try file("r.jsonl")
    let run = try sweep(options + ["--trials", "4"])
    #expect(try Array(file("r.jsonl").prefix(3)) == first)
    #expect(try trials(run).trials.count == 4)
  }

  @Test("Ctrl-C keeps the finished trials; the same command goes on")
  func interrupted() throws {
    let options = ["--trials", "8", "--runs", "2", "--epochs", "40", "--results", "r.jsonl"] + Self.rates
    let base = ["sweep", "--data", "digits:300"]
    let running = try NablaProcess.start(base + options, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.split(separator: "\n").count < 2, Date() < deadline { usleep(2000) }
    kill(running.process.processIdentifier, SIGINT)
    let stopped = try running.finish(within: 60)
    #expect(stopped.status == 130)
    #expect(stopped.errors.contains("Stopped after "))
    #expect(stopped.errors.hasSuffix("r.jsonl has them; the same command goes on from there\n"))
    let kept = try file("r.jsonl")
    #expect((3..<9).contains(kept.count))
    let resumed = try sweep(options, base: base)
    #expect(resumed.status == 0)
    #expect(try Array(file("r.jsonl").prefix(kept.count)) == kept)
    let whole = try sweep(Array(options.dropLast(6)) + Self.rates, base: base)
    #expect(resumed.output == whole.output)
  }

  @Test(
    "the results of another search are refused and stay as they were",
    arguments: [
      (["--seed", "2"], "expected options [\"--data\",\"digits:300\",\"--epochs\",\"2\",\"--seed\",\"2\""),
      (["--l2", "1"], "expected options ["), (["--halving"], "expected halving true, found halving false"),
      (["--try", "l2=0..1"], "expected try ["),
    ])
  func otherSearch(options: [String], expected: String) throws {
    let results = ["--trials", "2", "--results", "r.jsonl", "--quiet"]
    #expect(try sweep(results + Self.rates).status == 0)
    let before = try file("r.jsonl")
    let run = try sweep(results + Self.rates + options)
    #expect(run.status == 65)
    #expect(
      run.errors.hasPrefix("nabla: error: r.jsonl:line 1: holds the results of another search; --results "))
    #expect(run.errors.contains(expected))
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(try file("r.jsonl") == before)
  }

  @Test(
    "a file that holds no results is refused and stays as it was",
    arguments: ["a,b\n1,2\n", "notes", "{}\n", "\u{FF}\n"])
  func foreignFile(content: String) throws {
    try folder.write("r.jsonl", content.utf8)
    let run = try sweep(["--trials", "2", "--results", "r.jsonl", "--quiet"] + Self.rates)
    #expect(run.status == 65)
    #expect(run.errors == "nabla: error: r.jsonl:line 1: is not the results of a search\n")
    #expect(FileManager.default.contents(atPath: folder.path("r.jsonl")) == Data(content.utf8))
  }

  @Test("a line that is no trial, and a trial with other options")
  func badLines() throws {
    let options = ["--trials", "2", "--runs", "1", "--results", "r.jsonl", "--quiet"] + Self.rates
    #expect(try sweep(options).status == 0)
    let lines = try file("r.jsonl")
    try folder.write("r.jsonl", (lines.joined(separator: "\n") + "\n{\"trial\":3}\n").utf8)
    #expect(try sweep(options).errors == "nabla: error: r.jsonl:line 4: is not the result of a trial\n")
    let other = lines[1].replacing(/"hidden":"\d+"/, with: "\"hidden\":\"7\"")
    try folder.write("r.jsonl", ([lines[0], other].joined(separator: "\n") + "\n").utf8)
    let run = try sweep(options)
    #expect(run.status == 65)
    #expect(run.errors.hasPrefix("nabla: error: r.jsonl:line 2: has other options for trial 1 (expected "))
  }

  // MARK: Tables

  @Test("numbers are compared by RMSE; scalings are tried on the same rows")
  func table() throws {
    let rows = (0..<80).map { index in
      let a = Double((index * 7919) % 101) / 5
      let b = Double((index * 104_729) % 97) / 400
      return "\(a),\(b),\(a + 40 * b + Double(index % 5))"
    }
    try folder.write("table.csv", ((["a,b,y"] + rows).joined(separator: "\n") + "\n").utf8)
    let base = ["sweep", "--data", "table.csv", "--epochs", "10", "--json", "--quiet"]
    let run = try sweep(
      ["--grid", "--try", "scale=standard|minmax|none", "--try", "learning-rate=0.001|0.01"], base: base)
    let (lines, end) = try trials(run)
    try #require(lines.count == 6)
    let best = try lines.map { try $0.number("validation_rmse") }.min()
    #expect(try end.number("validation_rmse") == best)
    let train = try NablaProcess.shell(end.string("command") + " --json --quiet", in: folder)
    let epoch = try JSONLine(#require(train.lines.dropLast().last))
    for key in ["validation_rmse", "test_rmse", "test_mae"] {
      #expect(try epoch.number(key) == end.number(key))
    }
  }

  @Test("--best-by cost decides by the cost, which must be the same one in all trials")
  func bestByCost() throws {
    let run = try sweep(["--best-by", "cost", "--trials", "5", "--json", "--quiet"] + Self.rates)
    let (lines, end) = try trials(run)
    let best = try lines.map { try $0.number("validation_cost") }.min()
    #expect(try end.number("validation_cost") == best)
    let costs = try sweep(["--best-by", "cost", "--try", "cost=quadratic|cross-entropy", "--quiet"])
    #expect(costs.status == 64)
    #expect(
      costs.errors
        == "nabla: error: --best-by cost: expected the same cost in all trials, found cross-entropy and quadratic\n"
    )
  }

  @Test("a trial is measured at the epoch it keeps")
  func keepBest() throws {
    let run = try sweep(
      ["--keep", "best", "--epochs", "8", "--try", "learning-rate=20|40", "--json", "--quiet"],
      base: ["sweep", "--data", "digits:300"])
    let (lines, end) = try trials(run)
    let trial = try #require(try lines.first { try $0.integer("trial") == end.integer("best_trial") })
    let train = try NablaProcess.shell(end.string("command") + " --json --quiet", in: folder)
    let last = try JSONLine(#require(train.lines.last))
    #expect(try last.integer("kept_epoch") == trial.integer("kept_epoch"))
    #expect(try last.number("best_validation_accuracy") == end.number("validation_accuracy"))
  }

  // MARK: What makes no sense

  @Test(
    "is refused before anything is trained",
    arguments: [
      ([], "--try: expected at least once, such as --try 'learning-rate=log:0.01..3', found nowhere"),
      (["--try", "coste=1"], "--try coste: unknown option (expected --cost?)"),
      (
        ["--try", "epochs"],
        "--try: expected OPTION=VALUES, such as learning-rate=log:0.01..3, found 'epochs'"
      ),
      (["--try", "=1"], "--try: expected OPTION=VALUES, such as learning-rate=log:0.01..3, found '=1'"),
      (
        ["--try", "learning-rate=3..1"],
        "--try learning-rate: expected the smaller number first, found '3..1'"
      ),
      (
        ["--try", "learning-rate=log:0..1"],
        "--try learning-rate: expected numbers above 0, the smaller one first, found 'log:0..1'"
      ),
      (
        ["--try", "learning-rate=log:1|2"],
        "--try learning-rate: expected log:A..B with two numbers, found 'log:1|2'"
      ),
      (
        ["--try", "hidden="], "--try hidden: expected values A|B|C, a range A..B or log:A..B, found ''"
      ),
      (
        ["--try", "hidden=5||7"],
        "--try hidden: expected values A|B|C, a range A..B or log:A..B, found '5||7'"
      ),
      (["--try", "epochs=1|2.5"], "--try epochs: expected a whole number, 1 to 1000000, found '2.5'"),
      (
        ["--try", "dropout=0..1"],
        "--try dropout: expected a number from 0 up, below 1, or several, such as 0.2,0.5, found '1'"
      ),
      (
        ["--try", "update=sgd|adom"],
        "--try update: expected sgd, momentum, nesterov, adam or adamw, found 'adom'"
      ),
      (["--try", "l2=0|1", "--try", "l2=2|3"], "--try l2: expected once, found twice"),
      (["--l2", "1", "--try", "l2=2|3"], "--try l2: expected an option that is not fixed, found --l2 too"),
      (
        ["--try", "seed=1|2"],
        "--try seed: expected an option of the network, its update, regularization or run; samples, seed and output "
          + "are the same in all trials"
      ),
      (
        ["--try", "test-at=epoch|end"],
        "--try test-at: expected an option of the network, its update, regularization or run; samples, seed and output "
          + "are the same in all trials"
      ),
      (["--grid", "--try", "l2=0..1"], "--grid: expected lists A|B|C, found a range of l2"),
      (["--trials", "0", "--try", "l2=0|1"], "--trials: expected a whole number, 1 to 1000000, found '0'"),
      (["--threads", "2", "--try", "l2=0|1"], "--threads: unknown option (expected --trials?)"),
      (["--epochs", "3", "--try", "l2=0|1"], "--epochs: expected once, found twice"),
    ])
  func refused(options: [String], message: String) throws {
    let run = try sweep(options + ["--quiet", "--results", "r.jsonl"])
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: \(message)\n")
    #expect(run.output.isEmpty)
    #expect(folder.contents.isEmpty)
  }
}
