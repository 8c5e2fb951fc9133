import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("nabla report, and train --report")
struct ReportTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  /// The page, once it is known to be whole, small, and to need nothing else.
  private func page(
    _ name: String = "report.html", sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let page = try String(contentsOfFile: folder.path(name), encoding: .utf8)
    let start = "<!doctype html>\n"
    try #require(page.hasPrefix(start), sourceLocation: sourceLocation)
    let parser = XMLParser(data: Data(page.dropFirst(start.count).utf8))
    #expect(
      parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))",
      sourceLocation: sourceLocation)
    #expect(page.utf8.count < 2_000_000, sourceLocation: sourceLocation)
    for word in ["http:", "https:", "<script", "<link", "<iframe", "@import", "url("] {
      #expect(!page.contains(word), "\(word)", sourceLocation: sourceLocation)
    }
    for source in page.matches(of: /(src|href|srcset)\s*=\s*"(.{0,22})/) {
      #expect(source.2 == "data:image/png;base64,", sourceLocation: sourceLocation)
    }
    return page
  }

  /// The text of the element that follows a figure's label.
  private func figure(_ label: String, in page: String) throws -> String {
    let start = try #require(page.range(of: "<dt>\(label)</dt><dd>"), "\(label)")
    return String(page[start.upperBound...].prefix { $0 != "<" })
  }

  @Test("The report of a run: numbers of evaluate, curves, pictures, and the command that makes it again")
  func pictures() throws {
    let run = try nabla(
      "train", "--data", SharedModel.data, "--epochs", "3", "--validation", "20%", "--json", "--report",
      "r.html")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("\nReport: r.html\n"))
    let text = try page("r.html")
    let result = try JSONLine(
      nabla("evaluate", "model.safetensors", "--data", SharedModel.data, "--json").output)
    let accuracy = try result.number("accuracy")
    #expect(try figure("accuracy, test set", in: text) == String(format: "%.2f%%", accuracy * 100))
    let total = try result.integer("total")
    #expect(
      try figure("wrong of \(total)", in: text) == "\(total - (try result.integer("correct")))")
    for (label, key) in [("log-loss", "log_loss"), ("cost", "cost")] {
      #expect(try figure(label, in: text) == String(format: "%.4f", result.number(key)))
    }
    for title in [
      "Accuracy", "Cost", "Confusion matrix", "Calibration", "Most confident mistakes", "First-layer weights",
      "Settings", "Machine", "Data", "Make it again",
    ] { #expect(text.contains(">\(title)</"), "\(title)") }
    for row in try result.objects("classes") {
      let scores = try ["precision", "recall", "f1"].map {
        String(format: "<td>%.4f</td>", try row.number($0))
      }
      let cells = scores.joined(separator: "\n") + "\n<td>\(try row.integer("support"))</td>"
      #expect(text.contains("<th scope=\"row\">\(try row.string("name"))</th>\(cells)"))
    }
    let hash = try JSONLine(#require(run.lines.last)).string("parameters_sha256")
    #expect(text.contains(hash))
    #expect(
      text.contains(
        "nabla train --data digits:600 --epochs 3 --validation 20% --json --report r.html</code>"))
    #expect(text.components(separatedBy: "data:image/png").count > 30)
    #expect(!text.contains("no validation set"))
  }

  @Test("A report changes nothing of the run")
  func sameModel() throws {
    let run = try nabla(
      "train", "--data", SharedModel.data, "--epochs", "2", "--json", "--quiet", "--report", "r.html")
    #expect(run.errors.isEmpty)
    let hash = try JSONLine(#require(run.lines.last)).string("parameters_sha256")
    let plain = try JSONLine(#require(SharedModel.get().lines.last)).string("parameters_sha256")
    #expect(hash == plain)
    #expect(try page("r.html").contains("There is no validation set."))
  }

  @Test("Later, from a model: the same numbers; the curves are said to be missing; --json")
  func later() throws {
    let model = try SharedModel.get().path
    let run = try nabla("report", model, "--data", SharedModel.data, "--json")
    #expect(run.status == 0, "\(run.errors)")
    let found = try JSONLine(run.output)
    let expected = try JSONLine(nabla("evaluate", model, "--data", SharedModel.data, "--json").output)
    for key in ["correct", "total", "accuracy", "cost", "log_loss", "calibration_error"] {
      #expect(try found.number(key) == expected.number(key), "\(key)")
    }
    #expect(try found.string("report") == "report.html")
    let text = try page()
    #expect(text.contains("Learning curves are not in the model"))
    #expect(!text.contains("How it learned"))
    let words = try nabla(
      "report", model, "--data", SharedModel.data, "--set", "training", "-o", "other.html")
    #expect(words.output.hasPrefix("training set: ") && words.errors == "Report: other.html\n")
    #expect(try page("other.html").contains("--set training --output other.html</code>"))
  }

  @Test("Tables: importance of columns; names of classes and columns that are tags are text")
  func table() throws {
    let header = ["<b>height</b>", "bark\"&", "girth"]
    var text = header.joined(separator: ",") + ",kind\n"
    text = text.replacing("bark\"&", with: "\"bark\"\"&\"")
    for row in TreeTable.rows where row[1] != "NA" {
      text += [row[1], row[2], row[3], "<script>alert('\(row[4])')</script>"].joined(separator: ",") + "\n"
    }
    try folder.write("t.csv", text.utf8)
    let run = try nabla("train", "--data", "t.csv", "--epochs", "20", "--report", "r.html")
    #expect(run.status == 0, "\(run.errors)")
    let report = try page("r.html")
    #expect(report.contains("&lt;script&gt;alert(&#39;ash&#39;)&lt;/script&gt;"))
    #expect(report.contains("&lt;b&gt;height&lt;/b&gt;") && report.contains("bark&quot;&amp;"))
    #expect(report.contains("What it looks at") && report.contains("accuracy lost"))
    // The same numbers every time.
    func bars(_ page: String) -> Substring? {
      page.range(of: "What it looks at").map { page[$0.upperBound...].prefix(4000) }
    }
    _ = try nabla("report", "model.safetensors", "--data", "t.csv", "-o", "a.html")
    _ = try nabla("report", "model.safetensors", "--data", "t.csv", "-o", "b.html", "--threads", "1")
    #expect(try bars(page("a.html")) == bars(page("b.html")))
  }

  @Test("Regression: predicted over true, residuals, the numbers of evaluate")
  func regression() throws {
    var text = "a,b,price\n"
    for row in 0..<120 {
      let (a, b) = (Double(row % 17), Double(row % 5))
      text += "\(a),\(b),\(3 * a - 2 * b + 40)\n"
    }
    try folder.write("t.csv", text.utf8)
    let options = ["--task", "regression", "--target", "price", "--epochs", "20", "--validation", "20%"]
    let run = try NablaProcess.run(["train", "--data", "t.csv", "--report", "r.html"] + options, in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let report = try page("r.html")
    for title in ["price: predicted over true", "price: residuals", "RMSE", "What it looks at"] {
      #expect(report.contains(">\(title)</"), "\(title)")
    }
    let again = try nabla("report", "model.safetensors", "--data", "t.csv", "--json")
    let expected = try JSONLine(nabla("evaluate", "model.safetensors", "--data", "t.csv", "--json").output)
    let found = try JSONLine(again.output)
    for key in ["rmse", "mae", "median_absolute_error", "max_error", "r2", "total"] {
      #expect(try found.number(key) == expected.number(key), "\(key)")
    }
    #expect(try figure("R²", in: page()) == String(format: "%.4f", expected.number("r2")))
  }

  @Test("A run that is stopped leaves the report of what there is; resumed, its curves are whole")
  func stopped() throws {
    let options = ["train", "--data", SharedModel.data, "--validation", "20%", "--report", "r.html"]
    let running = try NablaProcess.start(options + ["--epochs", "100000"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.split(separator: "\n").count < 3, Date() < deadline { usleep(1000) }
    kill(running.process.processIdentifier, SIGINT)
    let stopped = try running.finish(within: 60)
    #expect(stopped.status == 130, "\(stopped.errors)")
    let text = try page("r.html")
    let note = try #require(text.firstMatch(of: /The run was stopped after ([0-9,]+) of 100000 epochs/))
    let done = try #require(Int(note.1.replacing(",", with: "")))
    let resumed = try NablaProcess.run(
      options + ["--epochs", "\(done + 2)", "--resume", "auto", "--quiet"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let whole = try page("r.html")
    #expect(whole.contains("Trained for \(done + 2) epochs"))
    #expect(whole.contains("--epochs \(done + 2) --quiet</code>"))
    #expect(!whole.contains("was stopped"))
  }

  @Test(
    "A place that cannot be written is refused before anything is read",
    arguments: [
      ("no/r.html", 73 as Int32, "no/r.html: lies in a folder that does not exist (found no)"),
      (".", 73, ".: is a folder (expected a file, found ?)"),
      ("", 64, "--report: expected the name of a file, found ''"),
      (
        "model.safetensors", 64,
        "--report: expected another file than --output, found 'model.safetensors'"
      ),
      (
        "./model.safetensors", 64,
        "--report: expected another file than --output, found './model.safetensors'"
      ),
    ])
  func refused(path: String, status: Int32, message: String) throws {
    let run = try nabla("train", "--data", SharedModel.data, "--epochs", "1", "--report", path)
    #expect(run.status == status)
    #expect(run.errors.hasPrefix("nabla: error: \(message.prefix { $0 != "(" })"))
    #expect(run.output.isEmpty && folder.contents.isEmpty)
    guard status == 73 else { return }
    let later = try nabla("report", try SharedModel.get().path, "--data", SharedModel.data, "-o", path)
    #expect(
      later.status == 73 && later.errors.hasPrefix("nabla: error: \(path): ") && folder.contents.isEmpty)
  }

  @Test("Data that does not fit the model is one line")
  func misfit() throws {
    try folder.write("t.csv", TreeTable.csv())
    let run = try nabla("report", try SharedModel.get().path, "--data", "t.csv")
    #expect(run.status == 65 && run.errors.split(separator: "\n").count == 1)
    #expect(folder.contents == ["t.csv"])
    for command in ["report", "evaluate"] {
      let run = try nabla(command, try SharedModel.get().path, "--data", SharedModel.data, "--target", "y")
      #expect(run.status == 64 && run.errors.hasPrefix("nabla: error: --target: expected with a table"))
    }
    let help = try nabla("report", "--help")
    #expect(help.status == 0 && help.output.contains("--data") && help.output.contains("report.html"))
  }
}
