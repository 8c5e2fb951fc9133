/// What a picture would be without its ink: the paper's brightness in every pixel, estimated from the pixels around it.
///
/// The picture is taken as a grid of cells; each has a percentile of the pixels in a window around it, which ink does
/// not reach as long as it covers less than that share. Between the cells it is linear.
///
/// Source: the background surface of Sauvola & Pietikainen 2000 and Gatos, Pratikakis & Perantonis 2006, with a
/// percentile for their mean.
struct Paper {
  /// rows * columns values, 0 ... 255.
  let brightness: [Float]

  /// - Parameters:
  ///   - percentile: 0.5 where it is not known if ink is darker than paper; above if it is, below if it is lighter.
  ///   - window: its half, as a share of the picture's shorter side.
  init(of picture: GreyPicture, percentile: Float, window: Float) {
    let (rows, columns) = (picture.rows, picture.columns)
    let longest = max(rows, columns)
    let cell = max(1, (longest + 23) / 24)
    let (gridRows, gridColumns) = ((rows + cell - 1) / cell, (columns + cell - 1) / cell)
    // One pixel in nine of large cells: a percentile needs no more.
    let step = max(1, cell / 6)
    let reach = max(1, Int((window * Float(min(rows, columns)) / Float(cell)).rounded()))
    // The greys of each cell, counted.
    var counts = [Int32](repeating: 0, count: gridRows * gridColumns * 64)
    for row in stride(from: 0, to: rows, by: step) {
      for column in stride(from: 0, to: columns, by: step) {
        let grey = Int(picture.pixels[row * columns + column]) >> 2
        counts[((row / cell) * gridColumns + column / cell) * 64 + grey] += 1
      }
    }
    var grid = [Float](repeating: 0, count: gridRows * gridColumns)
    var window = [Int32](repeating: 0, count: 64)
    for row in 0..<gridRows {
      for column in 0..<gridColumns {
        for grey in 0..<64 { window[grey] = 0 }
        for other in max(0, row - reach)...min(gridRows - 1, row + reach) {
          for beside in max(0, column - reach)...min(gridColumns - 1, column + reach) {
            let start = (other * gridColumns + beside) * 64
            for grey in 0..<64 { window[grey] += counts[start + grey] }
          }
        }
        grid[row * gridColumns + column] = Self.percentile(percentile, of: window)
      }
    }
    brightness = Self.interpolated(grid, gridRows, gridColumns, cell: cell, rows: rows, columns: columns)
  }

  /// The grey below which a share of the counted ones lie, linear inside a bin of four greys.
  private static func percentile(_ share: Float, of counts: [Int32]) -> Float {
    let wanted = share * Float(counts.reduce(0, +))
    var below: Float = 0
    for (bin, count) in counts.enumerated() where count > 0 {
      if below + Float(count) >= wanted {
        return min(255, 4 * (Float(bin) + (wanted - below) / Float(count)))
      }
      below += Float(count)
    }
    return 255
  }

  private static func interpolated(
    _ grid: [Float], _ gridRows: Int, _ gridColumns: Int, cell: Int, rows: Int, columns: Int
  ) -> [Float] {
    var values = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      let y = min(max((Float(row) + 0.5) / Float(cell) - 0.5, 0), Float(gridRows - 1))
      let (top, down) = (Int(y), y - Float(Int(y)))
      let bottom = min(top + 1, gridRows - 1)
      for column in 0..<columns {
        let x = min(max((Float(column) + 0.5) / Float(cell) - 0.5, 0), Float(gridColumns - 1))
        let (left, across) = (Int(x), x - Float(Int(x)))
        let right = min(left + 1, gridColumns - 1)
        let above = grid[top * gridColumns + left] * (1 - across) + grid[top * gridColumns + right] * across
        let below =
          grid[bottom * gridColumns + left] * (1 - across) + grid[bottom * gridColumns + right] * across
        values[row * columns + column] = above * (1 - down) + below * down
      }
    }
    return values
  }
}
