import Foundation
import Testing

@Suite("Tables: train, evaluate, predict")
struct TableTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.write("trees.csv", TreeTable.csv())
  }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  /// Trains on the trees; returns the lines of JSON.
  @discardableResult
  private func train(_ options: String..., data: String = "trees.csv") throws -> [String] {
    let epochs = options.contains("--epochs") ? [] : ["--epochs", "40"]
    let run = try NablaProcess.run(
      ["train", "--data", data, "--json", "--quiet", "--output", "m", "--learning-rate", "0.01"] + epochs
        + options,
      in: folder)
    #expect(run.status == 0, "\(run.errors)")
    return run.lines
  }

  private func expectError(
    _ arguments: [String], _ status: Int32, _ message: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = folder.contents
    let run = try NablaProcess.run(arguments, in: folder)
    #expect(run.status == status, sourceLocation: sourceLocation)
    #expect(run.errors == "nabla: error: \(message)\n", sourceLocation: sourceLocation)
    #expect(run.output.isEmpty && folder.contents == before, sourceLocation: sourceLocation)
  }

  private func cells(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
  }

  @Test("The model reads the raw table again: other order, other columns, no target")
  func roundTrip() throws {
    try train("--ignore", "id")
    let report = try JSONLine(nabla("evaluate", "m", "--data", "trees.csv", "--json").output)
    #expect(try report.integer("total") == 90)
    #expect(try report.number("accuracy") == 1)
    let whole = cells(try nabla("predict", "m", "trees.csv").output)
    #expect(whole[0] == ["row", "prediction", "ash", "beech", "cedar"])
    #expect(whole.dropFirst().map { $0[1] } == TreeTable.rows.map { $0[4] })
    #expect(whole.dropFirst().map { $0[0] } == (1...90).map(String.init))
    for row in whole.dropFirst() { #expect(abs(row[2...].compactMap { Double($0) }.reduce(0, +) - 1) < 1e-5) }

    try folder.write("other.csv", TreeTable.csv(["colour", "girth", "bark", "id", "height"]))
    let named = try nabla("predict", "m", "other.csv", "--id", "id", "--output", "p.csv")
    #expect(named.status == 0 && named.output.isEmpty)
    let other = cells(try String(contentsOfFile: folder.path("p.csv"), encoding: .utf8))
    #expect(other.dropFirst().map { Array($0[1...]) } == whole.dropFirst().map { Array($0[1...]) })
    #expect(other.map { $0[0] } == ["id"] + TreeTable.rows.map { $0[0] })

    let piped = try NablaProcess.shell("nabla predict m - <other.csv", in: folder)
    #expect(cells(piped.output) == whole)
    let lines = try nabla("predict", "m", "other.csv", "--id", "id", "--json").lines.map(JSONLine.init)
    #expect(try lines.map { try $0.string("prediction") } == TreeTable.rows.map { $0[4] })
    #expect(try lines[3].string("id") == "tree 3")
    #expect(try lines[3].object("outputs").keys == ["ash", "beech", "cedar"])
  }

  @Test(
    "Without a header columns have places; the target may be the first, and may be gone",
    arguments: [true, false])
  func withoutHeader(targetIsFirst: Bool) throws {
    func table(_ columns: [Int]) -> [UInt8] {
      let rows = TreeTable.rows.filter { $0[1] != "NA" }
      return Array(rows.map { row in columns.map { row[$0] }.joined(separator: ",") + "\n" }.joined().utf8)
    }
    try folder.write("bare.csv", table(targetIsFirst ? [4, 1, 3] : [1, 3, 4]))
    try train(
      "--target", targetIsFirst ? "1" : "3", "--task", "classification", "--epochs", "5", data: "bare.csv")
    let whole = try nabla("predict", "m", "bare.csv")
    #expect(whole.status == 0 && whole.lines.count == 88, "\(whole.errors)")
    try folder.write("features.csv", table([1, 3]))
    #expect(try nabla("predict", "m", "features.csv").output == whole.output)
  }

  @Test("What the model cannot read is named: line and column, or the column alone")
  func misfits() throws {
    try train("--ignore", "id")
    var rows = TreeTable.rows
    rows[4][2] = "pink"
    try folder.write("pink.csv", TreeTable.csv(rows: rows))
    try expectError(
      ["predict", "m", "pink.csv", "--output", "p.csv"], 65,
      #"pink.csv:line 6: column 3 (bark) has a word that the model does not know (expected brown, grey, white, "#
        + #"found "pink")"#)
    try folder.write("narrow.csv", TreeTable.csv(["id", "height", "girth", "kind"]))
    try expectError(
      ["evaluate", "m", "--data", "narrow.csv"], 65,
      #"narrow.csv: has no column "bark" (expected the model's columns: 3, found 4 columns)"#)
    rows[4][2] = "grey"
    rows[4][4] = "yew"
    try folder.write("yew.csv", TreeTable.csv(rows: rows))
    try expectError(
      ["train", "--data", "trees.csv", "--test", "yew.csv", "--ignore", "id", "--output", "n"], 65,
      #"yew.csv:line 6: column 5 (kind) has a class that the model does not know (expected ash, beech, cedar, "#
        + #"found "yew")"#)
    try expectError(
      ["predict", "m", "-", "--output", "no/p.csv"], 73,
      "no/p.csv: lies in a folder that does not exist (found no)")
  }

  @Test("Numbers too large for the model get no answer, and no file of answers")
  func overflow() throws {
    let rows = (0..<80).map { "\(Double($0 % 7) / 7),\(Double($0 % 5) / 5),\($0 % 2 == 0 ? "x" : "y")\n" }
      .joined()
    try folder.write("small.csv", Array("a,b,kind\n\(rows)".utf8))
    #expect(
      try nabla("train", "--data", "small.csv", "--epochs", "2", "--quiet", "--output", "m").status == 0)
    try folder.write("large.csv", Array("a,b\n0.1,0.2\n3e38,3e38\n".utf8))
    try expectError(
      ["predict", "m", "large.csv", "--output", "p.csv"], 65,
      "large.csv: row 2 has numbers too large for the model (its output is not finite)")
  }

  @Test("Models and data of the other kind are refused in one line")
  func kinds() throws {
    try train("--ignore", "id")
    let pictures = try SharedModel.get().path
    try expectError(
      ["explain", pictures, "--data", "trees.csv", "--index", "0"], 65,
      "trees.csv: does not fit the model (expected pictures, found a table)")
    try expectError(
      ["evaluate", pictures, "--data", "trees.csv"], 65,
      "trees.csv: does not fit \(pictures) (expected pictures, found a table)")
    try expectError(
      ["evaluate", "m", "--data", "digits:60"], 65,
      "digits:60: does not fit m (expected a table, found pictures)")
    try folder.write("sparse.txt", "1 1:2 2:3\n0 2:1\n".utf8)
    try expectError(
      ["predict", "m", "sparse.txt"], 65,
      "sparse.txt: cannot be read row by row (expected a table of text, such as CSV, found svmlight)")
    try expectError(
      ["data", "info", "digits:60", "--target", "x"], 64,
      "--target: expected with a table, found the pictures of digits:60")
  }

  @Test("Several real targets: trained, measured and predicted in their units")
  func realTargets() throws {
    let rows = (0..<120).map { row -> String in
      let (a, b) = (Double(row % 12), Double(row % 7))
      return "\(a),\(b),\(100 * a + 20 * b),\(0.25 - b / 10)"
    }
    try folder.write("real.csv", ((["a,b,up,down"] + rows).joined(separator: "\n") + "\n").utf8)
    try train("--target", "up,down", data: "real.csv")
    let report = try JSONLine(nabla("evaluate", "m", "--data", "real.csv", "--json").output)
    let targets = try report.objects("targets")
    #expect(try targets.map { try $0.string("name") } == ["up", "down"])
    let errors = try targets.map { try $0.number("rmse") }
    #expect(errors[0] < 60 && errors[1] < 0.06)
    let predicted = cells(try nabla("predict", "m", "real.csv").output)
    #expect(predicted[0] == ["row", "up", "down"])
    let truth = rows.map { $0.split(separator: ",").compactMap { Double($0) } }
    for (place, error) in errors.enumerated() {
      let squares = zip(predicted.dropFirst(), truth).map {
        pow((Double($0[1 + place]) ?? .nan) - $1[2 + place], 2)
      }
      #expect(abs((squares.reduce(0, +) / 120).squareRoot() - error) < 1e-4 * max(1, error))
    }
  }

  @Test(
    "Options for classes are refused where the target is numbers, and a preset for a table",
    arguments: [
      (
        ["--best-by", "accuracy", "--validation", "20%"],
        "--best-by: expected cost for a target of numbers, found accuracy"
      ),
      (
        ["--class-weight", "balanced"],
        "--class-weight: expected equal for a target of numbers, found balanced"
      ),
      (
        ["--output-activation", "sigmoid"],
        "--output-activation: expected identity for a target of numbers, found sigmoid"
      ),
      (["--augment", "shift:1"], "--augment: expected with pictures, found a table"),
      (["--preset", "book-1a"], "--preset book-1a: expected with pictures of 28 x 28 pixels, found a table"),
    ])
  func regression(options: [String], message: String) throws {
    let data = ["--data", "trees.csv", "--target", "height", "--ignore", "id", "--quiet"]
    var rows = TreeTable.rows
    for row in rows.indices where rows[row][1] == "NA" { rows[row][1] = "4.5" }
    try folder.write("trees.csv", TreeTable.csv(rows: rows))
    try expectError(["train"] + data + options, 64, message)
    let ofFolds =
      options.contains("--validation") ? Array(options.prefix(2)) + ["--validation", "20%"] : options
    try expectError(["cross-validate"] + data + ofFolds, 64, message)
  }

  @Test("A row of weight 0 teaches nothing; balanced classes change what is learned")
  func weights() throws {
    let good = TreeTable.rows.map { $0[1...].joined(separator: ",") + ",1" }
    // As many again that tell lies.
    let bad = TreeTable.rows.map { "\($0[1]),\($0[2]),\($0[3]),\($0[4] == "ash" ? "cedar" : "ash"),0" }
    let lines = ["height,bark,girth,kind,trust"] + zip(good, bad).flatMap { [$0, $1] }
    try folder.write("lies.csv", (lines.joined(separator: "\n") + "\n").utf8)
    try train("--weights", "trust", "--target", "kind", data: "lies.csv")
    let report = try JSONLine(nabla("evaluate", "m", "--data", "trees.csv", "--json").output)
    #expect(try report.number("accuracy") == 1)
    func hash(_ weight: String) throws -> String {
      let lines = try train(
        "--ignore", "id,height,bark", "--class-weight", weight, "--epochs", "1", data: "few.csv")
      return try JSONLine(#require(lines.last)).string("parameters_sha256")
    }
    let few = TreeTable.rows.filter { $0[4] != "ash" || $0[1] < "3.5" }
    try folder.write("few.csv", TreeTable.csv(rows: few))
    #expect(try hash("balanced") != hash("equal"))
  }

  @Test("--missing error, --categorical, --ignore")
  func columns() throws {
    try expectError(
      ["train", "--data", "trees.csv", "--missing", "error"], 65,
      "trees.csv:line 9: column 2 (height) has no value; --missing fill fills it (expected one in every row)")
    try train("--categorical", "girth", "--ignore", "id, height")
    let inspected = try JSONLine(nabla("inspect", "m", "--json").output)
    let columns = try inspected.object("features").objects("columns")
    #expect(try columns.map { try $0.string("name") } == ["bark", "girth"])
    #expect(columns.allSatisfy { $0.keys.contains("words") })
  }

  @Test("The test set: a share, or a file")
  func testSets() throws {
    func total(_ test: String) throws -> Int {
      try JSONLine(#require(train("--ignore", "id", "--epochs", "1", "--test", test).first)).integer(
        "test_total")
    }
    #expect(try total("20%") == 18)
    try folder.write(
      "test.csv", TreeTable.csv(["kind", "girth", "bark", "height"], rows: Array(TreeTable.rows[0..<7])))
    #expect(try total("test.csv") == 7)
  }

  @Test(
    "Each scaling, learned on the training rows; a constant column becomes 0",
    arguments: [("standard", 0), ("minmax", 0), ("pixels", 1.0 / 255), ("none", 1)])
  func scaling(scaling: String, ofConstant: Double) throws {
    let lines = ["a,same,y"] + (0..<40).map { "\($0 + 10),3,\($0 < 20 ? "low" : "high")" }
    try folder.write("a.csv", (lines.joined(separator: "\n") + "\n").utf8)
    try train("--scale", scaling, "--limit", "30", data: "a.csv")
    let features = try JSONLine(nabla("inspect", "m", "--json").output).object("features")
    #expect(try features.string("scaling") == scaling)
    let columns = try features.objects("columns")
    #expect(try abs(columns[1].number("factor") - ofConstant) < 1e-9)
    let (offset, factor) = try (columns[0].number("offset"), columns[0].number("factor"))
    switch scaling {
    case "standard": #expect(offset > 15 && offset < 40 && factor > 0.05 && factor < 0.15)
    case "minmax": #expect(offset >= 10 && offset < 15 && factor > 1.0 / 40 && factor < 1.0 / 25)
    default: #expect(offset == 0 && abs(factor - ofConstant) < 1e-9)
    }
  }

  @Test("A class with one sample is learned like the others")
  func loneClass() throws {
    var rows = TreeTable.rows
    rows[8][4] = "yew"
    try folder.write("trees.csv", TreeTable.csv(rows: rows))
    try train("--ignore", "id", "--epochs", "2")
    let target = try JSONLine(nabla("inspect", "m", "--json").output).object("target")
    #expect(target.keys == ["classes"])
    #expect(try nabla("evaluate", "m", "--data", "trees.csv", "--per-class").output.contains("yew"))
  }

  @Test("Arrays with a test set of their own, and svmlight")
  func arrays() throws {
    func npy(_ type: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
      let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
      let header = text + String(repeating: " ", count: 117 - text.utf8.count) + "\n"
      return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + data
    }
    try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: true)
    let x = (0..<40).flatMap { [UInt8($0), UInt8($0 % 5)] }
    let y = (0..<40).map { UInt8($0 < 20 ? 3 : 7) }
    for (name, array) in [
      ("x_train", npy("|i1", "40, 2", x)), ("y_train", npy("|u1", "40,", y)),
      ("x_test", npy("|i1", "2, 2", [1, 1, 39, 2])), ("y_test", npy("|u1", "2,", [3, 7])),
    ] { try folder.write("set/\(name).npy", array) }
    let last = try JSONLine(#require(train(data: "set").dropLast().last))
    #expect(try last.integer("test_total") == 2)
    let report = try JSONLine(nabla("evaluate", "m", "--data", "set", "--set", "test", "--json").output)
    #expect(try report.integer("correct") == 2)
    let info = try JSONLine(nabla("data", "info", "set", "--json").output)
    #expect(try [info.object("training").integer("count"), info.object("test").integer("count")] == [40, 2])
    #expect(try nabla("data", "show", "set", "--set", "test", "--index", "1").lines.first == "row 1: y 7")

    let lines = (0..<40).map { "\($0 < 20 ? -1 : 1) 1:\($0) 3:\($0 % 5 + 1)" }
    try folder.write("a.svm", (lines.joined(separator: "\n") + "\n").utf8)
    try train(data: "a.svm")
    let sparse = try JSONLine(nabla("evaluate", "m", "--data", "a.svm", "--json").output)
    #expect(try sparse.number("accuracy") == 1)
  }
}
