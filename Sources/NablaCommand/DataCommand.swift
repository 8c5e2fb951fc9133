import ArgumentParser
import Nabla
import NablaFormats

/// `nabla data`: fetches, counts and shows data sets.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Fetch, measure and show data sets.",
    subcommands: [FetchCommand.self, InfoCommand.self, ShowCommand.self])

  func run() throws { throw CleanExit.helpRequest(self) }

  /// The data sets that can be downloaded.
  enum Downloadable: String, ExpressibleByArgument, CaseIterable {
    case mnist
  }

  struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "Download a data set into the cache, or check what is there.")

    @Argument(help: "The data set.")
    var name: Downloadable

    func run() throws {
      let download = MNISTDownload()
      let bars = DownloadBars(quiet: false)
      defer { bars.finish() }
      let fetched = try download.run { bars.show($0) }
      bars.finish()
      for file in fetched { try Console.print(file) }
      Console.message(
        fetched.isEmpty
          ? "All four files are in \(download.folder), and intact"
          : "\(fetched.count) of four files fetched into \(download.folder)")
    }
  }

  struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "Count a data set's samples and measure its pictures.")

    @Argument(help: ArgumentHelp("What to measure.", valueName: DataSource.forms))
    var source: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let data = try DataLoading.load(source, option: nil, quiet: json)
      let parts = [("training", data.training)] + (data.test.map { [("test", $0)] } ?? [])
      let measured = parts.map { (name: $0.0, measures: DataMeasures($0.1)) }
      let shape = data.training.imageShape
      if json {
        var members: [(String, JSON)] = [
          ("source", .string(source)), ("shape", .integers([shape.rows, shape.columns])),
          ("classes", .integer(data.training.classCount)),
        ]
        members += measured.map { ($0.name, $0.measures.json) }
        try Console.print(JSON.object(members).description)
        return
      }
      try Console.print("\(data.description)\n")
      let width = 12
      func row(_ title: String, _ cells: [String]) throws {
        try Console.print(title.padded(to: 18) + cells.map { $0.padded(to: width, right: true) }.joined())
      }
      try row("", measured.map(\.name))
      try row("samples", measured.map { $0.measures.count.grouped })
      for digit in 0..<data.training.classCount {
        let counts = measured.map { $0.measures.classes }
        try row("  class \(digit)", counts.map { digit < $0.count ? $0[digit].grouped : "0" })
      }
      try row("pixels not zero", measured.map { $0.measures.nonZeroShare.percent })
      try row("mean pixel", measured.map { $0.measures.mean.fixed(2) })
    }
  }

  struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show pictures of a data set, with their labels.")

    @Argument(help: ArgumentHelp("What to show.", valueName: DataSource.forms))
    var source: String

    @Option(
      parsing: .unconditional, help: ArgumentHelp("The first picture.", valueName: "n"),
      transform: OptionValue.wholeNumber(0...Int.max))
    var index: Int = 0

    @Option(
      parsing: .unconditional, help: ArgumentHelp("How many.", valueName: "k"),
      transform: OptionValue.wholeNumber(1...Int.max))
    var count: Int = 1

    @Option(name: .customLong("set"), help: "Which part of the data.")
    var part = DataPart.training

    func run() throws {
      let (_, set) = try DataPart.choose(part, of: DataLoading.load(source, option: nil), from: source)
      try set.checkIndex(index, option: "--index")
      guard count <= set.count - index else {
        throw CommandFailure(.usage, "--count: expected 1 to \(set.count - index), found '\(count)'")
      }
      let width = set.imageShape.columns
      let perRow = max(1, (Terminal.output.width + 2) / (width + 2))
      for start in stride(from: index, to: index + count, by: perRow) {
        let indices = start..<min(start + perRow, index + count)
        try Console.print(
          indices.map { "\($0): \(set.label(at: $0))".padded(to: width) }.joined(separator: "  "))
        let pictures = indices.map { set.picture(at: $0).lines(on: .output) }
        for line in pictures[0].indices {
          try Console.print(pictures.map { $0[line] }.joined(separator: "  "))
        }
      }
    }
  }
}

/// What can be counted in a data set.
struct DataMeasures {
  let count: Int
  /// Samples of each class.
  let classes: [Int]
  /// Share of pixels that are not 0.
  let nonZeroShare: Double
  /// Mean pixel, 0 ... 255.
  let mean: Double

  init(_ data: Dataset) {
    var classes = [Int](repeating: 0, count: data.classCount)
    var nonZero = 0
    var sum = 0
    for index in 0..<data.count {
      classes[data.label(at: index)] += 1
      for pixel in data.image(at: index) {
        nonZero += pixel == 0 ? 0 : 1
        sum += Int(pixel)
      }
    }
    count = data.count
    self.classes = classes
    nonZeroShare = Double(nonZero) / Double(data.count * data.inputSize)
    mean = Double(sum) / Double(data.count * data.inputSize)
  }

  var json: JSON {
    [
      "count": .integer(count), "classes": .integers(classes), "nonzero_share": .number(nonZeroShare),
      "mean": .number(mean),
    ]
  }
}
