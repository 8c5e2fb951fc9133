import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct TableRefusalTests {
  @Test(arguments: badTables) func refuses(input: BadInput) throws { try input.check() }

  @Test(
    "A table that will not fit the memory: told by the file's length, for compressed text where it no longer fits"
  )
  func memory() throws {
    let folder = try TemporaryFolder()
    let text = "a,b,y\n" + (0..<20_000).map { "\($0),\($0 % 7),\($0 % 3)\n" }.joined()
    func error(_ bytes: [UInt8], memory: Int) throws -> FileError? {
      let path = try folder.write(bytes, to: "a.csv")
      return #expect(throws: FileError.self) {
        try Table.read(path, options: TableOptions(), pieceBytes: 1 << 12, memory: memory)
      }
    }
    let plain = try error(Array(text.utf8), memory: 200_000)
    #expect(plain?.problem == "needs more memory than there is")
    #expect(plain?.expected == "at most 200.0 kB")
    #expect(plain?.found?.hasPrefix("about 23") == true)
    let compressed = try error(gzip(Array(text.utf8)), memory: 200_000)
    #expect(compressed?.problem == "needs more memory than there is")
    #expect(compressed?.found?.hasSuffix(" rows x 12 bytes or more") == true)
    let path = try folder.write(text, to: "a.csv")
    _ = try Table.read(path, options: TableOptions(), pieceBytes: 1 << 12, memory: 260_000)
  }

  @Test("What would help is said")
  func remedies() {
    let cells = (0..<30).map { "\($0),1\n" }.joined()
    func remedy(_ text: String, _ change: (inout TableOptions) -> Void = { _ in }) -> FileError.Remedy? {
      #expect(throws: FileError.self) { _ = try table(text, change) }?.remedy
    }
    #expect(remedy("a b,y\n\(cells)x,1\n") == .categorical(column: "a b"))
    #expect(remedy("a,b,y\n1,,1\n") { $0.missing = .refuse } == .fillMissing)
    #expect(remedy("a,y\n" + (0...1000).map { "w\($0),1\n" }.joined()) == .ignore(column: "a"))
  }
}

private func bad(
  _ name: String, _ message: String, kind: FileError.Kind = .badData, _ bytes: [UInt8],
  _ change: @escaping @Sendable (inout TableOptions) -> Void = { _ in }
) -> BadInput {
  BadInput(name, message, kind: kind) { folder in
    try folder.write(bytes, to: "a.csv")
  } read: { path in
    var options = TableOptions()
    change(&options)
    _ = try Table.read(path, options: options)
  }
}

private func bad(
  _ name: String, _ message: String, kind: FileError.Kind = .badData, _ text: String,
  _ change: @escaping @Sendable (inout TableOptions) -> Void = { _ in }
) -> BadInput {
  bad(name, message, kind: kind, Array(text.utf8), change)
}

private let flowers = "petal length,colour,y\n1.5,red,0\n2.5,blue,1\n3.5,red,0\n"
/// Enough numbers that a word among them is a mistake.
private let numbers = "a,b,y\n" + (0..<30).map { "\($0),\($0),0.5\n" }.joined()
private let model: @Sendable (inout TableOptions) -> Void = {
  $0.columns = [
    FeatureColumn(name: "petal length"), FeatureColumn(name: "colour", kind: .category(["blue", "green"])),
  ]
  $0.classNames = ["0", "1"]
}

