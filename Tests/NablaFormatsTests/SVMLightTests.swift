import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct SVMLightTests {
  @Test(
    "The same table, however it is written",
    arguments: [
      "1 1:0.5 3:-2\n-1 2:1e2\n+1\n-1 1:.25\n",
      "# made by hand\n\n1.0 qid:1 1:0.5\t3:-2 # the first\r\n-1 qid:2 2:100\n  1 qid:3\n-1 qid:3 1:25e-2",
      "1 0:0.5 2:-2\n-1 1:1E+2\n1#nothing\n-1 0:0.25\n",
    ])
  func forms(text: String) throws {
    let folder = try TemporaryFolder()
    let expected = TableContent(
      4, 3, [0.5, 0, -2, 0, 100, 0, 0, 0, 0, 0.25, 0, 0], labels: [1, 0, 1, 0], names: ["-1", "1"])
    #expect(TableContent(try SVMLight.read(folder.write(text, to: "a"))) == expected)
    #expect(TableContent(try SVMLight.read(folder.write(gzip(Array(text.utf8)), to: "b"))) == expected)
  }

  @Test("More features than occur, missing values, real targets")
  func options() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("0.5 2:3\n2 1:nan\n", to: "a")
    let table = TableContent(try SVMLight.read(path, featureCount: 3))
    #expect(table?.values == [0.5, 2])
    #expect(table?.features.map { Float(bitPattern: $0).isNaN } == [false, false, false, true, false, false])
    #expect(TableContent(try SVMLight.read(path, firstIndex: 0))?.columns == 3)
    let classes = try folder.write("1 1:1\n2 1:1\n2 1:1\n1 1:1\n", to: "b")
    #expect(TableContent(try SVMLight.read(classes, task: .regression))?.values == [1, 2, 2, 1])
  }

  @Test("Columns are called by their indices, and a test file is read as the model counts")
  func firstIndex() throws {
    let folder = try TemporaryFolder()
    func load(_ text: String, like training: Dataset? = nil) throws -> Dataset {
      var options = TableOptions()
      options.task = .classification
      options.columns = training?.encoding.features?.columns
      if case .classes(let names)? = training?.encoding.target { options.classNames = names }
      return try DataSource.file(folder.write(text, to: "a")).load(table: options).training
    }
    func cells(_ data: Dataset) -> [Float] {
      (0..<data.count).flatMap { row in (0..<3).map { data.cell(row, $0) } }
    }
    let fromZero = try load("1 0:5 2:6\n2 1:7\n")
    #expect(fromZero.encoding.features?.columns.map(\.name) == ["x0", "x1", "x2"])
    // Index 0 never occurs here.
    #expect(try cells(load("1 1:8\n2 2:9\n", like: fromZero)) == [0, 8, 0, 0, 0, 9])
    let fromOne = try load("1 1:5 2:6\n2 3:7\n")
    #expect(fromOne.encoding.features?.columns.map(\.name) == ["x1", "x2", "x3"])
    #expect(try cells(load("1 1:8\n2 2:9\n", like: fromOne)) == [8, 0, 0, 0, 9, 0])
    #expect(throws: FileError.self) { _ = try load("1 0:8\n2 2:9\n", like: fromOne) }
  }

  @Test("A missing number is refused where it may not be")
  func missing() throws {
    let folder = try TemporaryFolder()
    var options = TableOptions()
    options.missing = .refuse
    let text = try folder.write("1 1:1\n2 1:2 3:nan\n", to: "a")
    try folder.write(npy("<f4", "2, 2", floats([1, 2, .nan, 3])), to: "b/X_train.npy")
    try folder.write(npy("<f4", "2, 2", floats([1, 2, 3, .nan])), to: "c/X_test.npy")
    try folder.write(npy("<f4", "2, 2", floats([1, 2, 3, 4])), to: "c/X_train.npy")
    for name in ["b/y_train", "c/y_train", "c/y_test"] {
      try folder.write(npy("<f4", "2,", floats([0.5, 1.5])), to: name + ".npy")
    }
    for (source, problem) in [
      (DataSource.file(text), "row 1 has no value in column x3"),
      (.folder(folder.path("b")), "row 1 has no value in column x1"),
      (.folder(folder.path("c")), "row 1 of the test set has no value in column x2"),
    ] {
      let error = #expect(throws: FileError.self) { _ = try source.load(table: options) }
      #expect(error?.problem == problem && error?.remedy == .fillMissing)
      #expect(try source.load().training.count == 2)
    }
  }

  @Test("Only a line of growing indices is this format")
  func recognized() throws {
    let folder = try TemporaryFolder()
    func format(_ text: String) throws -> ArrayFormat? {
      try ArrayFormat.detect(folder.write(text, to: "a"))
    }
    for text in ["0\t00:30\t0.82\n", "0\t00:30\t01:45\n", "1 2:1 1:1\n", "1 1:1 2\n", "1 1:\n"] {
      #expect(try format(text) == nil, "\(text)")
    }
    // Cut behind 64 KiB, inside a cell.
    let long = (1...20_000).map { "\($0):0.25" }.joined(separator: " ")
    for shift in 0..<12 {
      #expect(try format(String(repeating: " ", count: shift) + "1 " + long + "\n") == .svmlight)
    }
  }

  @Test("Values are rounded to a double and then to a float, as NumPy's are")
  func rounding() throws {
    let folder = try TemporaryFolder()
    let texts = [
      "0.1", "16777217", "3.4028235677973362e38", "1e-46", "0.30000001192092896", "123456789.123456789",
    ]
    let line = "1 " + texts.enumerated().map { "\($0.offset + 1):\($0.element)" }.joined(separator: " ")
    let table = TableContent(try SVMLight.read(folder.write(line, to: "a")))
    #expect(
      table?.features
        == [0.1, 16_777_216, .greatestFiniteMagnitude, 0, 0.3, 123_456_792].map(\Float.bitPattern))
  }

  @Test(arguments: badText) func refuses(input: BadInput) throws { try input.check() }
}

