import Foundation
import InputBytes
import Nabla
import Testing

import NablaFormats

extension Table {
  /// The features as rows; the words of a category as places.
  var rows: [[Float]] {
    (0..<rowCount).map { row in
      (0..<columns.count).map { storage.features[row * columns.count + $0] }
    }
  }

  /// The names of the rows' classes.
  var classes: [String] {
    guard case .classes(let names) = target, let labels = storage.labels else { return [] }
    return (0..<rowCount).map { names[Int(labels[$0])] }
  }

  /// The targets [rows, targetNames].
  var values: [Float] {
    guard case .values(let names) = target else { return [] }
    return (0..<rowCount * names.count).map { storage.targets[$0] }
  }
}

/// Reads `text` as a table.
func table(_ text: String, _ change: (inout TableOptions) -> Void = { _ in }) throws -> Table {
  let folder = try TemporaryFolder()
  var options = TableOptions()
  change(&options)
  return try Table.read(folder.write(text, to: "a.csv"), options: options)
}

@Suite struct TableReadingTests {
  @Test(
    "The same flowers, however they are written",
    arguments: [
      "sepal,petal,species\n5.1,0.2,setosa\n6,1.5,virginica\n7.25,-2e-1,setosa\n",
      "sepal,petal,species\r\n5.1,.2,setosa\r\n6.,1.5,virginica\r\n+7.25,-2e-1,setosa",
      "\u{FEFF}sepal;petal;species\n5.1;0.2;setosa\n6;1.5;virginica\n7.25;-0.2;setosa\n",
      "sepal;petal;species\n5,1;0,2;setosa\n6;1,5;virginica\n7,25;-0,2;setosa\n",
      "sepal\tpetal\tspecies\n5.1\t0.2\tsetosa\n 6\t1.5 \tvirginica\n7.25\t-0.2\tsetosa\n",
      "\"sepal\",\"petal\",\"species\"\n\"5.1\",0.2,\"setosa\"\n6, \"1.5\" ,virginica\n\n \n7.25,-0.2, setosa \n\n",
      "\n\nspecies,sepal,petal\nsetosa,5.1,0.2\nvirginica,6,1.5\nsetosa,7.25,-0.2\n",
      ",sepal,petal,species\n0,5.1,0.2,setosa\n1,6,1.5,virginica\n2,7.25,-0.2,setosa\n",
    ])
  func forms(text: String) throws {
    let folder = try TemporaryFolder()
    let paths = [
      try folder.write(text, to: "iris.csv"), try folder.write(gzip(Array(text.utf8)), to: "iris.csv.gz"),
    ]
    for path in paths {
      let table = try Table.read(path)
      #expect(table.columns == [FeatureColumn(name: "sepal"), FeatureColumn(name: "petal")])
      #expect(table.rows == [[5.1, 0.2], [6, 1.5], [7.25, -0.2]])
      #expect(table.target == .classes(["setosa", "virginica"]))
      #expect(table.classes == ["setosa", "virginica", "setosa"])
      #expect(table.targetNames == ["species"] && table.hasHeader && table.missingCounts == [0, 0])
    }
  }

