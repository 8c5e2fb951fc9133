import Foundation
import Nabla
import NablaFormats

/// Predicts the rows of a table one block after the other, in constant memory: a line a row, to a file or to stdout.
struct TablePrediction {
  let model: ModelFile.Loaded
  /// The model's file.
  let modelPath: String
  /// A file, or "-" for standard input.
  let input: String
  /// The column that names the rows; nil numbers them.
  let id: String?
  /// nil for stdout.
  let output: String?
  let json: Bool
  let threads: Int?

  /// Rows in a block: its text stays in the caches, and all threads have work; fewer where there are many outputs.
  private var blockRows: Int { min(8192, max(64, (4 << 20) / model.network.topology.outputSize)) }

  func run() throws {
    // Standard input can be read once: what cannot be written is refused before.
    if let output {
      try OutputPath.spare(
        [("the table", input), ("the model", modelPath)], from: output, option: "--output")
      try OutputPath.check(output)
    }
    if input != "-", let format = try ArrayFormat.detect(input) {
      throw CommandFailure(
        .badData,
        "\(input): cannot be read row by row (expected a table of text, such as CSV, found \(format.name))")
    }
    var options = model.encoding.tableOptions(target: model.metadata["target_column"])
    options.id = id
    let stream = try TableStream(input, options: options)
    let file = try output.map { try AtomicFile(replacing: $0) }
    let predictor = try Predictor(
      model.network, encoding: model.encoding.features, threads: threads)
    let bar = ProgressBar("Predicting", unit: "MB", enabled: true)
    defer { bar.finish() }
    let lines = PredictionLines(
      model.encoding, outputs: model.network.topology.outputSize, idName: stream.idName ?? "row", json: json)
    if let header = lines.header { try write(header, to: file) }
    var rows = 0
    while let block = try stream.next(blockRows) {
      let outputs = try predict(block, predictor)
      // The largest of such outputs would be no answer.
      if let row = lines.firstNotFinite(outputs) {
        throw CommandFailure(
          .badData,
          "\(input): row \((rows + row + 1).grouped) has numbers too large for the model (its output is not finite)"
        )
      }
      for part in lines.text(of: outputs, ids: block.ids.map(Array.init), first: rows + 1) {
        try write(part, to: file)
      }
      rows += block.rowCount
      if let (done, total) = stream.progress { bar.update(done: done >> 20, total: max(total >> 20, 1)) }
    }
    try file?.commit()
    bar.finish()
    if let output { Console.message("\(rows.grouped) predictions in \(output)") }
    let missing = stream.missingCounts.reduce(0, +)
    guard missing > 0 else { return }
    let cells = missing == 1 ? "cell was" : "cells were"
    Console.message("\(missing.grouped) missing \(cells) filled as in training")
  }

  private func write(_ bytes: [UInt8], to file: AtomicFile?) throws {
    if let file { try file.write(bytes) } else { try Console.print(bytes: bytes) }
  }

  private func predict(_ block: TableStream.Block, _ predictor: Predictor) throws -> [Float] {
    let columns = model.encoding.features?.columns.count ?? 0
    let rows = UnsafeBufferPointer(start: block.features, count: block.rowCount * columns)
    var outputs = [Float](repeating: 0, count: block.rowCount * model.network.topology.outputSize)
    var span = outputs.mutableSpan
    try predictor.predict(rows: rows.span, into: &span)
    return model.encoding.decoded(outputs)
  }
}
