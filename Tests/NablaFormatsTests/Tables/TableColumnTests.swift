import Foundation
import Nabla
import NablaFormats
import Testing

/// What columns are taken for, where their names and first rows leave a doubt.
@Suite struct TableColumnTests {
  private let model = [FeatureColumn(name: "a"), FeatureColumn(name: "c", kind: .category(["u", "v"]))]

  @Test("An id may be a feature: it is read as both", arguments: ["a", "c"])
  func idAndFeature(id: String) throws {
    let folder = try TemporaryFolder()
    var options = TableOptions()
    options.columns = model
    options.id = id
    let text = "a,b,c\n" + (0..<50).map { "\($0).5,9,\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    let stream = try TableStream(folder.write(text, to: "a.csv"), options: options)
    var rows = 0
    while let block = try stream.next(20) {
      let ids = try Array(#require(block.ids))
      for row in 0..<block.rowCount {
        let index = rows + row
        #expect(block.features[2 * row] == Float(index) + 0.5)
        #expect(block.features[2 * row + 1] == Float(index % 2))
        #expect(ids[row] == (id == "a" ? "\(index).5" : index % 2 == 0 ? "u" : "v"))
      }
      rows += block.rowCount
    }
    #expect(rows == 50)
    // By their places: no other column is there.
    options.id = "1"
    let placed = try TableStream(folder.write("7,v\n8,u\n", to: "b.csv"), options: options)
    let block = try #require(try placed.next(2))
    #expect((0..<4).map { block.features[$0] } == [7, 1, 8, 0])
    #expect(block.ids.map(Array.init) == ["7", "8"])
  }

  @Test(
    "A model's features are nothing else",
    arguments: [
      (\TableOptions.weights, "the weights"), (\.group, "the group"), (\.target, "the target"),
    ] as [(WritableKeyPath<TableOptions, String?> & Sendable, String)])
  func twoUses(option: WritableKeyPath<TableOptions, String?> & Sendable, use: String) throws {
    let error = #expect(throws: FileError.self) {
      _ = try table("a,c,y\n1,u,0\n2,v,1\n") {
        $0.columns = model
        $0[keyPath: option] = "a"
      }
    }
    #expect(error?.problem == "column 1 (a) is asked for as two things")
    #expect(error?.found == "\(use) and a feature of the model")
    #expect(throws: FileError.self) {
      _ = try table("a,c,y\n1,u,0\n2,v,1\n") { ($0.columns, $0.ignored) = (model, ["c"]) }
    }
  }

  @Test("A target that is left out takes no feature with it") func targetNames() throws {
    let folder = try TemporaryFolder()
    var options = TableOptions()
    (options.columns, options.target) = (model, "z,a")
    let stream = try TableStream(folder.write("a,z,c\n1,2,u\n3,4,v\n", to: "a.csv"), options: options)
    let block = try #require(try stream.next(2))
    #expect((0..<4).map { block.features[$0] } == [1, 0, 3, 1])
  }

  @Test(
    "A separator at the end of each line makes no target",
    arguments: [
      "a,b,y,\n1,2,p,\n3,4,q,\n", "a;b;y;\n1;2;p;\n3;4;q;\n", "colour,size,y,\nred,big,p,\nblue,big,q,\n",
      "1,2,p,\n3,4,q,\n3,4,q,\n",
    ])
  func trailingSeparator(text: String) throws {
    let table = try table(text)
    #expect(table.columns.count == 2 && table.target == .classes(["p", "q"]))
    #expect(table.hasHeader == text.contains("y"))
    #expect(table.notes == ["column 4 has no name and no values and is left out"])
    let known = try NablaFormatsTests.table(text) { $0.columns = table.columns }
    #expect(known.rows == table.rows && known.classes == table.classes)
    #expect(try NablaFormatsTests.table("a,b,y,,\n1,2,p,,\n3,4,q,,\n").notes.count == 1)
  }

  @Test(
    "Carriage returns alone end no line",
    arguments: ["a,y\r1,2\r3,4\r", "a,y\r1,2\r3,4", "a,y\r1,2\r3,4\r\n"])
  func carriageReturns(text: String) throws {
    let error = #expect(throws: FileError.self) { _ = try table(text) }
    #expect(error?.problem == "ends its lines with carriage returns alone" && error?.place == .line(1))
    #expect(try table("1,2\r\n").rowCount == 1)
  }

