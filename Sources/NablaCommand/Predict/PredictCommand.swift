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

      A picture is a PNG, JPEG or PGM file, or one image of an IDX file: t10k-images-idx3-ubyte:7. A digit in a picture \
      of any size is found and made what MNIST's are: white ink on black, scaled into 20 x 20 of 28 x 28 pixels, its \
      centre of mass in the middle. A picture that has that size and a dark background is taken for one of MNIST's \
      and read as it is, as all are with --as-is.
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

  @Flag(help: "Read several digits in a row as a number.")
  var digits = false

  @Flag(name: .customLong("as-is"), help: "Take the pixels as they are in the file.")
  var asIs = false

  @Flag(help: "Stretch pictures of another size; takes them as they are otherwise.")
  var resize = false

  @Flag(help: "Turn black into white and white into black; takes pictures as they are otherwise.")
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
    let handling = PictureSource.Handling(
      asIs: asIs || resize || invert, resize: resize, invert: invert, digits: digits)
    if handling.digits && handling.asIs {
      throw CommandFailure(.usage, "--digits: expected without --as-is, --resize and --invert")
    }
    let input = NetworkInput(of: loaded, model: model)
    let graphics = json ? Graphics.none : graphicsOptions.chosen
    for (number, file) in files.enumerated() {
      let picture = try PictureSource(file).read(for: input, handling)
      if picture.hasBrightCorners {
        let advice = invert ? "drop --invert" : "drop --as-is or try --invert"
        Console.message("\(file): has a bright background; the network knows white ink on black (\(advice))")
      }
      let prediction = PicturePrediction(
        file: file, picture: picture,
        confidences: try picture.images.map { try loaded.network.feedforward($0) },
        isInverted: invert, isNumber: digits,
        isProbability: loaded.network.topology.outputActivation.isProbability)
      if json {
        try Console.print(prediction.json.description)
      } else {
        if number > 0 { try Console.print("") }
        try prediction.show(in: graphics, on: .output)
      }
    }
  }

  private func predictTable(_ loaded: ModelFile.Loaded) throws {
    for (option, isTyped) in [
      ("--resize", resize), ("--invert", invert), ("--as-is", asIs), ("--digits", digits),
    ]
    where isTyped {
      throw CommandFailure(.usage, "\(option): expected with a model of pictures, found one of a table")
    }
    guard files.count == 1 else {
      throw CommandFailure(.usage, "expected one table to read, found \(files.count) files")
    }
    try TablePrediction(
      model: loaded, modelPath: model, input: files[0], id: id, output: output, json: json,
      threads: threads?.number
    ).run()
  }
}
