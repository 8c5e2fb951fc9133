import ArgumentParser
import Nabla
import NablaFormats

/// `nabla explain`: backpropagation of one picture or row, every quantity shown.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Run backpropagation on one picture or row, step by step, in the book's symbols.",
    discussion: """
      The five steps of the algorithm in chapter 2 of "Neural Networks and Deep Learning", with the \
      dimensions, the range and the values of every quantity. The model is not changed.
      """)

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp("Where the picture or row comes from.", valueName: DataSource.forms),
    completion: .file())
  var data: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Which picture or row.", valueName: "n"),
    transform: OptionValue.wholeNumber(0...Int.max))
  var index: Int

  @Option(name: .customLong("set"), help: "Which part of the data. (default: test, if there is one)")
  var part: DataPart?

  @Flag(help: "Print one JSON object, with every value of every vector.")
  var json = false

  func run() throws {
    let saved = try ModelFile.load(model)
    let network = saved.network
    let isOfTables = saved.encoding.features != nil
    let loaded = try DataLoading.load(
      data, classCount: isOfTables ? nil : network.topology.outputSize,
      table: isOfTables
        ? saved.encoding.tableOptions(target: saved.metadata["target_column"]) : TableOptions(), quiet: json)
    let (part, set) = try DataPart.choose(part, of: loaded, from: data)
    try set.checkIndex(index, option: "--index")
    let (samples, sample) = try isOfTables ? row(of: set, loaded, saved.encoding) : picture(of: set, saved)
    let explanation = Explanation(
      network: network, trace: try network.backpropagate(sample: index, of: samples), sample: sample,
      update: UpdateFormula(saved.metadata))
    if json {
      try Console.print(explanation.json(source: data, part: part, index: index).description)
    } else {
      let place = isOfTables ? "row \(index)" : "picture \(index)"
      try Console.print("\(data), \(part.rawValue) \(place): \(sample.truth)")
      for line in explanation.lines(on: .output) { try Console.print(line) }
    }
  }

  private func picture(
    of set: Dataset, _ saved: ModelFile.Loaded
  ) throws -> (samples: Dataset, sample: ExplainedSample) {
    try saved.network.checkFit(set, from: data)
    return (set, ExplainedSample(picture: index, of: set, saved.encoding))
  }

  private func row(
    of set: Dataset, _ loaded: LoadedData, _ encoding: DataEncoding
  ) throws -> (samples: Dataset, sample: ExplainedSample) {
    guard set.isTable else {
      throw CommandFailure(
        .badData, "\(data): does not fit \(model) (expected a table, found pictures)")
    }
    let encoded = try set.encoded(by: encoding)
    return (
      encoded,
      ExplainedSample(row: index, of: set, encoded: encoded, targetNames: loaded.targetNames)
    )
  }
}
