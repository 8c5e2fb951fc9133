/// How many of some numbers lie in each part of their range, all parts equally wide.
package struct Histogram: Hashable, Sendable {
  /// Numbers, and their least and largest; 0 where there are none.
  package let count: Int
  package let least: Double
  package let largest: Double
  package let sum: Double
  package let sumOfSquares: Double
  /// The upper end of each part. The first part has the least number too.
  package let limits: [Double]
  /// Numbers in each part.
  package let counts: [Int]

  /// As many as TensorBoard shows.
  package static let parts = 30

  /// Counts `values`, which are finite.
  package init(of values: [Float], parts: Int = Histogram.parts) {
    let (least, largest) = (Double(values.min() ?? 0), Double(values.max() ?? 0))
    let width = (largest - least) / Double(parts)
    var counts = [Int](repeating: 0, count: width > 0 ? parts : 1)
    var (sum, squares) = (0.0, 0.0)
    for value in values {
      let value = Double(value)
      counts[width > 0 ? min(Int((value - least) / width), parts - 1) : 0] += 1
      sum += value
      squares += value * value
    }
    count = values.count
    (self.least, self.largest, self.sum, sumOfSquares) = (least, largest, sum, squares)
    limits = (1...counts.count).map { $0 == counts.count ? largest : least + width * Double($0) }
    self.counts = counts
  }
}