private let badTables: [BadInput] = [
  bad("empty", "a.csv: is empty (expected rows of cells with ',', ';' or tabs between them)", ""),
  bad("blank", "a.csv: is empty (expected rows of cells with ',', ';' or tabs between them)", "\n \r\n\n"),
  bad(
    "26: a cell too few",
    "a.csv:line 3: has another number of cells than the lines before (expected 3, found 2)",
    "a,b,c\n1,2,3\n1,2\n1,2,3\n"),
  bad(
    "26: a cell too many",
    "a.csv:line 4: has another number of cells than the lines before (expected 3, found 5)",
    "a,b,c\n1,2,3\n\n1,\"2,2\",3,4,5\n1,2,3\n"),
  bad(
    "27: a word", "a.csv:line 32: column 2 (b) has a word (expected a number, found \"six\")",
    numbers + "1,six,1\n"),
  bad(
    "27: a word in the target", "a.csv:line 32: column 3 (y) has a word (expected a number, found \"six\")",
    numbers + "1,6,six\n"),
  bad(
    "27: an empty target", "a.csv:line 3: column 3 (c) has no value (expected one in every row)",
    "a,b,c\n1,2,3\n1,2,\n"),
  bad(
    "27: an empty class", "a.csv:line 3: column 2 (class) has no value (expected one in every row)",
    "a,class\n1,b\n1,?\n"),
  bad(
    "27: an empty cell where none may be",
    "a.csv:line 2: column 2 (b) has no value (expected one in every row)",
    "a,b,c\n1,,3\n1,2,3\n"
  ) { $0.missing = .refuse },
  bad(
    "28: inf", "a.csv:line 2: column 1 (a) is not finite (expected a number up to 3.4e38, found \"-inf\")",
    "a,b\n-inf,1\n2,3\n"),
  bad(
    "28: 1e400", "a.csv:line 3: column 1 (a) is not finite (expected a number up to 3.4e38, found \"1e400\")",
    "a,b\n1,1\n1e400,3\n"),
  BadInput("29: a line of 100 MB", "a.csv:line 1: has a NUL byte (expected text in UTF-8 or ASCII)") {
    folder in
    try folder.writeSparse(Array("1,2".utf8), length: 100_000_000, to: "a.csv")
  } read: { path in
    _ = try Table.read(path)
  },
  bad("30: NUL", "a.csv:line 2: has a NUL byte (expected text in UTF-8 or ASCII)", "1,2\n1,2\0\n"),
  bad(
    "30: UTF-16", "a.csv:line 1: is UTF-16 (expected text in UTF-8 or ASCII)",
    [0xFF, 0xFE] + "1,2\n".utf8.flatMap { [$0, 0] }),
  bad(
    "30: UTF-16 without a mark", "a.csv:line 1: has a NUL byte (expected text in UTF-8 or ASCII)",
    "1,2\n".utf8.flatMap { [$0, 0] }),
  bad("31: header only", "a.csv: has a header and nothing else (expected rows of cells below it)", "a,b,c\n"),
  bad(
    "32: a decimal comma between commas",
    "a.csv:line 3: has another number of cells than the lines before (expected 2, found 3)",
    "a,b\n1,2\n1,5,2\n"),
  bad(
    "a quote without end", "a.csv:line 3: has a quote that does not end (expected another '\"')",
    "a,b\n1,2\n\"3,4\n5,6\n"),
  bad(
    "text behind a quote",
    "a.csv:line 2: has text behind a closing quote (expected a separator; two quotes inside quotes for one)",
    "a,b\n\"1\"2,2\n"),
  bad(
    "a quote inside a cell",
    "a.csv:line 2: has a quote inside a cell that starts without (expected quotes around the whole cell)",
    "a,b\nx\"1\",2\n"),
  bad(
    "one column", "a.csv: has one column (expected features and a target with ',', ';' or tabs between them)",
    "1.5 2.5\n3 4\n"),
  bad(
    "nothing to learn from", "a.csv: has no column to learn from (expected one more)", kind: .invalidRequest,
    flowers
  ) { $0.ignored = ["1", "colour"] },
  bad(
    "an unknown target", "a.csv: has no such column (expected \"petal length\", found \"petal lenght\")",
    kind: .invalidRequest, flowers
  ) { $0.target = "petal lenght" },
  bad(
    "an unknown column to ignore",
    "a.csv: has no such column (expected petal length, colour, y, or 1 ... 3, found \"quite another\")",
    kind: .invalidRequest, flowers
  ) { $0.ignored = ["quite another"] },
  bad(
    "a column number too large",
    "a.csv: has no such column (expected 1 ... 2, for it has no header, found \"3\")", kind: .invalidRequest,
    "1,2\n3,4\n"
  ) { $0.target = "3" },
  bad(
    "a column number that has no opposite",
    "a.csv: has no such column (expected 1 ... 2, for it has no header, found \"-9223372036854775808\")",
    kind: .invalidRequest, "1,2\n3,4\n"
  ) { $0.target = "-9223372036854775808" },
  bad(
    "a model's column that is called by no number",
    "a.csv: has no header that names its columns (expected the model's columns: 1, found 3 columns)",
    "1,2,3\n3,4,5\n"
  ) { $0.columns = [FeatureColumn(name: "x-9223372036854775808")] },
  bad(
    "a column as two things",
    "a.csv: column 3 (y) is asked for as two things (expected one, found the weights and the target)",
    kind: .invalidRequest, flowers
  ) {
    $0.target = "y"
    $0.weights = "y"
  },
  bad(
    "several classes", "a.csv: has several targets (expected one column of classes, found 2)",
    kind: .invalidRequest, flowers
  ) {
    $0.target = "y,colour"
    $0.task = .classification
  },
  bad(
    "words as real targets", "a.csv:line 2: column 2 (colour) has a word (expected a number, found \"red\")",
    flowers
  ) {
    $0.target = "colour"
    $0.task = .regression
  },
  bad(
    "a negative weight",
    "a.csv:line 3: column 2 (w) has a negative weight (expected a number from 0 up, found \"-1\")",
    "a,w,y\n1,0,1\n2,-1,1\n"
  ) { $0.weights = "w" },
  bad("no weight", "a.csv: has no weight above 0 (expected one at least)", "a,w,y\n1,0,1\n2,0,1\n") {
    $0.weights = "w"
  },
  bad(
    "an identifier",
    "a.csv:line 1002: column 1 (name) has too many different words (expected at most 1,000, found more)",
    "name,y\n" + (0...1000).map { "n\($0),1\n" }.joined()),
  bad(
    "more classes than there may be",
    "a.csv:line 65537: column 2 (y) has too many different classes (expected at most 65,535, found more)",
    "x,y\n" + (0...65_535).map { "1,n\($0)\n" }.joined()),
  bad(
    "a column of the model is missing",
    "a.csv: has no column \"colour\" (expected the model's columns: 2, found 2 columns)",
    "petal length,color\n1,red\n2,red\n", model),
  bad(
    "another number of columns than the model, without names",
    "a.csv: has no header that names its columns (expected the model's columns: 2, found 5 columns)",
    "1,red,2,3,4\n2,red,2,3,4\n", model),
  bad(
    "a category of no model",
    "a.csv:line 2: column 2 (colour) has a word that the model does not know (expected blue, green, found \"red\")",
    flowers, model),
  bad(
    "a class of no model",
    "a.csv:line 3: column 3 (y) has a class that the model does not know (expected 0, 1, found \"2\")",
    "petal length,colour,y\n1,blue,0\n1,blue,2\n", model),
  bad(
    "an HTML page",
    "a.csv: is an HTML page (expected data, found what a web server answers instead of a file)",
    "<html><body>1,2,3</body></html>"),
]