  @Test("Words are categories, and what is missing is counted")
  func categories() throws {
    let table = try table(
      "age,colour,y\n1,red,0\n,blue,1\nNA,?,0\n4,\"dark, red\",1\nnan,\"say \"\"red\"\"\",0\nN/A,red,1\nnull,NULL,1\n"
    )
    #expect(
      table.columns == [
        FeatureColumn(name: "age"),
        FeatureColumn(name: "colour", kind: .category(["blue", "dark, red", "red", "say \"red\""])),
      ])
    #expect(table.missingCounts == [5, 2])
    #expect(table.rows.map { $0[0].isNaN } == [false, true, true, false, true, true, true])
    #expect(table.rows.map { $0[1].isNaN ? -1 : $0[1] } == [2, 0, -1, 1, 3, 2, -1])
    #expect(table.classes == ["0", "1", "0", "1", "0", "1", "1"])
  }

  @Test func aLineBreakInsideQuotes() throws {
    let table = try table("text,x,y\n\"two\nlines\",1,a\n\"one\",2,b\n\"two\nlines\",3,a\n")
    #expect(table.columns[0].kind == .category(["one", "two\nlines"]))
    #expect(table.rows == [[1, 1], [0, 2], [1, 3]])
  }

  @Test(
    "A header is found",
    arguments: [
      ("a,b,c\n1,2,3\n4,5,6\n", true), ("1,2,3\n4,5,6\n", false),
      // More words than numbers above numbers; fewer.
      ("2020,height,width\n5.1,3.5,0\n4.9,3,1\n", true), ("7,9,odd\n5.1,3.5,0\n4.9,3,1\n", false),
      // Without numbers: names repeat nothing.
      ("buying,safety,class\nhigh,low,no\nlow,low,yes\nhigh,med,no\n", true),
      ("high,low,no\nlow,low,yes\nhigh,med,no\n", false), ("p,x,p\ne,x,p\n", false),
      // As in adult.data.
      ("39,State-gov,<=50K\n50,Private,<=50K\n38,Private,>50K\n", false),
      ("a,b\nNA,x\nNA,y\n", true),
    ])
  func header(text: String, expected: Bool) throws {
    let table = try table(text)
    #expect(table.hasHeader == expected)
    if !expected { #expect(table.columns[0].name == "x1") }
  }

  @Test(
    "The target",
    arguments: [
      ("a,Label,b\n1,7,2\n3,8,4\n1,7,2\n3,8,4\n", nil, "Label"), ("a,y,target\n1,2,3\n", nil, "target"),
      ("a,b,c\n1,2,3\n", nil, "c"), ("a,b,c\n1,2,3\n", "b", "b"), ("a,b,c\n1,2,3\n", "1", "a"),
      ("a,b,c\n1,2,3\n", "-2", "b"), ("a,b,c\n1,2,3\n", "B", "b"), ("1,2,3\n4,5,6\n", "2", "x2"),
    ] as [(String, String?, String)])
  func target(text: String, target: String?, name: String) throws {
    let table = try table(text) { $0.target = target }
    #expect(table.targetNames == [name])
    #expect(!table.columns.map(\.name).contains(name))
  }

  @Test("The first line of scikit-learn's files is left out")
  func summary() throws {
    let table = try table("4,3,benign,malignant\n5,3.5,1.4,0\n4.9,3,1.4,1\n5,3.5,1.4,0\n4.9,3,1.4,1\n")
    #expect(!table.hasHeader && table.rowCount == 4 && table.columns.count == 3)
    #expect(table.target == .classes(["0", "1"]))
    #expect(table.notes == ["line 1 sums up the file and is left out"])
  }

  @Test func severalTargets() throws {
    let table = try table("a,b,c\n1,2,3\n4,5,6.5\n") { $0.target = "c, a" }
    #expect(table.target == .values(["c", "a"]))
    #expect(table.values == [3, 1, 6.5, 4])
    #expect(table.columns.map(\.name) == ["b"])
  }

  @Test("Numbers are classes or values") func task() throws {
    func text(_ targets: [String]) -> String { "x,y\n" + targets.map { "1,\($0)\n" }.joined() }
    #expect(try table(text(["3", "10", "3", "10.0"])).target == .classes(["3", "10"]))
    #expect(try table(text(["3", "10", "3", "10"])) { $0.task = .regression }.values == [3, 10, 3, 10])
    #expect(try table(text(["3", "10", "4"])).values == [3, 10, 4])
    #expect(try table(text(["3", "10.5", "3", "10.5"])).values == [3, 10.5, 3, 10.5])
    #expect(
      try table(text(["3", "10.5", "3"])) { $0.task = .classification }.target == .classes(["3", "10.5"]))
    // 21 kinds are too many for 100 rows, and not for 441.
    let many = (0..<441).map { "\($0 % 21)" }
    #expect(try table(text(Array(many.prefix(100)))).target == .values(["y"]))
    #expect(try table(text(many)).target == .classes((0..<21).map { "\($0)" }))
    // As Float these are one number.
    #expect(
      try table(text(["20231201", "20231202"])) { $0.task = .classification }.classes
        == ["20231201", "20231202"])
  }

  @Test func whatOptionsName() throws {
    let table = try table("id,w,g,a,b,c,y\nr1,1,u,1,2,3,p\nr2,0.5,v,4,5,6,q\nr3,2,u,7,2,9,p\n") {
      $0.weights = "w"
      $0.group = "g"
      $0.id = "id"
      $0.ignored = ["a"]
      $0.categorical = ["b"]
    }
    #expect(
      table.columns == [FeatureColumn(name: "b", kind: .category(["2", "5"])), FeatureColumn(name: "c")])
    #expect(table.rows == [[0, 3], [1, 6], [0, 9]])
    let (weights, groups) = try (#require(table.storage.weights), #require(table.storage.groups))
    #expect((0..<3).map { weights[$0] } == [1, 0.5, 2])
    #expect((0..<3).map { groups[$0] } == [0, 1, 0])
    #expect(table.groupCount == 2)
  }

  @Test func namesMadeUsable() throws {
    let table = try table("a,a,,a.2,y\n1,2,3,4,5\n2,2,3,4,6\n")
    #expect(table.columns.map(\.name) == ["a", "a.3", "x3", "a.2"])
  }

  @Test("With a model's columns, by name or by place") func modelColumns() throws {
    let columns = [FeatureColumn(name: "b"), FeatureColumn(name: "c", kind: .category(["u", "v"]))]
    let named = try table("c,extra,y,b\nv,9,no,1\nu,9,yes,2\n") {
      $0.columns = columns
      $0.classNames = ["yes", "no", "maybe"]
      $0.target = "y"
    }
    #expect(named.columns == columns && named.rows == [[1, 1], [2, 0]])
    #expect(named.target == .classes(["yes", "no", "maybe"]) && named.classes == ["no", "yes"])
    let placed = try table("1,v,2\n2,u,1\n") {
      $0.columns = columns
      $0.classNames = ["1", "2"]
    }
    #expect(placed.rows == [[1, 1], [2, 0]] && placed.classes == ["2", "1"])
    let numbered = try table("7,1,2\n8,2,1\n") {
      $0.columns = [FeatureColumn(name: "x2"), FeatureColumn(name: "x3")]
      $0.target = "1"
    }
    #expect(numbered.rows == [[1, 2], [2, 1]])
    #expect(try table("b,c\n1,v\n") { $0.columns = columns }.target == .none)
  }

  @Test("Words in Latin-1 are the same words") func latin1() throws {
    let folder = try TemporaryFolder()
    let bytes = Array("x,y\n1,caf".utf8) + [0xE9] + Array("\n2,café\n3,thé\n".utf8)
    #expect(try Table.read(folder.write(bytes, to: "a.csv")).target == .classes(["café", "thé"]))
  }
}