  @Test("Words that name rows rather than kinds are pointed at") func identifiers() throws {
    let rows = { (count: Int, kinds: Int) in
      "a,b,y\n" + (0..<count).map { "w\($0 % kinds),\($0),\($0 % 2)\n" }.joined()
    }
    #expect(
      try table(rows(40, 21)).notes
        == [
          "column 1 (a) has 21 different words in 40 rows: an identifier? --ignore 'a' leaves it out"
        ])
    #expect(try table(rows(40, 20)).notes.isEmpty && table(rows(42, 21)).notes.isEmpty)
  }

  @Test("A column that is taken as words although most cells are numbers") func mixed() throws {
    let cells = (0..<30).map { "\($0 % 10 == 3 ? "none" : "\($0 % 5)"),\($0),\($0 % 2)\n" }.joined()
    let note = "column 1 (a) is taken as words: 3 of its first cells are words, 27 are numbers"
    #expect(try table("a,b,y\n" + cells).notes == [note])
    #expect(try table("a,b,y\n" + cells) { $0.categorical = ["a"] }.notes.isEmpty)
  }

  @Test("Thousands of columns of one name") func repeatedNames() throws {
    let header = Array(repeating: "a", count: 20_000).joined(separator: ",")
    let row = Array(repeating: "1", count: 20_000).joined(separator: ",")
    let names = try table(header + "\n" + row + "\n" + row + "\n").columns.map(\.name)
    #expect(names.count == 19_999 && names[0] == "a" && names[1] == "a.2" && names[19_998] == "a.19999")
  }

  @Test("Years are names above other numbers") func years() throws {
    let rows = (0..<30).map { "0.\($0),0.5,\($0),0.\($0 % 7)\n" }.joined()
    let table = try table("2001,2002,2003,growth\n" + rows)
    #expect(table.hasHeader && table.rowCount == 30 && table.targetNames == ["growth"])
    #expect(table.columns.map(\.name) == ["2001", "2002", "2003"])
    // A number like those below, or twice: a mistake in the first row.
    for first in ["2001,2002,7,growth\n", "2001,2001,2003,growth\n", "0.1,2002,2003,growth\n"] {
      let error = #expect(throws: FileError.self) { _ = try NablaFormatsTests.table(first + rows) }
      #expect(error?.problem == "column 4 has a word" && error?.place == .line(1))
    }
    #expect(
      try NablaFormatsTests.table("7,9,odd\n5.1,3.5,0\n4.9,3,1\n").notes == [
        "the first row looks like a header and is taken as a row: it has the word \"odd\" above numbers in column 3",
        "column 3 is taken as words: 1 of its first cells are words, 2 are numbers",
      ])
  }

  @Test("A first row of words that a model knows is a row") func knownWords() throws {
    let folder = try TemporaryFolder()
    let words = [
      FeatureColumn(name: "k", kind: .category(["r", "t"])),
      FeatureColumn(name: "l", kind: .category(["s", "u"])),
    ]
    func rows(_ columns: [FeatureColumn], _ text: String) throws -> [Float] {
      var options = TableOptions()
      options.columns = columns
      let stream = try TableStream(folder.write(text, to: "a.csv"), options: options)
      let block = try #require(try stream.next(9))
      return (0..<block.rowCount * columns.count).map { block.features[$0] }
    }
    #expect(try rows(words, "r,s\n") == [0, 0])
    #expect(try rows(words, "k,l\nt,s\n") == [1, 0])
    #expect(try rows(words, "l,k\nt,r\n".replacingOccurrences(of: "t,", with: "u,")) == [0, 1])
    #expect(try rows(model, "1,u\n2,v\n") == [1, 0, 2, 1])
    let numbered = [FeatureColumn(name: "x2", kind: .category(["r", "t"]))]
    #expect(try rows(numbered, "id,t\nio,r\n") == [1, 0])
    // Above other words it is a header that lacks a column.
    #expect(throws: FileError.self) { _ = try rows(words, "k,m\nr,s\n") }
  }

  @Test("A category without a word is refused by name") func emptyCategory() throws {
    let error = #expect(throws: FileError.self) {
      _ = try table("a,b,y\n1,,p\n2,NA,q\n") { $0.categorical = ["b"] }
    }
    #expect(error?.description.hasSuffix("column 2 (b) has no word (expected one at least)") == true)
    #expect(error?.remedy == .ignore(column: "b"))
  }
}
