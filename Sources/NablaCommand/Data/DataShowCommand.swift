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
        scaled as all rows of the set say.
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

    @OptionGroup(title: "Tables") var columnOptions: ColumnOptions

    @Option(
      help: ArgumentHelp(
        "How numbers become inputs. (default: standard)", valueName: FeatureEncoding.Scaling.allCases.words),
      completion: .list(FeatureEncoding.Scaling.allCases.map(\.rawValue)),
      transform: OptionValue.choice(FeatureEncoding.Scaling.allCases))
    var scale: FeatureEncoding.Scaling?

    func run() throws {
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
      guard set.isTable else { return try showPictures(set) }
      let rows = try TableRowLines(set, scaling: scale ?? .standard, targetNames: data.targetNames)
      for row in index..<index + count {
        if row > index { try Console.print("") }
        for line in rows.lines(of: row) { try Console.print(line) }
      }
    }

    private func showPictures(_ set: Dataset) throws {
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
