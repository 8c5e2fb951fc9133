import ArgumentParser
import Nabla
import NablaFormats

extension DataCommand {
  /// `nabla data show`: samples as people look at them.
  struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show pictures with their labels, or rows of a table.",
      discussion: """
        Of a row you see each cell as it stands in the table, and what a network reads instead once it is filled and \
        scaled as all rows of the set say. With --augment you see beside each picture what a network sees of it in the \
        first epochs.
        """)

    @Argument(help: ArgumentHelp("What to show.", valueName: DataSource.forms))
    var source: String

    @Option(
      parsing: .unconditional, help: ArgumentHelp("The first picture or row.", valueName: "n"),
      transform: OptionValue.wholeNumber(0...Int.max))
    var index: Int = 0

    @Option(
      parsing: .unconditional, help: ArgumentHelp("How many.", valueName: "k"),
      transform: OptionValue.wholeNumber(1...Int.max))
    var count: Int = 1

    @Option(name: .customLong("set"), help: "Which part of the data.")
    var part = DataPart.training

    @OptionGroup var graphicsOptions: GraphicsOptions

    @OptionGroup(title: "Tables") var columnOptions: ColumnOptions

    @Option(
      help: ArgumentHelp(
        "How numbers become inputs. (default: standard)", valueName: FeatureEncoding.Scaling.allCases.words),
      completion: .list(FeatureEncoding.Scaling.allCases.map(\.rawValue)),
      transform: OptionValue.choice(FeatureEncoding.Scaling.allCases))
    var scale: FeatureEncoding.Scaling?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Distort the pictures, as nabla train does: shift:2,rotate:12,scale:15%,shear:10,elastic:4:34.",
        valueName: "parts"),
      transform: OptionValue.augmentation)
    var augment: Augmentation?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "How many epochs of distorted pictures. (default: \(Self.standardVariants))", valueName: "n"),
      transform: OptionValue.wholeNumber(1...1000))
    var variants: Int?

    @Option(
      parsing: .unconditional, help: ArgumentHelp("Draws the distortions. (default: 1)", valueName: "n"),
      transform: OptionValue.seed)
    var seed: UInt64?

    private static let standardVariants = 3

    func run() throws {
      if augment == nil, let option = variants != nil ? "--variants" : seed != nil ? "--seed" : nil {
        throw CommandFailure(.usage, "\(option): expected with --augment, found without")
      }
      let data = try DataLoading.load(source, option: nil, table: columnOptions.options)
      let (_, set) = try DataPart.choose(part, of: data, from: source)
      if !set.isTable {
        try columnOptions.refuseForPictures(source)
        guard scale == nil else {
          throw CommandFailure(.usage, "--scale: expected with a table, found the pictures of \(source)")
        }
      }
      try set.checkIndex(index, option: "--index")
      guard count <= set.count - index else {
        throw CommandFailure(.usage, "--count: expected 1 to \(set.count - index), found '\(count)'")
      }
      if set.isTable, augment != nil {
        throw CommandFailure(.usage, "--augment: expected with pictures, found the table \(source)")
      }
      guard set.isTable else { return try augment.map { try showDistorted(set, $0) } ?? showPictures(set) }
      let rows = try TableRowLines(set, scaling: scale ?? .standard, targetNames: data.targetNames)
      for row in index..<index + count {
        if row > index { try Console.print("") }
        for line in rows.lines(of: row) { try Console.print(line) }
      }
    }

    private func showPictures(_ set: Dataset) throws {
      // Drawn as they are printed: there may be many.
      let graphics = graphicsOptions.chosen
      let perRow = Self.picturesPerRow(of: set, graphics)
      for start in stride(from: index, to: index + count, by: perRow) {
        try Self.printRow(
          (start..<min(start + perRow, index + count)).map {
            ("\($0): \(set.label(at: $0))", set.picture(at: $0))
          }, graphics)
      }
    }

    /// Each picture, then what becomes of it in the first epochs.
    private func showDistorted(_ set: Dataset, _ augmentation: Augmentation) throws {
      let graphics = graphicsOptions.chosen
      let perRow = Self.picturesPerRow(of: set, graphics)
      let epochs = variants ?? Self.standardVariants
      for sample in index..<index + count {
        var pictures = [("\(sample): \(set.label(at: sample))", set.picture(at: sample))]
        for epoch in 1...epochs {
          let pixels = try set.image(at: sample, distortedBy: augmentation, seed: seed ?? 1, epoch: epoch)
          pictures.append(
            (
              "epoch \(epoch)",
              TerminalPicture(pixels: pixels, rows: set.imageShape.rows, columns: set.imageShape.columns)
            ))
        }
        for start in stride(from: 0, to: pictures.count, by: perRow) {
          try Self.printRow(Array(pictures[start..<min(start + perRow, pictures.count)]), graphics)
        }
      }
    }

    private static func picturesPerRow(of set: Dataset, _ graphics: Graphics) -> Int {
      let width = set.picture(at: 0).width(in: graphics)
      return max(1, (Terminal.output.width + PixelStrip.gap) / (width + PixelStrip.gap))
    }

    /// Pictures of one size side by side, their captions above.
    private static func printRow(
      _ pictures: [(caption: String, picture: TerminalPicture)], _ graphics: Graphics
    ) throws {
      let gap = String(repeating: " ", count: PixelStrip.gap)
      try Console.print(
        pictures.map { $0.caption.padded(to: $0.picture.width(in: graphics)) }.joined(separator: gap))
      for line in TerminalPicture.lines(pictures.map(\.picture), in: graphics, on: .output) {
        try Console.print(line)
      }
    }
  }
}
