import Nabla
import NablaFormats

/// What each sample was taken for by the network that was not trained on it, as a table.
struct FoldPredictions {
  let data: Dataset
  /// The fold of each sample.
  let folds: [Int]
  /// One of each fold, with its outputs.
  let results: [FoldResult]

  /// Bytes that are gathered before they are written.
  private static let blockSize = 1 << 20

  /// Writes a line a sample, in their order: its row from 1, fold from 1, target and prediction; for classes then the
  /// outputs, under the names of the classes.
  func write(to path: String) throws {
    let width = results[0].outputs.count / max(1, results[0].evaluation.total)
    let file = try AtomicFile(replacing: path)
    var block = Array((header(width).map(\.csvCell).joined(separator: ",") + "\n").utf8)
    // The next sample of each fold: outputs stand in the order of the samples.
    var next = [Int](repeating: 0, count: results.count)
    for (index, fold) in folds.enumerated() {
      let start = next[fold] * width
      next[fold] += 1
      let outputs = results[fold].outputs[start..<start + width]
      let cells = ["\(index + 1)", "\(fold + 1)"] + cells(of: index, Array(outputs))
      block += (cells.map(\.csvCell).joined(separator: ",") + "\n").utf8
      guard block.count >= Self.blockSize else { continue }
      try file.write(block)
      block.removeAll(keepingCapacity: true)
    }
    try file.write(block)
    try file.commit()
  }

  private func header(_ width: Int) -> [String] {
    guard case .values(let values) = data.encoding.target else {
      return ["row", "fold", "target", "prediction"] + (0..<width).map(data.encoding.className)
    }
    guard values.count > 1 else { return ["row", "fold", "target", "prediction"] }
    return ["row", "fold"] + values.flatMap { [$0.name, "\($0.name) prediction"] }
  }

  private func cells(of index: Int, _ outputs: [Float]) -> [String] {
    if data.encoding.isRegression {
      return zip(data.values(at: index), outputs).flatMap { ["\($0)", "\($1)"] }
    }
    let encoding = data.encoding
    return [encoding.className(data.label(at: index)), encoding.className(indexOfLargest(outputs))]
      + outputs.map { "\($0)" }
  }
}
