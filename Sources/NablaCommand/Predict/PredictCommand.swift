import ArgumentParser
import Nabla
import NablaFormats

/// `nabla predict`: what a model reads in pictures, or in the rows of a table.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Read pictures, or the rows of a table.",
    discussion: """
      A model trained on a table reads a table with its columns, a file or - for standard input, and writes a line a \
      row: CSV with a header, or JSON. Numbers need no scaling; a target that is there is not read.

      A picture is a PNG or PGM file, or one image of an IDX file: t10k-images-idx3-ubyte:7. Networks \
      trained on MNIST expect white ink on black paper, 28 x 28 pixels; --invert and --resize make other \
      pictures fit.
      """)

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var model: String

  @Argument(help: ArgumentHelp("Pictures, or one table, to read.", valueName: "file"), completion: .file())
  var files: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the predictions of a table go. (default: stdout)", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A column of the table that names its rows. (default: they are numbered)", valueName: "column"))
  var id: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads for a table. (default: auto)", valueName: "n|auto"),
    transform: OptionValue.threads)
  var threads: ThreadCount?

  @Flag(help: "Scale pictures of another size.")
  var resize = false

  @Flag(help: "Turn black into white and white into black first.")
  var invert = false

  @OptionGroup var graphicsOptions: GraphicsOptions

  @Flag(help: "Print one JSON object a picture or row.")
  var json = false

  func run() throws {
    let loaded = try ModelFile.load(model)
    if loaded.encoding.features != nil {
      try predictTable(loaded)
      return
    }
    for (option, isTyped) in [
      ("--output", output != nil), ("--id", id != nil), ("--threads", threads != nil),
    ]
    where isTyped {
      throw CommandFailure(.usage, "\(option): expected with a model of a table, found one of pictures")
    }
    let network = loaded.network
    let input = NetworkInput(of: loaded, model: model)
    let graphics = json ? Graphics.none : graphicsOptions.chosen
    for (number, file) in files.enumerated() {
      let picture = try PictureSource(file).read(for: input, resize: resize, invert: invert)
      if picture.hasBrightCorners {
        Console.message(
          "\(file): has a bright background; the network knows white ink on black "
            + "(\(invert ? "drop" : "try") --invert)")
      }
      let confidences = try network.feedforward(picture.pixels)
      if json {
        try Console.print(jsonLine(file, picture, confidences).description)
      } else {
        if number > 0 { try Console.print("") }
        try show(
          file, picture, confidences, isProbability: network.topology.outputActivation.isProbability, graphics
        )
      }
    }
  }

  private func predictTable(_ loaded: ModelFile.Loaded) throws {
    for (option, isTyped) in [("--resize", resize), ("--invert", invert)] where isTyped {
      throw CommandFailure(.usage, "\(option): expected with a model of pictures, found one of a table")
    }
    guard files.count == 1 else {
      throw CommandFailure(.usage, "expected one table to read, found \(files.count) files")
    }
    try TablePrediction(
      model: loaded, input: files[0], id: id, output: output, json: json, threads: threads?.number
    ).run()
  }

  private func jsonLine(_ file: String, _ picture: PictureSource.Loaded, _ confidences: [Float]) -> JSON {
    let best = indexOfLargest(confidences)
    return [
      "file": .string(file),
      "prediction": .integer(best),
      "confidence": .number(confidences[best]),
      "confidences": .numbers(confidences),
      "label": picture.label.map { .integer($0) } ?? .null,
      "resized_from": picture.resizedFrom.map { .integers([$0.rows, $0.columns]) } ?? .null,
      "inverted": .bool(invert),
    ]
  }

  /// The picture as the network sees it, with the confidences beside it, or below where there is no room.
  ///
  /// - Parameter isProbability: false for outputs that may be negative or above 1.
  private func show(
    _ file: String, _ picture: PictureSource.Loaded, _ confidences: [Float], isProbability: Bool,
    _ graphics: Graphics
  ) throws {
    let best = indexOfLargest(confidences)
    let label = picture.label.map { ", labelled \($0)" } ?? ""
    let resized = picture.resizedFrom.map { ", scaled from \($0.text)" } ?? ""
    let confidence =
      isProbability
      ? "\(Double(confidences[best]).percent) confident" : "output \(confidences[best].short)"
    try Console.print("\(file): \(best)  (\(confidence)\(label)\(resized))\n")
    let terminal = Terminal.output
    let image = TerminalPicture(
      pixels: picture.pixels, rows: picture.shape.rows, columns: picture.shape.columns)
    let bars = confidences.enumerated().map { digit, confidence in
      let number = Double(confidence).fixed(4).padded(to: isProbability ? 0 : 8, right: true)
      let text = "\(digit)  \(number)  \(Bars.lying(confidence, width: 20))"
      return digit == best ? terminal.styled(text, .strong) : text
    }
    let lines = TerminalPicture.lines([image], in: graphics, on: terminal)
    // What stands beside pixels depends on where each terminal leaves the cursor; below is the same everywhere.
    let together =
      switch graphics {
      case .none: bars
      case .kitty, .sixel: lines + bars
      case .blocks, .ascii: Columns.beside(lines, width: picture.shape.columns, bars, on: terminal)
      }
    for line in together { try Console.print(line) }
  }
}

extension Activation {
  /// Whether its values lie from 0 to 1.
  fileprivate var isProbability: Bool { self == .sigmoid || self == .softmax }
}
