import ArgumentParser
import Nabla
import NablaFormats

/// `nabla explain`: backpropagation of one picture, every quantity shown.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Run backpropagation on one picture, step by step, in the book's symbols.",
    discussion: """
      The five steps of the algorithm in chapter 2 of "Neural Networks and Deep Learning", with the \
      dimensions, the range and the values of every quantity. The model is not changed.
      """)

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp("Where the picture comes from.", valueName: DataSource.forms),
    completion: .file())
  var data: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Which picture.", valueName: "n"),
    transform: OptionValue.wholeNumber(0...Int.max))
  var index: Int

  @Option(name: .customLong("set"), help: "Which part of the data. (default: test, if there is one)")
  var part: DataPart?

  @Flag(help: "Print one JSON object, with every value of every vector.")
  var json = false

  func run() throws {
    let saved = try ModelFile.load(model)
    guard saved.encoding.features == nil else {
      throw CommandFailure(
        .badData,
        "\(model): cannot be explained picture by picture (expected a model of pictures, found one of a table)"
      )
    }
    let network = saved.network
    let loaded = try DataLoading.load(data, classCount: network.topology.outputSize, quiet: json)
    let (part, set) = try DataPart.choose(part, of: loaded, from: data)
    try set.checkIndex(index, option: "--index")
    try network.checkFit(set, from: data)
    let trace = try network.backpropagate(image: set.image(at: index), label: set.label(at: index))
    let explanation = Explanation(
      network: network, trace: trace, picture: set.picture(at: index), label: set.label(at: index),
      update: UpdateFormula(saved.metadata))
    if json {
      try Console.print(explanation.json(source: data, part: part, index: index).description)
    } else {
      try Console.print("\(data), \(part.rawValue) picture \(index): the digit \(set.label(at: index))")
      for line in explanation.lines(on: .output) { try Console.print(line) }
    }
  }
}
