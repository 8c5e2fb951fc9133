import Foundation
import Testing

@Suite("Tables: data info, data show, inspect")
struct TableShowTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.write("trees.csv", TreeTable.csv())
  }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  private func column(_ name: String, in table: JSONLine) throws -> JSONLine {
    try #require(try table.objects("columns").first { try $0.string("name") == name })
  }

  @Test("data info measures every column, and counts the classes")
  func info() throws {
    let line = try JSONLine(nabla("data", "info", "trees.csv", "--ignore", "id", "--json").output)
    let table = try line.object("training")
    let height = try column("height", in: table)
    let heights = TreeTable.rows.compactMap { Double($0[1]) }
    #expect(try height.integer("missing") == 3)
    #expect(try abs(height.number("least") - (heights.min() ?? 0)) < 1e-6)
    #expect(try abs(height.number("largest") - (heights.max() ?? 0)) < 1e-6)
    let mean = heights.reduce(0, +) / Double(heights.count)
    let deviation = (heights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(heights.count))
      .squareRoot()
    #expect(try abs(height.number("mean") - mean) < 1e-5)
    #expect(try abs(height.number("deviation") - deviation) < 1e-5)
    let words = try column("bark", in: table).objects("words")
    #expect(try words.map { try $0.string("name") } == ["brown", "grey", "white"])
    #expect(try words.map { try $0.integer("count") } == [30, 30, 30])
    let classes = try table.object("target").objects("classes")
    #expect(try classes.map { try $0.string("name") } == ["ash", "beech", "cedar"])

    let run = try nabla("data", "info", "trees.csv", "--ignore", "id")
    #expect(run.lines.allSatisfy { $0.count <= 80 })
    #expect(run.lines[0] == "trees.csv: 90 rows of 2 numbers and 1 category, 3 classes of kind")
    #expect(run.output.contains("3 words: brown 30, grey 30, white 30"))
    #expect(run.output.contains("\nash           30   33.33%\n"))
    let real = try nabla("data", "info", "trees.csv", "--target", "girth", "--json").output
    let girth = try JSONLine(real).object("training").object("target").objects("values")[0]
    #expect(try girth.number("least") == 0 && girth.number("largest") == 2.5)
  }

  @Test("Of many columns the first 30 stand there, and how many more there are")
  func manyColumns() throws {
    let names = (0..<200).map { "column with quite a long name \($0)" }
    let rows = (0..<8).map { row in (0..<200).map { "\($0 * row)" }.joined(separator: ",") + ",\(row % 2)" }
    try folder.write(
      "wide.csv", (([(names + ["y"]).joined(separator: ",")] + rows).joined(separator: "\n") + "\n").utf8)
    let info = try nabla("data", "info", "wide.csv")
    #expect(info.lines.contains("and 170 more columns; --json prints all"))
    #expect(info.lines.allSatisfy { $0.count <= 80 })
    let show = try nabla("data", "show", "wide.csv", "--index", "3", "--count", "2")
    #expect(show.lines.filter { $0 == "  and 170 more columns" }.count == 2)
    #expect(show.lines.allSatisfy { $0.count <= 80 })
    let line = try JSONLine(nabla("data", "info", "wide.csv", "--json").output)
    #expect(try line.object("training").objects("columns").count == 200)
  }

  @Test("data show has the cell, and what the network reads")
  func show() throws {
    let run = try nabla("data", "show", "trees.csv", "--ignore", "id", "--index", "7", "--scale", "none")
    #expect(
      run.lines.map { $0.split(separator: " ").joined(separator: " ") } == [
        "row 7: kind beech", "column in the table as the network reads it", "height (missing) 8.6000",
        "bark brown 1 0 0", "girth 0.5 0.5000",
      ])
    let error = try nabla("data", "show", "trees.csv", "--index", "90")
    #expect(error.status == 64 && error.errors == "nabla: error: --index: expected 0 to 89, found '90'\n")
  }

  @Test("inspect lists the columns and the classes")
  func inspect() throws {
    let run = try nabla(
      "train", "--data", "trees.csv", "--ignore", "id", "--epochs", "1", "--quiet", "--output", "m")
    #expect(run.status == 0)
    let text = try nabla("inspect", "m").output
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines.contains("column offset factor fill scaling standard"))
    #expect(lines.contains { $0.hasPrefix("bark - - ") && $0.hasSuffix(" brown, grey, white") })
    #expect(lines.contains("classes ash, beech, cedar"))
    #expect(!text.contains("encoding_sha256") && !text.contains("{"))
    let line = try JSONLine(nabla("inspect", "m", "--json").output)
    #expect(try line.object("features").objects("columns").count == 3)
    #expect(try !line.object("training").keys.contains("features"))
  }
}
