import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct NPYTests {
  @Test("45: every type, in both byte orders", arguments: numbers)
  func types(type: String, data: [UInt8], values: [Float]) throws {
    let folder = try TemporaryFolder()
    for version: UInt8 in 1...3 {
      let little = try folder.write(npy("<" + type, "3, 2", version: version, data), to: "little.bin")
      #expect(TableContent(try NPY.read(little).training) == TableContent(3, 2, values))
    }
    let size = data.count / 6
    let swapped = (0..<6).flatMap { data[$0 * size..<($0 + 1) * size].reversed() }
    let big = try folder.write(gzip(npy(">" + type, "3, 2", swapped)), to: "big")
    #expect(TableContent(try NPY.read(big).training) == TableContent(3, 2, values))
  }

  @Test("44: Fortran order is transposed, of any number of dimensions")
  func fortranOrder() throws {
    let folder = try TemporaryFolder()
    let stored = (0..<24).map { Double($0) }
    let flat = try folder.write(npy("<f8", "4, 6", fortran: true, doubles(stored)), to: "flat.npy")
    let expected = (0..<24).map { Float($0 % 6 * 4 + $0 / 6) }
    #expect(TableContent(try NPY.read(flat).training) == TableContent(4, 6, expected))
    let deep = try folder.write(npy("<f8", "4, 3, 2", fortran: true, doubles(stored)), to: "deep.npy")
    let laidOut = (0..<24).map { place in
      let (sample, row, column) = (place / 6, place / 2 % 3, place % 2)
      return Float(sample + 4 * (row + 3 * column))
    }
    #expect(TableContent(try NPY.read(deep).training) == TableContent(4, 6, laidOut))
    let pixels = (0..<24).map { UInt8($0) }
    let pictures = try folder.write(npy("|u1", "4, 3, 2", fortran: true, pixels), to: "pictures.npy")
    guard case .pictures(let data, hasLabels: false) = try NPY.read(pictures).training else {
      Issue.record("no pictures")
      return
    }
    #expect((0..<4).flatMap { data.image(at: $0) } == laidOut.map { UInt8($0) })
  }

  @Test(
    "Fortran order, of more than is read at once and of many columns",
    arguments: [(70_001, 3, 1), (1003, 20, 1), (517, 131, 1), (35, 6, 4)], [false, true])
  func longFortranOrder(sizes: (rows: Int, first: Int, second: Int), compressed: Bool) throws {
    let folder = try TemporaryFolder()
    let (rows, first, second) = sizes
    let count = rows * first * second
    let bytes = npy(
      "<f4", "\(rows), \(first), \(second)", fortran: true, floats((0..<count).map { Float($0) }))
    let path = try folder.write(compressed ? gzip(bytes) : bytes, to: "long.npy")
    var expected: [Float] = []
    for row in 0..<rows {
      for column in 0..<first {
        for place in 0..<second { expected.append(Float(row + rows * (column + first * place))) }
      }
    }
    #expect(TableContent(try NPY.read(path).training) == TableContent(rows, first * second, expected))
  }

  @Test(
    "Which bytes are pictures",
    arguments: [
      ("2, 3, 4", [UInt8](repeating: 1, count: 24), 3, 4), ("2, 3, 4, 1", sampleBytes(24), 3, 4),
      ("2, 1, 3, 4", sampleBytes(24), 3, 4), ("2, 64", [128] + sampleBytes(127), 8, 8),
    ])
  func pictures(shape: String, pixels: [UInt8], rows: Int, columns: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(npy("<i4", "2,", integers([3, 0], bytes: 4)), to: "y.npy")
    let path = try folder.write(npy("|u1", shape, pixels), to: "X.npy")
    guard case .pictures(let data, hasLabels: true) = try NPY.read(path).training else {
      Issue.record("no pictures")
      return
    }
    #expect(data.imageShape == Dataset.ImageShape(rows: rows, columns: columns))
    #expect(data.image(at: 0) + data.image(at: 1) == pixels)
    #expect([data.label(at: 0), data.label(at: 1), data.classCount] == [3, 0, 4])
  }

  @Test(
    "Which bytes are a table",
    arguments: [
      ("2, 64", [127] + sampleBytes(127)), ("2, 65", [200] + sampleBytes(129)),
      ("2, 49", [200] + sampleBytes(97)),
      ("2, 2, 3, 3", [200] + sampleBytes(35)), ("5", [200] + sampleBytes(4)),
    ])
  func tables(shape: String, data: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(npy("|u1", shape + ",", data), to: "X.npy")
    let rows = shape == "5" ? 5 : 2
    #expect(
      TableContent(try NPY.read(path).training)
        == TableContent(rows, data.count / rows, data.map { Float($0) }))
  }

  @Test("Missing values stay missing")
  func missing() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(npy("<f8", "2, 1", doubles([.nan, 2])), to: "a.npy")
    #expect(
      TableContent(try NPY.read(path).training)?.features.map { Float(bitPattern: $0).isNaN } == [
        true, false,
      ])
  }

  @Test("Classes are named by their numbers or words and sorted, others are values", arguments: targets)
  func readsTargets(target: Target) throws {
    let folder = try TemporaryFolder()
    let rows = target.labels?.count ?? target.rows
    try folder.write(npy(target.type, target.shape, target.data), to: "y.npy")
    let path = try folder.write(npy("<f4", "\(rows), 1", floats((0..<rows).map { Float($0) })), to: "X.npy")
    let expected = TableContent(
      rows, 1, (0..<rows).map { Float($0) }, labels: target.labels, values: target.values,
      names: target.names)
    #expect(TableContent(try NPY.read(path, task: target.task).training) == expected)
  }

  @Test("Files beside each other belong together by their names; both sets have the classes of either")
  func companions() throws {
    let folder = try TemporaryFolder()
    for (name, values) in [("X_train", [1, 2]), ("x_test", [3]), ("alone", [4])] {
      try folder.write(npy("<f4", "\(values.count), 1", floats(values.map(Float.init))), to: name + ".npy")
    }
    try folder.write(gzip(npy("<i8", "2,", integers([7, -1]))), to: "y_train.npy.gz")
    try folder.write(npy("<i8", "1,", integers([2])), to: "y_test.npy")
    let names = ["-1", "2", "7"]
    for path in [folder.path("X_train.npy"), folder.path] {
      let parts = try NPY.read(path, task: .classification)
      #expect(TableContent(parts.training) == TableContent(2, 1, [1, 2], labels: [2, 0], names: names))
      #expect(TableContent(parts.test) == TableContent(1, 1, [3], labels: [1], names: names))
    }
    let test = try NPY.read(folder.path("x_test.npy"), task: .classification)
    #expect(TableContent(test.training) == TableContent(1, 1, [3], labels: [0], names: ["2"]))
    #expect(TableContent(test.test) == nil)
    #expect(TableContent(try NPY.read(folder.path("alone.npy")).training) == TableContent(1, 1, [4]))
  }

  @Test("Content tells the format, never the name")
  func detects() throws {
    let folder = try TemporaryFolder()
    let array = npy("<f4", "1, 1", floats([1]))
    #expect(try ArrayFormat.detect(folder.write(array, to: "a.csv")) == .npy)
    #expect(try ArrayFormat.detect(folder.write(gzip(array), to: "b.csv")) == .npy)
    #expect(try ArrayFormat.detect(folder.write(npz([("X", array)]), to: "c.npy")) == .npz)
    #expect(try ArrayFormat.detect(folder.write("# a\n\n-1 qid:3 2:0.5e1 # b\n", to: "d.npz")) == .svmlight)
    #expect(try ArrayFormat.detect(folder.write(gzip(Array("1 1:nan".utf8)), to: "e")) == .svmlight)
    for (index, text) in ["", "1,2,3\n", "1 2 3\n", "a 1:2\n", "time 12:30\n", "1 12:30:15\n", "1\n"]
      .enumerated()
    {
      #expect(try ArrayFormat.detect(folder.write(text, to: "f\(index)")) == nil, "\(text)")
    }
  }
}

