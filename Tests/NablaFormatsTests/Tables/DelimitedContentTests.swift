import NablaFormats
import Testing

@Suite struct DelimitedContentTests {
  private func content(_ text: String) throws -> DelimitedContent {
    let folder = try TemporaryFolder()
    return try DelimitedContent.detect(folder.write(text, to: "a.csv"))
  }

  private func rows(_ pixels: Int, separator: String = ",", _ value: (Int) -> String) -> String {
    (0..<5).map { row in
      (["\(row)"] + (0..<pixels).map { value($0 + row) }).joined(separator: separator) + "\n"
    }.joined()
  }

  @Test func images() throws {
    #expect(try content(rows(784) { "\($0 % 256)" }) == .pictures)
    let names = (["label"] + (0..<64).map { "p\($0)" }).joined(separator: ",")
    #expect(try content(names + "\n" + rows(64) { "\($0 % 2 * 255)" }) == .pictures)
  }

  @Test("27: a few cells without a number are mistakes in images; a column of words makes a table")
  func mistakes() throws {
    let images = rows(64) { "\($0 * 3)" }
    #expect(try content(images.replacing(",9,", with: ",,")) == .pictures)
    #expect(try content(rows(64) { $0 % 3 == 0 ? "" : "\($0 * 3)" }) == .table)
    let words = images.split(separator: "\n").map { "word\($0)\n" }.joined()
    #expect(try content(words) == .table)
  }

  @Test func tables() throws {
    // scikit-learn's digits are 0 ... 16.
    #expect(try content(rows(64) { "\($0 % 17)" }) == .table)
    #expect(try content(rows(63) { "\($0 % 256)" }) == .table)
    #expect(try content(rows(49) { "\($0 % 2 * 255)" }) == .table)
    #expect(try content(rows(64) { "\($0 % 256).5" }) == .table)
    #expect(try content(rows(64) { "\($0 * 4)" }) == .table)
    #expect(try content(rows(64, separator: ";") { "\($0 % 256)" }) == .table)
    #expect(try content("a,b,y\n1,2,x\n") == .table)
  }
}