private func asText(
  _ name: String, _ message: String, _ text: String, featureCount: Int? = nil, firstIndex: Int? = nil,
  task: TableOptions.Task = .automatic, maxBytes: Int = 1 << 30
) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(text, to: "a")
  } read: { path in
    _ = try SVMLight.read(
      path, featureCount: featureCount, firstIndex: firstIndex, task: task, maxBytes: maxBytes)
  }
}

private let feature = "(expected index:value, found "

private let badText: [BadInput] = [
  asText("empty", "a: is empty (expected lines of a target and index:value)", "# nothing\n\n"),
  asText(
    "no features", "a: has no features (expected index:value after a target, found targets alone)", "1\n2\n"),
  asText(
    "a word as target", "a:line 2: does not start with a target (expected a number, found \"cat\")",
    "1 1:2\ncat 1:2\n"),
  asText(
    "no target", "a:line 1: does not start with a target (expected a number, found \"1:2\")", "1:2 2:3\n"),
  asText(
    "several targets", "a:line 3: has several targets (expected one number, found \"1,3\")",
    "# a\n1 1:2\n1,3 1:2\n"),
  asText("no colon", "a:line 1: has something else than a feature \(feature)\"5\")", "1 1:2 5\n"),
  asText("a word as value", "a:line 1: has something else than a feature \(feature)\"2:b\")", "1 1:2 2:b\n"),
  asText("no value", "a:line 1: has something else than a feature \(feature)\"2:\")", "1 1:2 2:\n"),
  asText("a negative index", "a:line 1: has something else than a feature \(feature)\"-1:2\")", "1 -1:2\n"),
  asText("hexadecimal", "a:line 1: has something else than a feature \(feature)\"1:0x10\")", "1 1:0x10\n"),
  asText("a NUL byte", "a:line 1: has something else than a feature \(feature)\"1:2?\")", "1 1:2\0\n"),
  asText(
    "a query that is no number",
    "a:line 1: has something else than a query's number (expected qid:number, found \"qid:a\")",
    "1 qid:a 1:2\n"),
  asText(
    "infinite",
    "a:line 1: has a value that is infinite or too large (expected a 32-bit float, found \"1:inf\")",
    "1 1:inf\n"),
  asText(
    "too large",
    "a:line 1: has a value that is infinite or too large (expected a 32-bit float, found \"1:1e400\")",
    "1 1:1e400\n"),
  asText(
    "a missing target", "a:line 2: target 1 is missing (expected a number, found nan)", "1 1:1\nnan 1:1\n"),
  asText("twice", "a:line 1: has a feature twice (expected an index above 2, found 2)", "1 2:3 2:4\n"),
  asText(
    "not in order", "a:line 2: has features that are not in order (expected an index above 3, found 1)",
    "1 1:1\n1 3:3 1:4\n"),
  asText(
    "an index beyond the features",
    "a:line 2: has a feature that is out of range (expected an index of 1 ... 3, found 4)", "1 1:1\n1 4:1\n",
    featureCount: 3),
  asText(
    "an index of 18 digits",
    "a:line 1: has a feature that is out of range (expected an index of at most 2147483647, "
      + "found 999999999999999999)", "1 999999999999999999:1\n"),
  asText(
    "an index below the first", "a: has an index below the first feature's (expected 1 or more, found 0)",
    "1 0:1\n", firstIndex: 1),
  asText(
    "more than is allowed",
    "a: needs more memory than is allowed (expected at most 4000 bytes, found 2 x 500 numbers)",
    "1 500:1\n2 1:1\n", maxBytes: 4000),
  asText(
    "names of columns that are more than is allowed",
    "a: needs more memory than is allowed (expected at most 100000 bytes, found 1 x 10000 numbers)",
    "1 10000:1\n", maxBytes: 100_000),
  asText(
    "a target that is no class", "a:line 2: target 1 is not a class (expected a whole number, found 0.5)",
    "1 1:1\n0.5 1:1\n", task: .classification),
]
