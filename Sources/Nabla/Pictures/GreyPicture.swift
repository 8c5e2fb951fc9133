/// A grey picture of any size, in memory.
public struct GreyPicture: Equatable, Sendable {
  /// Height in pixels.
  public let rows: Int
  /// Width in pixels.
  public let columns: Int
  /// rows * columns pixels, row-major, 0 (black) ... 255 (white).
  public let pixels: [UInt8]

  /// - Precondition: rows and columns are positive, and there are rows * columns pixels.
  public init(rows: Int, columns: Int, pixels: [UInt8]) {
    precondition(rows > 0 && columns > 0 && pixels.count == rows * columns)
    (self.rows, self.columns, self.pixels) = (rows, columns, pixels)
  }

  /// Returns the picture with black for white and white for black.
  public func inverted() -> GreyPicture {
    GreyPicture(rows: rows, columns: columns, pixels: pixels.map { 255 - $0 })
  }

  /// Returns the picture with each pixel as the mean of those around it, weighted 1, 2, 1 down and across.
  func smoothed() -> GreyPicture {
    var (across, result) = (pixels, pixels)
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        let (left, right) = (column > 0 ? index - 1 : index, column + 1 < columns ? index + 1 : index)
        across[index] = UInt8((Int(pixels[left]) + 2 * Int(pixels[index]) + Int(pixels[right]) + 2) / 4)
      }
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        let (above, below) = (row > 0 ? index - columns : index, row + 1 < rows ? index + columns : index)
        result[index] = UInt8((Int(across[above]) + 2 * Int(across[index]) + Int(across[below]) + 2) / 4)
      }
    }
    return GreyPicture(rows: rows, columns: columns, pixels: result)
  }

  /// Returns the picture stretched to `shape`: every new pixel is the mean of the area it covers, so that thin strokes
  /// grow fainter instead of breaking up.
  public func averaged(to shape: Dataset.ImageShape) -> GreyPicture {
    if shape.rows == rows && shape.columns == columns { return self }
    let values = areaMeans(
      of: rows, columns, at: { Double(pixels[$0]) }, to: shape.rows, shape.columns)
    return GreyPicture(
      rows: shape.rows, columns: shape.columns,
      pixels: values.map { UInt8(min(max($0.rounded(), 0), 255)) })
  }
}

/// Returns the means of the areas that the pixels of a smaller or larger picture cover.
///
/// - Parameters:
///   - value: the pixel at row * columns + column.
func areaMeans(
  of rows: Int, _ columns: Int, at value: (Int) -> Double, to newRows: Int, _ newColumns: Int
) -> [Double] {
  // Columns first, then rows: the mean over a rectangle is the mean of means. A row is added where it belongs as soon
  // as it is narrow, so that a large picture needs no copy.
  let narrow = AreaShares(count: columns, to: newColumns)
  var means = [Double](repeating: 0, count: newRows * newColumns)
  var row = [Double](repeating: 0, count: newColumns)
  var current = -1
  let short = AreaShares(count: rows, to: newRows)
  for newRow in 0..<newRows {
    for rowShare in short.starts[newRow]..<short.starts[newRow + 1] {
      if short.indices[rowShare] != current {
        current = short.indices[rowShare]
        for column in 0..<newColumns {
          var sum = 0.0
          for share in narrow.starts[column]..<narrow.starts[column + 1] {
            sum += narrow.weights[share] * value(current * columns + narrow.indices[share])
          }
          row[column] = sum
        }
      }
      let weight = short.weights[rowShare]
      for column in 0..<newColumns { means[newRow * newColumns + column] += weight * row[column] }
    }
  }
  return means
}

/// For each of equal parts of a line of pixels: the pixels it touches, and the share of the part that each covers.
private struct AreaShares {
  /// Part p has the shares starts[p] ..< starts[p + 1].
  private(set) var starts = [0]
  private(set) var indices: [Int] = []
  private(set) var weights: [Double] = []

  init(count: Int, to newCount: Int) {
    let length = Double(count) / Double(newCount)
    for part in 0..<newCount {
      let start = Double(part) * length
      let end = start + length
      for index in Int(start)..<min(count, Int(end.rounded(.up))) {
        let overlap = min(end, Double(index + 1)) - max(start, Double(index))
        indices.append(index)
        weights.append(max(overlap, 0) / length)
      }
      starts.append(indices.count)
    }
  }
}