private let numbers: [(String, [UInt8], [Float])] = [
  ("f4", floats([1.5, -0.0, 3e38, 0x1p-149, -7, 0.1]), [1.5, -0.0, 3e38, 0x1p-149, -7, 0.1]),
  // Above a tie, a tie to even, the largest that does not round to infinity.
  (
    "f8", doubles([0.1, 16_777_217, 16_777_219, 3.4028235677973362e38, 1e-60, -2.5]),
    [0.1, 16_777_216, 16_777_220, .greatestFiniteMagnitude, 0, -2.5]
  ),
  (
    "f2", integers([0x3C00, 0x8000, 0x0001, 0x83FF, 0x7BFF, 0xC500], bytes: 2),
    [1, -0.0, 0x1p-24, -0x3FFp-24, 65504, -5]
  ),
  ("i1", integers([-128, 127, 0, 1, -1, 5], bytes: 1), [-128, 127, 0, 1, -1, 5]),
  ("i2", integers([-32768, 32767, 0, 1, -1, 5], bytes: 2), [-32768, 32767, 0, 1, -1, 5]),
  (
    "i4", integers([-1 << 31, 1 << 31 - 1, 0, 16_777_217, -16_777_219, 5], bytes: 4),
    [-0x1p31, 0x1p31, 0, 16_777_216, -16_777_220, 5]
  ),
  // 2^53 + 2^29 + 1 becomes another float when it is rounded to a double on the way.
  (
    "i8", integers([.min, .max, 0, 1 << 53 + 1 << 29 + 1, -1, 5]),
    [-0x1p63, 0x1p63, 0, 0x1.000002p53, -1, 5]
  ),
  ("u1", integers([255, 128, 0, 1, 2, 5], bytes: 1), [255, 128, 0, 1, 2, 5]),
  ("u2", integers([65535, 32768, 0, 1, 2, 5], bytes: 2), [65535, 32768, 0, 1, 2, 5]),
  ("u4", integers([1 << 32 - 1, 1 << 31, 0, 1, 2, 5], bytes: 4), [0x1p32, 0x1p31, 0, 1, 2, 5]),
  ("u8", integers([-1, .min, 0, 1, 2, 5]), [0x1p64, 0x1p63, 0, 1, 2, 5]),
  ("b1", [1, 0, 1, 0, 0, 1], [1, 0, 1, 0, 0, 1]),
]

