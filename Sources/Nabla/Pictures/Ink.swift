/// The ink of a picture: how far each pixel stands out from the paper around it, and from where on that is ink.
struct Ink {
  let rows: Int
  let columns: Int
  /// Whether the ink is darker than its paper.
  let isDark: Bool
  /// 0 (paper) ... 1 (full ink), rows * columns values.
  let strength: [Float]
  /// `strength` from which a pixel is ink, where it hangs together with one of `certain`.
  let threshold: Float
  /// `strength` from which a pixel alone shows that there is ink.
  let certain: Float
  /// Greys that ink differs from its paper by, at least.
  let contrast: Int

  /// The least contrast of ink: paper has that much of its own.
  static let leastContrast: Float = 14
  /// Pictures with a side as long as this are smoothed before, because their noise is finer than their strokes.
  static let smoothedSide = 150

  /// Finds the ink; nil where nothing stands out from the paper.
  init?(of original: GreyPicture) {
    let picture =
      max(original.rows, original.columns) >= Self.smoothedSide ? original.smoothed() : original
    rows = picture.rows
    columns = picture.columns
    isDark = Self.isDark(picture)
    let paper = Paper(of: picture, percentile: isDark ? 0.7 : 0.3, window: 0.2)
    // Ink takes a share of the light that falls on its paper: what lies in the shadow counts as much as the rest.
    let brightest = max(paper.brightness.reduce(0, max), 1)
    var differences = [Float](repeating: 0, count: rows * columns)
    for index in differences.indices {
      let light = max(paper.brightness[index], 0.25 * brightest)
      let difference = paper.brightness[index] - Float(picture.pixels[index])
      differences[index] = isDark ? difference * brightest / light : -difference
    }
    // Most pixels are paper: their middle is its level, and how far they lie from it its noise.
    let level = Self.median(differences)
    for index in differences.indices { differences[index] -= level }
    let noise = 1.4826 * Self.median(differences.map(abs))
    let least = max(4 * noise, Self.leastContrast)
    let inked = differences.filter { $0 > least }.sorted()
    guard !inked.isEmpty else { return nil }
    let full = inked[inked.count * 3 / 4]
    certain = max(0.5 * full, least) / full
    threshold = max(0.25 * full, 2.5 * noise) / full
    contrast = Int((threshold * full).rounded())
    strength = differences.map { min(max($0 / full, 0), 1) }
  }

  private static func median(_ values: [Float]) -> Float {
    // A sample is enough, and quick.
    let sample = stride(from: 0, to: values.count, by: max(1, values.count / 20_011)).map { values[$0] }
      .sorted()
    return sample[sample.count / 2]
  }

  /// Whether ink is darker than paper: it covers less than the paper does, and less of the picture's border.
  private static func isDark(_ picture: GreyPicture) -> Bool {
    let paper = Paper(of: picture, percentile: 0.5, window: 0.35)
    let differences = picture.pixels.indices.map { Float(picture.pixels[$0]) - paper.brightness[$0] }
    let (middle, mean) = otsu(differences.map(abs))
    var (dark, light): (Float, Float) = (0, 0)
    var (border, borderCount, inside, insideCount): (Float, Float, Float, Float) = (0, 0, 0, 0)
    let margin = max(1, min(picture.rows, picture.columns) / 20)
    for row in 0..<picture.rows {
      for column in 0..<picture.columns {
        let difference = differences[row * picture.columns + column]
        if difference < -middle { dark += difference * difference }
        if difference > middle { light += difference * difference }
        let isBorder =
          min(row, column, picture.rows - 1 - row, picture.columns - 1 - column) < margin
        if isBorder {
          border += difference
          borderCount += 1
        } else {
          inside += difference
          insideCount += 1
        }
      }
    }
    guard dark + light > 0 else { return true }
    let rim = (border / max(borderCount, 1) - inside / max(insideCount, 1)) / max(mean, 1)
    return (dark - light) / (dark + light) + 2 * min(max(rim, -1), 1) >= 0
  }

  /// Returns the value that divides values into two classes with the least variance inside them, and the mean of the
  /// upper one.
  ///
  /// Source: Otsu 1979.
  static func otsu(_ values: [Float]) -> (middle: Float, upperMean: Float) {
    var counts = [Double](repeating: 0, count: 256)
    for value in values { counts[Int(min(max(value, 0), 255))] += 1 }
    let total = Double(values.count)
    let sum = counts.indices.reduce(0.0) { $0 + Double($1) * counts[$1] }
    var (below, belowSum, best): (Double, Double, Double) = (0, 0, -1)
    var (middle, upperMean): (Float, Float) = (0, 0)
    for value in 0..<255 {
      below += counts[value]
      belowSum += Double(value) * counts[value]
      let above = total - below
      guard below > 0, above > 0 else { continue }
      let distance = (sum - belowSum) / above - belowSum / below
      let variance = below * above * distance * distance
      if variance > best {
        best = variance
        middle = Float((sum - belowSum) / above + belowSum / below) / 2
        upperMean = Float((sum - belowSum) / above)
      }
    }
    return (middle, upperMean)
  }
}
