import ArgumentParser
import Nabla
import NablaFormats

/// `nabla evaluate`: how well a model, or several together, answers the samples of a data set.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on a data set, or several models together.",
    discussion: """
      Takes the test set; the training set where there is no other. Several models are an ensemble: their \
      outputs are averaged.
      """)

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var models: [String]

  @Option(
    help: ArgumentHelp("What to read.", valueName: DataSource.forms),
    completion: .file())
  var data: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The table's column with the right answers. (default: as in training)", valueName: "column"))
  var target: String?

  @Option(name: .customLong("set"), help: "Which part of the data. (default: test, if there is one)")
  var part: DataPart?

  @Flag(help: "Show precision, recall and F1 of each class.")
  var perClass = false

  @Flag(help: "Show what was taken for what.")
  var confusion = false

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads. (default: auto)", valueName: "n|auto"),
    transform: OptionValue.threads)
  var threads: ThreadCount?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let ensemble = try Ensemble(loading: models)
    let loaded = try DataLoading.load(
      data, classCount: ensemble.isOfTables ? nil : ensemble.outputSize,
      table: ensemble.tableOptions(target: target),
      quiet: json)
    try TableArguments.refuseTarget(target, ifPictures: loaded.training, source: data)
    let (part, set) = try DataPart.choose(part, of: loaded, from: data)
    for member in ensemble.members { try member.checkFit(set, from: data) }
    // A file that has no parts is measured as a whole.
    let name = self.part == nil && loaded.test == nil ? "whole" : part.rawValue
    if set.encoding.isRegression {
      try evaluateRegression(ensemble, set, part, name)
    } else {
      try classify(ensemble, set, part, name)
    }
  }

  private func classify(
    _ ensemble: Ensemble, _ set: Dataset, _ part: DataPart, _ name: String
  ) throws {
    let labels = (0..<set.count).map { UInt16(set.label(at: $0)) }
    let answer = try ensemble.evaluate(set, labels: labels, threads: threads?.number)
    let encoding = ensemble.members[0].encoding
    let report = ClassificationReport(
      answer.metrics, classNames: (0..<ensemble.outputSize).map(encoding.className))
    guard json else {
      try show(report, of: name, answer)
      return
    }
    let members = report.jsonMembers(set: part.rawValue, cost: answer.cost)
    try Console.print(
      JSON.object(
        members + [
          ("models", .array(zip(models, answer.memberMetrics).map(Self.json))),
          ("evaluation_seconds", .number(answer.elapsed / .seconds(1))),
        ]
      ).description)
  }

  private func evaluateRegression(
    _ ensemble: Ensemble, _ set: Dataset, _ part: DataPart, _ name: String
  ) throws {
    for (option, isTyped) in [("--per-class", perClass), ("--confusion", confusion)] where isTyped {
      throw CommandFailure(.usage, "\(option): expected with classes, found a target of numbers")
    }
    let answer = try ensemble.evaluateRegression(set, threads: threads?.number)
    var names: [String] = []
    if case .values(let values) = set.encoding.target { names = values.map(\.name) }
    let report = RegressionReport(answer.metrics, targetNames: names)
    if json {
      let memberErrors = zip(models, answer.memberMetrics).map { model, metrics -> JSON in
        ["model": .string(model), "rmse": .number(metrics.mean.rootMeanSquared)]
      }
      try Console.print(
        JSON.object(
          report.jsonMembers(set: part.rawValue, cost: nil) + [
            ("models", .array(memberErrors)), ("evaluation_seconds", .number(answer.elapsed / .seconds(1))),
          ]
        ).description)
      return
    }
    let together = models.count > 1 ? ", mean of \(models.count) models" : ""
    try Console.print(report.firstLine(set: name, cost: nil) + together)
    for line in report.summaryLines { try Console.print(line) }
    if models.count > 1 {
      for (model, metrics) in zip(models, answer.memberMetrics) {
        try Console.print("  RMSE \(metrics.mean.rootMeanSquared.short)  \(model.onOneLine)")
      }
    }
    if names.count > 1 {
      for line in report.perTargetLines(width: Terminal.output.width) { try Console.print(line) }
    }
  }

  private static func json(_ model: String, _ metrics: ClassificationMetrics) -> JSON {
    [
      "model": .string(model), "correct": .integer(metrics.correct), "accuracy": .number(metrics.accuracy),
      "log_loss": metrics.logLoss.json,
    ]
  }

  private func show(
    _ report: ClassificationReport, of name: String, _ answer: Ensemble.Answer<ClassificationMetrics>
  ) throws {
    let (terminal, count) = (Terminal.output, models.count)
    let together = count > 1 ? ", mean of \(count) models" : ""
    try Console.print(report.firstLine(set: name, cost: answer.cost) + together)
    for line in report.summaryLines { try Console.print(line) }
    if count > 1 {
      for (model, metrics) in zip(models, answer.memberMetrics) {
        try Console.print("  \(metrics.accuracy.percent.padded(to: 7, right: true))  \(model.onOneLine)")
      }
    }
    if perClass {
      try Console.print("")
      for line in report.perClassLines(width: terminal.width) { try Console.print(line) }
    }
    if confusion {
      try Console.print("")
      let lines = report.confusionLines(width: terminal.width) { terminal.styled($0, .strong) }
      for line in lines { try Console.print(line) }
    }
  }
}

extension Ensemble.Member {
  /// Checks that samples are what this model reads.
  func checkFit(_ data: Dataset, from source: String) throws {
    guard data.isTable == (encoding.features != nil) else {
      throw CommandFailure(
        .badData,
        "\(source): does not fit \(path) (expected \(data.isTable ? "pictures" : "a table"), "
          + "found \(data.isTable ? "a table" : "pictures"))")
    }
    if !data.isTable { try network.checkFit(data, from: source) }
  }
}

extension Network {
  /// Checks that samples are pictures of the size this network reads.
  func checkFit(_ data: Dataset, from source: String) throws {
    guard !data.isTable else {
      throw CommandFailure(
        .badData, "\(source): does not fit the model (expected pictures, found a table)")
    }
    guard data.inputSize == topology.inputSize else {
      throw CommandFailure(
        .badData,
        "\(source): does not fit the model (expected pictures of \(topology.inputSize) pixels, "
          + "found \(data.imageShape.text))")
    }
  }
}
