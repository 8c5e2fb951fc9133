import ArgumentParser
import Nabla
import NablaFormats

/// `nabla export`: a model as a file for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model for other programs: ONNX, C, NumPy, the book's network2.",
    discussion: """
      onnx      input [N, inputs], output [N, outputs]; pixels 0 ... 1, or a table's raw numbers
      c         model.c and model.h: model_predict(x, y), C99, no library, no allocation
      network2  JSON that load of the book's network2.py reads: sigmoid layers alone
      npz       w1 [outputs, inputs], b1 [outputs], w2, ..., metadata
      csv, npy  a folder with a file for each of these arrays
      """)

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var model: String

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp("The format.", valueName: ExportFormat.allCases.words),
    completion: .list(ExportFormat.allCases.map(\.rawValue)),
    transform: OptionValue.choice(ExportFormat.allCases))
  var format: ExportFormat

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where it goes. (default: beside the model, under its name)", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(help: ArgumentHelp("What the names in C start with. (default: model)", valueName: "name"))
  var name: String?

  func run() throws {
    if name != nil, format != .c {
      throw CommandFailure(.usage, "--name: expected with --to c, found \(format.rawValue)")
    }
    let path = output ?? format.defaultPath(for: model)
    try OutputPath.check(path, of: "--output", against: [model])
    let notes = try ModelExport.write(ModelFile.load(model), as: format, to: path, name: name ?? "model")
    for note in notes { Console.message("\(path): \(note)".onOneLine) }
    let header = format == .c ? " and \(path.dropLast(2)).h" : ""
    try Console.print("Saved \(path)\(header)")
  }
}
