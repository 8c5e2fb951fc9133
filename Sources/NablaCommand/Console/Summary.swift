/// The range of a vector or matrix, and where its values lie.
struct Summary {
  let min: Float
  let max: Float
  let mean: Double
  let standardDeviation: Double

  init(_ values: [Float]) {
    min = values.min() ?? 0
    max = values.max() ?? 0
    let mean = values.reduce(0) { $0 + Double($1) } / Double(Swift.max(values.count, 1))
    self.mean = mean
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    standardDeviation = (squares / Double(Swift.max(values.count, 1))).squareRoot()
  }

  static let columnWidth = 11

  static func header(indent: Int) -> String {
    String(repeating: " ", count: indent)
      + ["min", "max", "mean", "sd"].map { $0.padded(to: columnWidth, right: true) }.joined()
  }

  /// min, max, mean and standard deviation, aligned below `header`.
  var row: String {
    [Double(min), Double(max), mean, standardDeviation]
      .map { $0.short.padded(to: Summary.columnWidth, right: true) }.joined()
  }

  func json(shape: [Int]) -> JSON {
    [
      "shape": .integers(shape), "min": .number(min), "max": .number(max), "mean": .number(mean),
      "sd": .number(standardDeviation),
    ]
  }
}
