import Foundation
import Testing

@Suite("nabla train")
struct TrainTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  @Test("prints one line an epoch as the book does, and saves the model")
  func text() throws {
    let run = try NablaProcess.run(["train", "--data", "digits:600", "--epochs", "2"], in: folder)
    #expect(run.status == 0)
    #expect(run.lines.count == 2)
    for (number, line) in run.lines.enumerated() {
      #expect(
        line.wholeMatch(of: /Epoch (\d+): +\d+ \/ 100   cost \d\.\d{4} +[\d,]+ samples\/s/)?.1
          == "\(number + 1)")
    }
    #expect(folder.contents == ["model.safetensors"])
    #expect(run.errors.contains("Network [784,30,10]: 23,860 parameters"))
    #expect(run.errors.contains("nabla explain model.safetensors --data digits:600 --index 0"))
    #expect(run.errors.contains("reads "))
  }

  @Test("sends no escape codes and no carriage returns where nobody watches")
  func noEscapeCodes() throws {
    let run = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "1"], in: folder, environment: ["TERM": "xterm-256color"])
    #expect(!(run.output + run.errors).contains { $0 == "\u{1B}" || $0 == "\r" })
  }

  @Test("--quiet prints the epochs and nothing else")
  func quiet() throws {
    let run = try NablaProcess.run(["train", "--data", "digits:600", "--epochs", "1", "--quiet"], in: folder)
    #expect(run.status == 0)
    #expect(run.lines.count == 1)
    #expect(run.errors.isEmpty)
  }

  @Test("--json prints one object a line with stable keys, and nothing else on stdout")
  func json() throws {
    let trained = try SharedModel.get()
    try #require(trained.lines.count == 3)
    for (number, line) in trained.lines.dropLast().enumerated() {
      let epoch = try JSONLine(line)
      #expect(
        epoch.keys == [
          "epoch", "training_cost", "test_correct", "test_total", "test_accuracy", "seconds",
          "samples_per_second",
        ])
      #expect(try epoch.integer("epoch") == number + 1)
      #expect(try epoch.integer("test_total") == 100)
      #expect(try epoch.number("test_accuracy") == Double(epoch.integer("test_correct")) / 100)
      #expect(try epoch.number("seconds") > 0)
    }
    let last = try JSONLine(trained.lines[2])
    #expect(
      last.keys == [
        "finished", "reason", "kept_epoch", "best_epoch", "best_test_accuracy", "model", "parameters_sha256",
      ])
    #expect(try last.string("reason") == "finished")
    #expect(try last.integer("kept_epoch") == 2)
    #expect(try last.bool("finished"))
    #expect(try last.string("model") == "shared.safetensors")
    #expect(try last.string("parameters_sha256").wholeMatch(of: /[0-9a-f]{64}/) != nil)
  }

  @Test("--validation N holds out N samples and reports on them")
  func validation() throws {
    let run = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "1", "--validation", "50", "--limit", "500", "--json"],
      in: folder)
    let epoch = try JSONLine(try #require(run.lines.first))
    #expect(try epoch.integer("validation_total") == 50)
    #expect(Array(epoch.keys[5...7]) == ["validation_correct", "validation_total", "validation_accuracy"])
    #expect(epoch.keys[8] == "validation_cost")
    #expect(
      run.errors.contains("50 training samples are held out as validation set, each class in its share"))
    #expect(run.errors.contains("Training on the first 500 samples"))
    let last = try JSONLine(#require(run.lines.last))
    #expect(try last.number("best_validation_accuracy") == epoch.number("validation_accuracy"))
    #expect(!last.keys.contains("published_accuracy"))
    let inspected = try NablaProcess.run(["inspect", "model.safetensors", "--json"], in: folder)
    #expect(try JSONLine(inspected.output).object("training").string("training_samples") == "500")
    #expect(try JSONLine(inspected.output).object("training").string("validation") == "50")
  }

  @Test("--json with a preset: the book's result is in the last line")
  func bookResult() throws {
    let run = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "1", "--preset", "book-3b", "--json", "--quiet"],
      in: folder)
    let last = try JSONLine(#require(run.lines.last))
    #expect(
      last.keys == [
        "finished", "reason", "kept_epoch", "best_epoch", "best_test_accuracy", "published_in",
        "published_accuracy", "published_set", "model", "parameters_sha256",
      ])
    #expect(try last.string("published_in") == "The book, chapter 3")
    #expect(try last.number("published_accuracy") == 0.9792)
    #expect(try last.string("published_set") == "validation")
  }

  @Test("--test-at end measures the test set once, on the network that is kept; the network is the same")
  func testAtEnd() throws {
    let options = ["train", "--data", "digits:600", "--epochs", "3", "--validation", "100", "--keep", "best"]
    let each = try NablaProcess.run(options + ["--json"], in: folder)
    let run = try NablaProcess.run(options + ["--json", "--test-at", "end"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    for line in run.lines.dropLast() { #expect(try !JSONLine(line).keys.contains("test_accuracy")) }
    let last = try JSONLine(#require(run.lines.last))
    #expect(
      last.keys == [
        "finished", "reason", "kept_epoch", "best_epoch", "test_correct", "test_total", "test_accuracy",
        "best_validation_accuracy", "model", "parameters_sha256",
      ])
    let kept = try last.integer("kept_epoch")
    #expect(try last.number("test_accuracy") == JSONLine(each.lines[kept - 1]).number("test_accuracy"))
    let before = try JSONLine(#require(each.lines.last))
    #expect(try last.string("parameters_sha256") == before.string("parameters_sha256"))
    let wrong = try 100 - last.integer("test_correct")
    #expect(run.errors.contains("Test set, measured once: "))
    #expect(run.errors.contains(", \(wrong) of 100 misread"))
    let inspected = try NablaProcess.run(["inspect", "model.safetensors", "--json"], in: folder)
    #expect(
      try JSONLine(inspected.output).object("training").string("test_correct")
        == String(last.integer("test_correct")))
  }

  @Test(
    "--test-at end without a validation set: no epoch is the best, and a warning tells of the training samples"
  )
  func testAtEndAlone() throws {
    let run = try NablaProcess.run(
      [
        "train", "--data", "digits:600", "--epochs", "2", "--learning-rate", "1000", "--test-at", "end",
        "--json",
      ],
      in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.lines.last?.contains("\"best_epoch\":null") == true)
    #expect(!run.errors.contains("Best epoch"))
    #expect(run.errors.contains("% of the training set, "))
    #expect(!run.errors.contains("% of the test set, 100%"))
  }

  /// Lines of a CSV file: labels in turn, 8 x 8 pixels each.
  private func samples(_ count: Int, classes: Int) -> String {
    (0..<count).map { sample in
      let pixels = (0..<64).map { String(($0 * 7 + sample * 31) % 256) }.joined(separator: ",")
      return "\(sample % classes),\(pixels)\n"
    }.joined()
  }

  @Test("a validation set with more classes than the network is refused before training starts")
  func validationClasses() throws {
    try folder.write("training.csv", samples(24, classes: 3).utf8)
    try folder.write("other.csv", samples(24, classes: 12).utf8)
    let run = try NablaProcess.run(
      ["train", "--data", "training.csv", "--epochs", "1", "--validation", "other.csv", "--quiet"], in: folder
    )
    #expect(run.status == 65)
    #expect(
      run.errors == "nabla: error: other.csv:line 11: has a label that is not one of the 10 classes "
        + "(expected 0 ... 9, found 10)\n")
    #expect(run.output.isEmpty)
    #expect(folder.contents == ["other.csv", "training.csv"])
  }

  @Test("a validation set whose name begins like a number", arguments: ["2024-set", "."])
  func validationName(name: String) throws {
    let files = name == "." ? "" : "\(name)/"
    try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    try folder.write("\(files)train-images-idx3-ubyte", IDXBytes.images(12, rows: 8, columns: 8))
    try folder.write("\(files)train-labels-idx1-ubyte", IDXBytes.labels((0..<12).map { $0 % 3 }))
    try folder.write("training.csv", samples(24, classes: 3).utf8)
    let run = try NablaProcess.run(
      ["train", "--data", "training.csv", "--epochs", "1", "--validation", name, "--json", "--quiet"],
      in: folder)
    #expect(run.errors.isEmpty)
    #expect(try JSONLine(#require(run.lines.first)).integer("validation_total") == 12)
  }

  @Test("CSV without a test set: the last sixth is held out, and said")
  func csv() throws {
    try folder.write("small.csv", samples(24, classes: 3).utf8)
    let run = try NablaProcess.run(["train", "--data", "small.csv", "--epochs", "1"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("/ 4 "))
    #expect(run.errors.contains("the last 4 samples are held out"))
    #expect(run.errors.contains("Network [64,30,10]"))
  }

  @Test(
    "a preset sets what the book sets",
    arguments: [
      ("book-1a", "[784,30,10]", "quadratic", "3.0", "0.0"),
      ("book-1b", "[784,100,10]", "quadratic", "3.0", "0.0"),
      ("book-3a", "[784,30,10]", "cross-entropy", "0.5", "5.0"),
      ("book-3b", "[784,100,10]", "cross-entropy", "0.5", "5.0"),
      ("book-3c", "[784,100,10]", "cross-entropy", "0.1", "5.0"),
    ])
  func preset(name: String, topology: String, cost: String, learningRate: String, l2: String) throws {
    let arguments = ["train", "--data", "digits:600", "--limit", "60", "--epochs", "1", "--preset", name]
    let run = try NablaProcess.run(arguments, in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("Network \(topology)"))
    #expect(run.errors.contains("The book, chapter \(name.contains("1") ? 1 : 3): 9"))
    let model = try JSONLine(NablaProcess.run(["inspect", "model.safetensors", "--json"], in: folder).output)
    let training = try model.object("training")
    #expect(try model.string("cost") == cost)
    #expect(try training.string("preset") == name)
    #expect(try training.string("learning_rate") == learningRate)
    #expect(try training.string("l2") == l2)
    #expect(try training.string("batch_size") == "10")
    #expect(try training.string("init") == "large")
    #expect(try training.string("epochs") == "1")
  }

  @Test("a run that diverges says so and leaves the old model alone")
  func divergence() throws {
    try folder.write("model.safetensors", "precious".utf8)
    let run = try NablaProcess.run(
      [
        "train", "--data", "digits:600", "--epochs", "3", "--learning-rate", "1e6", "--l2", "3e38", "--quiet",
      ], in: folder)
    #expect(run.status == 65)
    #expect(run.errors.hasPrefix("nabla: error: epoch 1: a parameter became NaN or infinite"))
    #expect(try String(contentsOfFile: folder.path("model.safetensors"), encoding: .utf8) == "precious")
  }
}
