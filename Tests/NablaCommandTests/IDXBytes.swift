/// IDX files for tests that need a data set of their own.
enum IDXBytes {
  static func images(_ count: Int, rows: Int, columns: Int) -> [UInt8] {
    header([count, rows, columns]) + (0..<count * rows * columns).map { UInt8(truncatingIfNeeded: $0 * 37) }
  }

  static func labels(_ labels: [UInt8]) -> [UInt8] { header([labels.count]) + labels }

  private static func header(_ sizes: [Int]) -> [UInt8] {
    [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] }
  }
}
