import Nabla

/// Writes predictions as lines: CSV, or one JSON object a line.
package struct PredictionLines: Sendable {
  private let names: [String]
  private let isRegression: Bool
  private let outputs: Int
  private let idName: String
  private let json: Bool
  /// ",name" of each output as a key of an object, or the class as a cell.
  private let keys: [[UInt8]]
  private let cells: [[UInt8]]

  /// Rows that one thread writes at once.
  private static let chunk = 512

  package init(_ encoding: DataEncoding, outputs: Int, idName: String, json: Bool) {
    (self.outputs, self.idName, self.json) = (outputs, idName, json)
    if case .values(let values) = encoding.target {
      names = values.map(\.name)
    } else {
      names = (0..<outputs).map(encoding.className)
    }
    isRegression = encoding.isRegression
    keys = names.map { Array($0.jsonQuoted.utf8) }
    cells = names.map { Array((json ? $0.jsonQuoted : $0.csvCell).utf8) }
  }

  /// The first line of CSV: the id, the prediction, and for classes the output of each.
  package var header: [UInt8]? {
    if json { return nil }
    let columns = isRegression ? names : ["prediction"] + names
    return Array(([idName] + columns).map(\.csvCell).joined(separator: ",").utf8) + [0x0A]
  }

  /// The row, from 0, of the first of `values` [rows, outputs] that is NaN or infinite; nil if there is none.
  package func firstNotFinite(_ values: [Float]) -> Int? {
    values.firstIndex { !$0.isFinite }.map { $0 / outputs }
  }

  /// Returns the lines of `values` [rows, outputs], in pieces in their order, written by all threads.
  ///
  /// - Parameter first: the number of the first row, where there are no ids.
  package func text(of values: [Float], ids: [String]?, first: Int) -> [[UInt8]] {
    let rows = values.count / outputs
    let pieces = (rows + Self.chunk - 1) / Self.chunk
    var text = [[UInt8]](repeating: [], count: pieces)
    text.withUnsafeMutableBufferPointer { text in
      nonisolated(unsafe) let text = text
      Team.forEach(pieces) { piece in
        let range = piece * Self.chunk..<min(rows, (piece + 1) * Self.chunk)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count * (16 + outputs * (json ? 24 : 10)))
        for row in range {
          append(
            values[row * outputs..<(row + 1) * outputs], id: ids?[row] ?? String(first + row),
            isNumbered: ids == nil, to: &bytes)
        }
        text[piece] = bytes
      }
    }
    return text
  }

  private func append(
    _ values: ArraySlice<Float>, id: String, isNumbered: Bool, to bytes: inout [UInt8]
  ) {
    let best = values.indices.max { (values[$0], $1) < (values[$1], $0) }.map { $0 - values.startIndex } ?? 0
    if json {
      bytes += "{".utf8
      bytes += idName.jsonQuoted.utf8
      bytes += ":".utf8
      bytes += (isNumbered ? id : id.jsonQuoted).utf8
      if !isRegression {
        bytes += ",\"prediction\":".utf8
        bytes += cells[best]
      }
      bytes += (isRegression ? ",\"values\":{" : ",\"outputs\":{").utf8
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(0x2C) }
        bytes += keys[index]
        bytes.append(0x3A)
        append(value, to: &bytes)
      }
      bytes += "}}\n".utf8
      return
    }
    bytes += id.csvCell.utf8
    if !isRegression {
      bytes.append(0x2C)
      bytes += cells[best]
    }
    for value in values {
      bytes.append(0x2C)
      append(value, to: &bytes)
    }
    bytes.append(0x0A)
  }

  /// Outputs of classes with six decimals, real targets with all digits that tell them apart.
  private func append(_ value: Float, to bytes: inout [UInt8]) {
    guard !isRegression, value.magnitude < 1000 else {
      bytes += value.isFinite ? "\(value)".utf8 : "null".utf8
      return
    }
    if value < 0 { bytes.append(0x2D) }
    let millionths = Int((Double(value.magnitude) * 1e6).rounded())
    bytes += String(millionths / 1_000_000).utf8
    bytes.append(0x2E)
    var digit = 100_000
    while digit > 0 {
      bytes.append(UInt8(0x30 + millionths / digit % 10))
      digit /= 10
    }
  }
}
