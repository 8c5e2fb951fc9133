import ArgumentParser
import Nabla
import NablaFormats

/// `nabla predict`: what a model reads in pictures.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Read digits from pictures.",
    discussion: """
      A picture is a PNG or PGM file, or one image of an IDX file: t10k-images-idx3-ubyte:7. Networks \
      trained on MNIST expect white ink on black paper, 28 x 28 pixels; --invert and --resize make other \
      pictures fit.
      """)

  @Argument(help: ArgumentHelp("A model saved by nabla train.", valueName: "model"), completion: .file())
  var model: String

  @Argument(help: ArgumentHelp("Pictures to read.", valueName: "file"), completion: .file())
  var files: [String]

  @Flag(help: "Scale pictures of another size.")
  var resize = false

  @Flag(help: "Turn black into white and white into black first.")
  var invert = false

  @Flag(help: "Print one JSON object a picture.")
  var json = false

  func run() throws {
    let loaded = try ModelFile.load(model)
    let network = loaded.network
    let input = NetworkInput(of: loaded, model: model)
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
        try show(file, picture, confidences, isProbability: network.topology.outputActivation.isProbability)
      }
    }
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
    _ file: String, _ picture: PictureSource.Loaded, _ confidences: [Float], isProbability: Bool
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
    for line in Columns.beside(image.lines(on: terminal), width: picture.shape.columns, bars, on: terminal) {
      try Console.print(line)
    }
  }
}

extension Activation {
  /// Whether its values lie from 0 to 1.
  fileprivate var isProbability: Bool { self == .sigmoid || self == .softmax }
}
