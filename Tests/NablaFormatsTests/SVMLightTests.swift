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
}
