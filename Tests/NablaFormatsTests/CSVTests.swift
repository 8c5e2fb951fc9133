import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct CSVTests {
  @Test(
    "The same four images, however they are written",
    arguments: [
      "7,0,10,255,3\n1,1,2,3,4\n", "7,0,10,255,3\r\n1,1,2,3,4",
      "\u{FEFF}label,1x1,1x2,2x1,2x2\n7,0,10,255,3\n1,1,2,3,4\n",
      "p0,p1,p2,p3,label\n0,10,255,3,7\n1,2,3,4,1\n",
      "\"label\",\"a\",\"b\",\"c\",\"d\"\n7, 0, 10 ,255,3\n\n1,1,2,3,004\n\n",
      "_,a,b,c,Class\n0,10,255,3,7\n1,2,3,4,1\n",
    ])
  func forms(text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "digits.csv")
    let data = try CSV.read(path)
    #expect(data.imageShape == Dataset.ImageShape(rows: 2, columns: 2))
    #expect(data.classCount == 8)
    #expect((0..<data.count).map { data.label(at: $0) } == [7, 1])
    #expect((0..<data.count).map { data.image(at: $0) } == [[0, 10, 255, 3], [1, 2, 3, 4]])
    #expect(try CSV.read(folder.write(gzip(Array(text.utf8)), to: "digits.csv.gz")).count == 2)
  }

  @Test("Without a header, a first column that never changes is no label")
  func findsLabel() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("0,10,20,1\n0,11,25,2\n0,12,25,0\n", to: "last.csv")
    #expect(try CSV.read(path).label(at: 1) == 2)
    #expect(try CSV.read(path, labelColumn: .first).label(at: 1) == 0)
    #expect(try CSV.read(path).imageShape == Dataset.ImageShape(rows: 1, columns: 3))
  }

  @Test("Lines that straddle the window are whole")
  func manyLines() throws {
    let folder = try TemporaryFolder()
    // Twelve megabytes: three windows.
    let row = Array(repeating: "255", count: 999).joined(separator: ",")
    let text = (0..<3000).map { "\($0 % 10),\(row)\n" }.joined()
    let data = try CSV.read(folder.write(text, to: "long.csv"))
    #expect(data.count == 3000)
    #expect(
      (0..<3000).allSatisfy { data.label(at: $0) == $0 % 10 && data.image(at: $0).allSatisfy { $0 == 255 } })
  }

  @Test("Pictures that will not fit the memory are refused by the length of their file")
  func memory() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(String(repeating: "7,0,10,255,3\n", count: 1000), to: "a.csv")
    func load(_ memory: Int) throws {
      _ = try CSV.load(path, labelColumn: nil, classCount: nil, maxBytes: 1 << 30, memory: memory)
    }
    try load(4000)
    let error = #expect(throws: FileError.self) { try load(3999) }
    #expect(error?.problem == "needs more memory than there is")
    #expect(error?.found == "about 4.0 kB")
  }

  @Test(arguments: badCSV) func refuses(input: BadInput) throws { try input.check() }
}

private func csv(_ name: String, _ message: String, classCount: Int? = nil, _ bytes: [UInt8]) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(bytes, to: "a.csv")
  } read: { path in
    _ = try CSV.read(path, classCount: classCount)
  }
}

private func csv(_ name: String, _ message: String, classCount: Int? = nil, _ text: String) -> BadInput {
  csv(name, message, classCount: classCount, Array(text.utf8))
}

private let cell = "(expected a whole number 0 ... 255, found "

private let badCSV: [BadInput] = [
  csv("empty", "a.csv: is empty (expected rows of a label and pixels)", ""),
  csv("blank", "a.csv: is empty (expected rows of a label and pixels)", "\n \n"),
  csv(
    "26: ragged row",
    "a.csv:line 2: has another number of cells than the lines before (expected 4, found 3)",
    "1,2,3,4\n1,2,3\n"),
  csv(
    "26: a cell too many",
    "a.csv:line 3: has another number of cells than the lines before (expected 4, found 5)",
    "label,a,b,c\n1,2,3,4\n1,2,3,4,5\n"),
  csv("27: a word", "a.csv:line 2: has something else in cell 3 \(cell)\"six\")", "1,2,3,4\n1,2,six,4\n"),
  csv(
    "27: an empty cell", "a.csv:line 2: has nothing in cell 2 (expected a whole number 0 ... 255)",
    "1,2,3,4\n1,,3,4\n"),
  csv("28: nan", "a.csv:line 2: has something else in cell 4 \(cell)\"nan\")", "1,2,3,4\n1,2,3,nan\n"),
  csv(
    "28: nan in the first line", "a.csv:line 1: has something else in cell 1 \(cell)\"nan\")", "nan,2,3,4\n"),
  csv("28: inf", "a.csv:line 1: has something else in cell 2 \(cell)\"-inf\")", "1,-inf,3,4\n"),
  csv("28: 1e400", "a.csv:line 1: has something else in cell 2 \(cell)\"1e400\")", "1,1e400,3,4\n"),
  csv("256", "a.csv:line 1: has something else in cell 2 \(cell)\"256\")", "1,256,3,4\n"),
  csv("-1", "a.csv:line 1: has something else in cell 2 \(cell)\"-1\")", "1,-1,3,4\n"),
  csv(
    "a number without end",
    "a.csv:line 1: has something else in cell 2 \(cell)\"999999999999999999999999...\")",
    "1,\(String(repeating: "9", count: 1000)),3,4\n"),
  BadInput("29: a line of 100 MB", "a.csv:line 1: is too long (expected at most 4194304 bytes, found more)") {
    folder in
    try folder.writeSparse(
      Array(repeatElement(Array("1,".utf8), count: 3 << 20).joined()), length: 100_000_000, to: "a.csv")
  } read: { path in
    _ = try CSV.read(path)
  },
  csv("30: NUL", "a.csv:line 2: has a NUL byte (expected text in UTF-8 or ASCII)", "1,2,3,4\n1,2\0,3,4\n"),
  csv(
    "30: NUL in the first line", "a.csv:line 1: has a NUL byte (expected text in UTF-8 or ASCII)",
    "1,2\0,3,4\n"),
  csv(
    "30: UTF-16", "a.csv:line 1: is UTF-16 (expected text in UTF-8 or ASCII)",
    [0xFF, 0xFE] + "1,2\n".utf8.flatMap { [$0, 0] }),
  csv(
    "31: header only", "a.csv: has a header and nothing else (expected rows of a label and pixels)",
    "label,a,b\n"),
  csv(
    "32: decimal comma",
    "a.csv:line 1: has another separator than commas (expected whole numbers with ',' between them, found ';')",
    "1;0,5;0,25\n"),
  csv(
    "tabs",
    "a.csv:line 1: has no commas (expected a label and pixels with ',' between them)", "1\t2\t3\n"),
  csv(
    "a label of another network",
    "a.csv:line 2: has a label that is not one of the 10 classes (expected 0 ... 9, found 200)",
    classCount: 10,
    "1,2,3,4\n200,2,3,4\n"),
  csv(
    "an HTML page",
    "a.csv: is an HTML page (expected data, found what a web server answers instead of a file)",
    "<html><body>1,2,3</body></html>"),
]
