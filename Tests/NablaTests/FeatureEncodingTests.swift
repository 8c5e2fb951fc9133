import Nabla
import Testing

@Suite("How rows of a table become inputs")
struct FeatureEncodingTests {
  private let nan = Float.nan

  /// Columns: numbers with a missing one, a constant, words, nothing but missing cells.
  private func mixed() throws -> Dataset {
    let storage = try TableStorage(reservingRows: 5, columnCount: 4, targetCount: 1)
    let rows: [[Float]] = [
      [1, 7, 2, nan], [nan, 7, 0, nan], [4, 7, nan, nan], [10, 7, 2, nan], [3, 7, 1, nan],
    ]
    for (index, cell) in rows.joined().enumerated() { storage.features[index] = cell }
    for row in 0..<5 { storage.targets[row] = Float(row % 2) }
    storage.finish(rows: 5)
    try storage.classify { Int($0) }
    return try Dataset(
      table: storage,
      columns: [
        FeatureColumn(name: "n"), FeatureColumn(name: "c"),
        FeatureColumn(name: "w", kind: .category(["blue", "green", "red"])), FeatureColumn(name: "empty"),
      ], target: .classes(names: ["no", "yes"]))
  }

  @Test("Missing numbers become the median, missing words the most frequent, words an input each")
  func inputs() throws {
    let data = try mixed()
    #expect(
      data.inputSize == 6 && data.isTable && data.classCount == 2 && data.missingCounts == [1, 0, 1, 5])
    let none = try data.encoded(by: data.learnedEncoding(scaling: .none))
    #expect(none.input(at: 0) == [1, 7, 0, 0, 1, 0])
    #expect(none.input(at: 1) == [3.5, 7, 1, 0, 0, 0])
    #expect(none.input(at: 2) == [4, 7, 0, 0, 1, 0])
    let minmax = try data.encoded(by: data.learnedEncoding(scaling: .minmax))
    let expected: [Float] = [0, 2.5 / 9, 3.0 / 9, 1, 2.0 / 9]
    for (row, value) in expected.enumerated() { #expect(abs(minmax.input(at: row)[0] - value) < 1e-7) }
    #expect(minmax.input(at: 3)[1] == 0)
    let pixels = try data.encoded(by: data.learnedEncoding(scaling: .pixels))
    #expect(pixels.input(at: 3)[0] == 10 * (1 / 255 as Float))
  }

  @Test("Standard scaling is that of the sample alone: mean 0, population deviation 1")
  func standard() throws {
    let values: [Float] = [3, 9, -4, 100, 0.5, 7]
    let data = try Dataset(features: values, columnCount: 1, labels: [0, 1, 0, 1, 0, 1])
    let part = data[0..<4]
    let encoding = try part.learnedEncoding()
    let mean = 27.0
    let squares: [Double] = [24 * 24, 18 * 18, 31 * 31, 73 * 73]
    let deviation = (squares.reduce(0, +) / 4).squareRoot()
    let encoded = try data.encoded(by: encoding)
    for (index, value) in values.enumerated() {
      #expect(abs(Double(encoded.input(at: index)[0]) - (Double(value) - mean) / deviation) < 1e-6)
    }
    #expect(try data.learnedEncoding() != encoding)
  }

  @Test("Real targets are scaled for the network and given back in their units")
  func targets() throws {
    let data = try Dataset(features: [1, 2, 3], columnCount: 1, targets: [10, 30, 50])
    let encoding = try data.learnedEncoding()
    guard case .values(let values) = encoding.target else {
      Issue.record("real targets")
      return
    }
    #expect(values[0].offset == 30)
    #expect(abs(Double(values[0].factor) - 1 / (800.0 / 3).squareRoot()) < 1e-8)
    #expect(encoding.decoded([0]) == [30])
    let scaled = (data.values(at: 2)[0] - values[0].offset) * values[0].factor
    #expect(abs(encoding.decoded([scaled])[0] - 50) < 1e-4)
  }

  @Test("Encodings that make no sense, and tables of other columns")
  func refused() throws {
    let columns = [FeatureColumn(name: "a"), FeatureColumn(name: "b", kind: .category(["x", "y"]))]
    func error(_ numbers: [FeatureEncoding.Numbers]) -> String? {
      #expect(throws: NablaError.self) {
        _ = try FeatureEncoding(columns: columns, scaling: .none, numbers: numbers)
      }?.description
    }
    _ = try FeatureEncoding(columns: columns, scaling: .none, numbers: [.init(), .init(fill: 1)])
    #expect(error([.init()]) == "expected scaling for 2 columns, found 1")
    #expect(error([.init(), .init(fill: 2)]) == "column b: expected a fill of 0 ... 1, found 2.0")
    #expect(
      error([.init(factor: .infinity), .init()])?.hasPrefix("column a: expected finite scaling") == true)
    let data = try mixed()
    let other = try Dataset(features: [1, 2], columnCount: 1, labels: [0, 1])
    #expect(throws: NablaError.self) { try data.encoded(by: other.learnedEncoding()) }
    let pictures = try Dataset(images: [1, 2], labels: [0, 1], imageShape: .init(rows: 1, columns: 1))
    #expect(throws: NablaError.self) { try pictures.encoded(by: other.learnedEncoding()) }
    #expect(throws: NablaError.self) { try data.encoded(by: pictures.learnedEncoding()) }
  }

  @Test("Tables that are no tables")
  func badTables() {
    func error(_ make: () throws -> Dataset) -> String? {
      #expect(throws: NablaError.self) { _ = try make() }?.description
    }
    #expect(
      error { try Dataset(features: [1, 2, 3], columnCount: 2, labels: [0]) }
        == "expected 1 rows of 2 numbers, found 3 numbers")
    #expect(
      error { try Dataset(features: [1, .infinity], columnCount: 2, labels: [0]) }
        == "row 0, column 1: expected a finite number, found inf")
    #expect(
      error { try Dataset(features: [1, 2], columnCount: 1, labels: [0, 2], classNames: ["a", "b"]) }
        == "label 1: expected a class of 0 ... 1, found 2")
    #expect(
      error { try Dataset(features: [1], columnCount: 1, targets: [.nan]) }
        == "target 0: expected a finite number, found nan")
    #expect(
      error { try Dataset(features: [], columnCount: 1, labels: []) }
        == "expected at least one row, found none")
  }
}
