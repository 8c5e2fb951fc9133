import ArgumentParser
import Nabla
import NablaFormats

/// `nabla evaluate`: how many digits of a data set a model reads right.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on a data set.",
    discussion: "Takes the test set; the training set where there is no other.")

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp("What to read.", valueName: DataSource.forms),
    completion: .file())
  var data: String

  @Option(name: .customLong("set"), help: "Which part of the data. (default: test, if there is one)")
  var part: DataPart?

  @Flag(help: "Show what was taken for what.")
  var confusion = false

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads. (default: auto)", valueName: "n|auto"),
    transform: OptionValue.threads)
  var threads: ThreadCount?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let network = try ModelFile.load(model).network
    let loaded = try DataLoading.load(data, classCount: network.topology.outputSize, quiet: json)
    let (part, set) = try DataPart.choose(part, of: loaded, from: data)
    try network.checkFit(set, from: data)
    let clock = ContinuousClock()
    let start = clock.now
    let evaluation = try network.evaluate(set, threads: threads?.number)
    let elapsed = clock.now - start
    if json {
      try Console.print(
        JSON.object([
          ("set", .string(part.rawValue)),
          ("correct", .integer(evaluation.correct)),
          ("total", .integer(evaluation.total)),
          ("accuracy", .number(evaluation.accuracy)),
          ("cost", .number(evaluation.cost)),
          ("confusion", .array(evaluation.confusion.map(JSON.integers))),
          ("evaluation_seconds", .number(elapsed / .seconds(1))),
        ]).description)
      return
    }
    try Console.print(
      "\(part.rawValue) set: \(evaluation.correct) / \(evaluation.total) right "
        + "(\(evaluation.accuracy.percent)), cost \(evaluation.cost.fixed(4))")
    if confusion { try printConfusion(evaluation.confusion) }
  }

  /// Rows are what was shown, columns what was read; a point is a zero, so that mistakes stand out.
  private func printConfusion(_ confusion: [[Int]]) throws {
    let width = max(4, (confusion.joined().max() ?? 0).description.count + 1)
    let header = confusion.indices.map { String($0).padded(to: width, right: true) }.joined()
    try Console.print(
      "\n shown │ read as\n       │\(header)\n ──────┼\(String(repeating: "─", count: header.count))")
    for (actual, row) in confusion.enumerated() {
      let cells = row.enumerated().map { predicted, count in
        let cell = (count == 0 ? "·" : String(count)).padded(to: width, right: true)
        return predicted == actual ? Terminal.output.styled(cell, .strong) : cell
      }
      try Console.print(" \(String(actual).padded(to: 5, right: true)) │\(cells.joined())")
    }
  }
}

extension Network {
  /// Checks that pictures are of the size this network reads.
  func checkFit(_ data: Dataset, from source: String) throws {
    guard data.inputSize == topology.inputSize else {
      throw CommandFailure(
        .badData,
        "\(source): does not fit the model (expected pictures of \(topology.inputSize) pixels, "
          + "found \(data.imageShape.text))")
    }
  }
}
