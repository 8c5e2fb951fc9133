import ArgumentParser
import Nabla
import NablaFormats
import NablaPages

/// `nabla report`: a page about a model, to look at and keep.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make a page about a model: what it takes for what, its weights, how it was made.",
    discussion: """
      One HTML file that needs no network and no script. Takes the test set; the training set where there is no \
      other. Learning curves are known while a network is trained: nabla train --report draws them too.
      """)

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp("What to measure it on.", valueName: DataSource.forms),
    completion: .file())
  var data: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The table's column with the right answers. (default: as in training)", valueName: "column"))
  var target: String?

  @Option(name: .customLong("set"), help: "Which part of the data. (default: test, if there is one)")
  var part: DataPart?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the page goes.", valueName: "file"), completion: .file())
  var output = "report.html"

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads. (default: auto)", valueName: "n|auto"),
    transform: OptionValue.threads)
  var threads: ThreadCount?

  @Flag(help: "Print one JSON object with the numbers.")
  var json = false

  func run() throws {
    guard !output.isEmpty else {
      throw CommandFailure(.usage, "--output: expected the name of a file, found ''")
    }
    try OutputPath.spare([("the model", model), ("--data", data)], from: output, option: "--output")
    try OutputPath.check(output)
    let metadata = try ModelFile.load(model).metadata
    let ensemble = try Ensemble(loading: [model])
    let member = ensemble.members[0]
    let loaded = try DataLoading.load(
      data, classCount: ensemble.isOfTables ? nil : ensemble.outputSize,
      table: ensemble.tableOptions(target: target), quiet: json)
    try TableArguments.refuseTarget(target, ifPictures: loaded.training, source: data)
    let (part, set) = try DataPart.choose(part, of: loaded, from: data)
    try member.checkFit(set, from: data)
    let isWhole = self.part == nil && loaded.test == nil
    let samples = try member.encoding.features == nil ? set : set.encoded(by: member.encoding)
    let subject = ReportSubject(
      network: member.network, encoding: member.encoding, data: samples,
      setName: isWhole ? "whole data set" : "\(part.rawValue) set", threads: threads?.number)
    var report = try subject.report(
      title: "\(member.network.topology) on \(data)", introduction: introduction(metadata))
    report.facts = facts(member.network, metadata, samples)
    report.notes.append("Learning curves are not in the model: nabla train --report draws them.")
    report.command = words(part: self.part)
    try AtomicFile.write(Array(report.page.utf8), to: output)
    try tell(report, part, isWhole: isWhole)
  }

  private func introduction(_ metadata: [String: String]) -> String {
    var text = "The model \(model)"
    if let source = metadata["data"] { text += ", trained on \(source)" }
    if let samples = metadata["training_samples"].flatMap({ Int($0) }) {
      text += " (\(samples.grouped) samples)"
    }
    if let epoch = metadata["kept_epoch"] { text += ": the network of epoch \(epoch)" }
    return text + "."
  }

  private func facts(
    _ network: Network, _ metadata: [String: String], _ samples: Dataset
  ) -> [Report.Facts] {
    [
      ReportFacts.settings(metadata), ReportFacts.network(network),
      Report.Facts("Data", [("source", data)] + ReportFacts.samples("measured", samples)),
      ReportFacts.machine(threads: nil),
    ]
  }

  /// What was typed, defaults left out.
  private func words(part: DataPart?) -> String {
    var words = ["nabla", "report", model, "--data", data]
    if let target { words += ["--target", target] }
    if let part { words += ["--set", part.rawValue] }
    if output != "report.html" { words += ["--output", output] }
    return words.map(shellQuoted).joined(separator: " ")
  }

  /// The numbers of `nabla evaluate`, and where the page is.
  private func tell(_ report: Report, _ part: DataPart, isWhole: Bool) throws {
    let name = isWhole ? "whole" : part.rawValue
    let place: (String, JSON) = ("report", .string(output))
    if let classes = report.classes {
      let words = ClassificationReport(classes.metrics, classNames: classes.names)
      if json {
        let members = words.jsonMembers(set: part.rawValue, cost: classes.cost)
        return try Console.print(JSON.object(members + [place]).description)
      }
      try Console.print(words.firstLine(set: name, cost: classes.cost))
    } else if let values = report.values {
      let words = RegressionReport(values.metrics, targetNames: values.targets.map(\.name))
      if json {
        let members = words.jsonMembers(set: part.rawValue, cost: nil)
        return try Console.print(JSON.object(members + [place]).description)
      }
      try Console.print(words.firstLine(set: name, cost: nil))
    }
    Console.message("Report: \(output.onOneLine)")
  }
}
