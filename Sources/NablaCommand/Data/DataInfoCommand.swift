import ArgumentParser
import Nabla
import NablaFormats

extension DataCommand {
  /// `nabla data info`: what a data set consists of.
  struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "Count a data set's samples, and measure its pictures or columns.")

    @Argument(help: ArgumentHelp("What to measure.", valueName: DataSource.forms))
    var source: String

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Tables") var columnOptions: ColumnOptions

    func run() throws {
      let data = try DataLoading.load(source, option: nil, table: columnOptions.options, quiet: json)
      if data.training.isTable {
        try showTable(data)
      } else {
        try columnOptions.refuseForPictures(source)
        try showPictures(data)
      }
    }

    private func parts(_ data: LoadedData) -> [(name: String, samples: Dataset)] {
      [("training", data.training)] + (data.test.map { [("test", $0)] } ?? [])
    }

    private func showTable(_ data: LoadedData) throws {
      let measured = parts(data).map { (name: $0.name, measures: TableMeasures($0.samples)) }
      if json {
        let start: [(String, JSON)] = [
          ("source", .string(source)),
          ("shape", .integers([data.training.encoding.features?.columns.count ?? 0])),
          ("target_columns", .array(data.targetNames.map { .string($0) })),
        ]
        try Console.print(JSON.object(start + measured.map { ($0.name, $0.measures.json) }).description)
        return
      }
      for note in data.notes { Console.message(note) }
      try Console.print("\(data.description)\n")
      for line in measured[0].measures.columnLines { try Console.print(line) }
      try Console.print("")
      for line in TargetLines(names: data.targetNames, parts: measured).lines { try Console.print(line) }
    }

    private func showPictures(_ data: LoadedData) throws {
      let measured = parts(data).map { (name: $0.name, measures: PictureMeasures($0.samples)) }
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
}

/// What can be counted in pictures.
struct PictureMeasures {
  let count: Int
  /// Samples of each class.
  let classes: [Int]
  /// Share of pixels that are not 0.
  let nonZeroShare: Double
  /// Mean pixel, 0 ... 255.
  let mean: Double

  /// - Precondition: `data` are pictures.
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
