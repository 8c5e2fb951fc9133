import Nabla
import NablaFormats
import Testing

/// Whole numbers that no Float tells apart: classes keep all their digits.
@Suite struct LargeNumberTests {
  private func text(_ targets: [String]) -> String { "x,y\n" + targets.map { "1,\($0)\n" }.joined() }

  private let labels = (0..<12).map { "\(100_000_001 + $0 % 4)" }

  @Test("Labels above 2^24 are as many classes as they are numbers", arguments: ["", ".0"])
  func classes(fraction: String) throws {
    let names = (1...4).map { "10000000\($0)\(fraction)" }
    let table = try table(text(labels.map { $0 + fraction }))
    #expect(table.target == .classes(names))
    #expect(table.classes == labels.map { $0 + fraction })
    #expect(try NablaFormatsTests.table(text(labels)) { $0.task = .regression }.values.count == 12)
  }

  @Test("Many different ones are values, and so are fractions") func values() throws {
    #expect(
      try table(text((0..<12).map { "\(100_000_001 + $0)" })).values
        == (1...12).map { Float(100_000_000 + $0) })
    let fractions = (0..<8).map { "\($0 % 2 == 0 ? "16777217.25" : "20000000.5")" }
    #expect(try table(text(fractions)).target == .values(["y"]))
  }

  @Test("A large one behind the rows that are looked at is refused, not merged")
  func late() throws {
    let small = (0..<10_001).map { "\($0 % 4)" }
    let error = #expect(throws: FileError.self) { _ = try table(text(small + ["100000001", "100000002"])) }
    #expect(
      error?.problem == "column 2 (y) has whole numbers that 32-bit floats do not tell apart")
    #expect(error?.remedy == .categorical(column: "y"))
    #expect(
      try table(text(small + ["100000001", "100000002"])) { $0.categorical = ["y"] }.target
        == .classes(["0", "1", "2", "3", "100000001", "100000002"]))
  }

  @Test("A model's large classes are told apart") func known() throws {
    let read = { (label: String) in
      try table("a,y\n1,\(label)\n") {
        $0.columns = [FeatureColumn(name: "a")]
        $0.classNames = ["100000001", "200000001"]
      }
    }
    #expect(try read("200000001").classes == ["200000001"])
    #expect(throws: FileError.self) { _ = try read("100000002") }
  }

  @Test("A feature of large whole numbers is named") func feature() throws {
    let table = try table("a,b,y\n1,16777217,p\n2,5,q\n")
    #expect(
      table.notes == ["column 2 (b) has whole numbers of 16,777,216 and more: they are kept to seven digits"])
    let many = (0..<6).map { "c\($0)" }.joined(separator: ",") + ",y\n"
    let row = Array(repeating: "123456789", count: 6).joined(separator: ",")
    #expect(try NablaFormatsTests.table(many + row + ",p\n" + row + ",q\n").notes.count == 5)
  }
}