struct Target: CustomTestStringConvertible, Sendable {
  let testDescription: String
  var type = "<f8"
  var shape: String
  var data: [UInt8]
  var task = TableOptions.Task.automatic
  var rows = 0
  var labels: [Int]?
  var values: [Float]?
  var names: [String]?
}

private func utf32(_ words: [String], length: Int) -> [UInt8] {
  words.flatMap { word in
    integers(word.unicodeScalars.map { Int($0.value) }, bytes: 4)
      + [UInt8](repeating: 0, count: 4 * (length - word.unicodeScalars.count))
  }
}

private let targets = [
  Target(
    testDescription: "integers", type: "<i8", shape: "6,", data: integers([10, -2, 9, 10, 9, 9]),
    labels: [2, 0, 1, 2, 1, 1], names: ["-2", "9", "10"]),
  Target(
    testDescription: "integers that are too different", type: "<i8", shape: "5,",
    data: integers([10, -2, 9, 10, 9]), rows: 5, values: [10, -2, 9, 10, 9]),
  Target(
    testDescription: "more than 20 integers", type: "<i2", shape: "42,",
    data: integers((0..<42).map { $0 / 2 }, bytes: 2), rows: 42, values: (0..<42).map { Float($0 / 2) }),
  Target(
    testDescription: "integers to be learnt as classes", type: "<i8", shape: "3,", data: integers([7, 8, 6]),
    task: .classification, labels: [1, 2, 0], names: ["6", "7", "8"]),
  Target(
    testDescription: "integers beyond 2^53", type: "<i8", shape: "4,",
    data: integers([1 << 60 + 1, 1 << 60, 1 << 60 + 1, 1 << 60]), labels: [1, 0, 1, 0],
    names: ["1152921504606846976", "1152921504606846977"]),
  Target(
    testDescription: "integers to be learnt as values", type: "<i8", shape: "2,", data: integers([10, -2]),
    task: .regression, rows: 2, values: [10, -2]),
  Target(
    testDescription: "a column of integers", type: "|u1", shape: "4, 1", data: [1, 0, 1, 1],
    labels: [1, 0, 1, 1], names: ["0", "1"]),
  Target(
    testDescription: "booleans", type: "|b1", shape: "4,", data: [1, 0, 1, 1], labels: [1, 0, 1, 1],
    names: ["0", "1"]),
  Target(
    testDescription: "whole floats, two samples a class", shape: "4,", data: doubles([2, 1, -0.0, 0]),
    task: .classification, labels: [2, 1, 0, 0], names: ["0", "1", "2"]),
  Target(
    testDescription: "whole floats found out", shape: "4,", data: doubles([2, 1, 1, 2]),
    labels: [1, 0, 0, 1],
    names: ["1", "2"]),
  Target(
    testDescription: "whole floats that are too different", shape: "3,", data: doubles([2, 1, 1]), rows: 3,
    values: [2, 1, 1]),
  Target(
    testDescription: "more than 20 whole floats", shape: "42,",
    data: doubles((0..<42).map { Double($0 / 2) }),
    rows: 42, values: (0..<42).map { Float($0 / 2) }),
  Target(
    testDescription: "20 whole floats", shape: "40,", data: doubles((0..<40).map { Double($0 / 2) }),
    labels: (0..<40).map { $0 / 2 }, names: (0..<20).map { "\($0)" }),
  Target(
    testDescription: "fractions", shape: "4,", data: doubles([0.5, 1, 1, 0.5]), rows: 4,
    values: [0.5, 1, 1, 0.5]),
  Target(
    testDescription: "two values a sample", type: "<f4", shape: "2, 2", data: floats([1, 0.5, 2, 3]), rows: 2,
    values: [1, 0.5, 2, 3]),
  Target(
    testDescription: "one among zeros", type: "<f4", shape: "3, 2", data: floats([0, 1, 1, 0, 0, 1]),
    labels: [1, 0, 1], names: ["0", "1"]),
  Target(
    testDescription: "two ones", type: "<f4", shape: "2, 2", data: floats([1, 1, 1, 0]), rows: 2,
    values: [1, 1, 1, 0]),
  Target(
    testDescription: "words", type: "<U6", shape: "3,", data: utf32(["zebra", "Ähre", "zebra"], length: 6),
    labels: [0, 1, 0], names: ["zebra", "Ähre"]),
  Target(
    testDescription: "words of bytes", type: "|S2", shape: "4,", data: Array("b\0a\0ccb\0".utf8),
    labels: [1, 0, 2, 1], names: ["a", "b", "cc"]),
  Target(
    testDescription: "words that are numbers", type: "|S2", shape: "3,", data: Array("109\0-1".utf8),
    labels: [2, 1, 0], names: ["-1", "9", "10"]),
]
