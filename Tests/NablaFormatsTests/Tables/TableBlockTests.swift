import Foundation
import InputBytes
import Nabla
import Testing

import NablaFormats

/// Tables of several blocks, read in pieces: the same as line by line.
@Suite struct TableBlockTests {
  /// Makes rows long, so that few of them are several blocks.
  private let padding = String(repeating: "some text ", count: 12)

  /// A row of mixed cells, and what becomes of it: numbers, a word's text, nothing.
  private func row(_ index: Int) -> (text: String, number: Float?, word: String, target: Int) {
    let number = index % 11 == 3 ? nil : Float(index) / 7
    let word = ["plain", "with, comma", "with \"quotes\"", "two\nlines", "w\(index % 400)"][index % 5]
    let cell =
      word.contains { ",\"\n".contains($0) }
      ? "\"\(word.replacingOccurrences(of: "\"", with: "\"\""))\"" : word
    let target = index % 3
    return (
      "\(number.map { "\($0)" } ?? "NA"),\(cell),\(padding),\(index),\(target)\(index % 2 == 0 ? "\r\n" : "\n")",
      number,
      word, target
    )
  }

  @Test("Quotes, line breaks and blank lines in several blocks") func mixed() throws {
    let count = 50_000
    let folder = try TemporaryFolder()
    let text =
      "number,word,padding,index,target\n"
      + (0..<count).map { row($0).text + ($0 % 1000 == 0 ? "\n" : "") }.joined()
    let path = try folder.write(text, to: "a.csv")
    var progress: [Int] = []
    var reading = TableOptions()
    reading.ignored = ["padding"]
    let table = try Table.read(path, options: reading) { done, total in
      progress.append(done)
      #expect(total == text.utf8.count)
    }
    #expect(progress.count > 1 && progress == progress.sorted() && progress.last == text.utf8.count)
    #expect(table.rowCount == count)
    guard case .category(let words) = table.columns[1].kind else {
      Issue.record("no words")
      return
    }
    #expect(words == words.sorted() && words.count == 84)
    var wrong = 0
    for index in 0..<count {
      let (_, number, word, target) = row(index)
      let cells = table.storage.features + index * 3
      let isRight =
        (number.map { $0 == cells[0] } ?? cells[0].isNaN) && words[Int(cells[1])] == word
        && cells[2] == Float(index) && table.storage.labels?[index] == UInt16(target)
      wrong += isRight ? 0 : 1
    }
    #expect(wrong == 0)
    #expect(table.missingCounts == [(0..<count).count { $0 % 11 == 3 }, 0, 0])

    // As a stream: the same bits, whatever the sizes asked for.
    var options = TableOptions()
    options.columns = table.columns
    options.id = "index"
    options.columns?.remove(at: 2)
    let stream = try TableStream(folder.write(gzip(Array(text.utf8)), to: "a.csv.gz"), options: options)
    var done = 0
    var different = 0
    while let block = try stream.next(1 + done % 5000) {
      for place in 0..<block.rowCount {
        let cells = table.storage.features + (done + place) * 3
        let theirs = block.features + place * 2
        let isSame = cells[0].bitPattern == theirs[0].bitPattern && cells[1] == theirs[1]
        let ids = try #require(block.ids)
        different += isSame && ids[ids.startIndex + place] == "\(done + place)" ? 0 : 1
      }
      done += block.rowCount
    }
    #expect(done == count && different == 0)
  }

  @Test("Groups that come in any piece") func groups() throws {
    let count = 100_000
    let text = "group,x,y\n" + (0..<count).map { "g\($0 * 7919 % 50_021),\($0),0\n" }.joined()
    let table = try table(text) { $0.group = "group" }
    #expect(table.groupCount == 50_021)
    let groups = try #require(table.storage.groups)
    #expect((0..<count).allSatisfy { groups[$0] == UInt32($0 % 50_021) })
  }

  @Test("The first wrong line wins, wherever the text is cut", arguments: [20_001, 43_457, 69_999])
  func firstWrongLine(line: Int) throws {
    // Two wrong lines; the file starts with a header and has a blank line and a line break inside quotes.
    var lines = ["x,word,y", "1,\"a\nb\",2", ""] + (4..<70_002).map { "\($0),\(padding),0.5" }
    lines[line - 2] = "oops,w,1"
    lines[70_000] = "1,w"
    let error = #expect(throws: FileError.self) { _ = try table(lines.joined(separator: "\n")) }
    #expect(error?.place == .line(line))
    #expect(error?.problem == "column 1 (x) has a word")
    #expect(error?.remedy == .categorical(column: "x"))
  }

  @Test("29: a line of 10 MB is read, one of 20 MB is not") func longLines() throws {
    let cells = { (count: Int) in Array(repeating: "0.12345678", count: count).joined(separator: ",") }
    #expect(try table(cells(900_000) + "\n" + cells(900_000)).columns.count == 899_999)
    let error = #expect(throws: FileError.self) { try table(cells(1_800_000)) }
    #expect(error?.problem == "is too long" && error?.place == .line(1))
  }

  @Test func memoryLimit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("x,y\n1,2\n3,4\n5,6\n", to: "a.csv")
    #expect(try Table.read(path, maxBytes: 24).rowCount == 3)
    #expect(throws: FileError.self) { try Table.read(path, maxBytes: 23) }
  }

  @Test("Standard input, which comes bit by bit and has no length")
  func standardInput() throws {
    let pipe = Pipe()
    let text = "b,a\n" + (0..<20_000).map { "\($0),\($0 % 3)\n" }.joined()
    let bytes = Data(text.utf8)
    Thread.detachNewThread {
      for start in stride(from: 0, to: bytes.count, by: 1 << 12) {
        pipe.fileHandleForWriting.write(bytes[start..<min(start + 1 << 12, bytes.count)])
      }
      try? pipe.fileHandleForWriting.close()
    }
    var options = TableOptions()
    options.columns = [FeatureColumn(name: "a", kind: .category(["0", "1", "2"])), FeatureColumn(name: "b")]
    let stream = try TableStream(
      "-", options: options, standardInput: pipe.fileHandleForReading.fileDescriptor)
    var rows = 0
    while let block = try stream.next(777) {
      #expect(block.rowCount <= 777 && block.ids == nil)
      for place in 0..<block.rowCount where block.features[place * 2 + 1] != Float(rows + place) {
        Issue.record("row \(rows + place)")
      }
      #expect(block.features[0] == Float(rows % 3))
      rows += block.rowCount
    }
    #expect(rows == 20_000 && stream.progress == nil && stream.hasHeader)
  }

  @Test("Whatever the text, pieces of any size give the same table or the same error")
  func anyText() throws {
    let words = [
      "1", "2.5", "-3e1", "a", "b c", "NA", "", "\"q\"", "\"two\nlines\"", "\"d\"\"d\"", "1e400", "inf",
    ]
    let folder = try TemporaryFolder()
    var read = 0
    for _ in 0..<1500 {
      let columns = Int.random(in: 1...4)
      let separator = [",", ";", "\t"].randomElement() ?? ","
      let choice = words.shuffled().prefix(Int.random(in: 1...words.count))
      var text = (0..<Int.random(in: 1...40)).map { _ in
        (0..<columns).map { _ in choice.randomElement() ?? "" }.joined(separator: separator)
      }.joined(separator: Bool.random() ? "\n" : "\r\n")
      if Int.random(in: 0..<3) == 0 {
        // Damage: a byte that may open a quote, cut a row or end the text.
        let place = text.utf8.index(text.startIndex, offsetBy: .random(in: 0..<max(1, text.utf8.count)))
        text.insert(["\"", "\n", ",", ";", "\0", "x", "9"].randomElement() ?? "x", at: place)
      }
      let path = try folder.write(text, to: "a.csv")
      var options = TableOptions()
      if Bool.random() { options.group = "1" }
      let whole = result(path, options, pieceBytes: 1 << 20)
      for pieceBytes in [1, 7, 50] {
        #expect(result(path, options, pieceBytes: pieceBytes) == whole, "\(text)")
      }
      read += whole.hasPrefix("table") ? 1 : 0
    }
    #expect(read > 100)
  }

  private func result(_ path: String, _ options: TableOptions, pieceBytes: Int) -> String {
    do throws(FileError) {
      let table = try Table.read(path, options: options, pieceBytes: pieceBytes)
      let groups = table.storage.groups.map { groups in (0..<table.rowCount).map { groups[$0] } } ?? []
      return "table \(table.columns) \(table.rows) \(table.target) \(table.classes) \(table.values) \(groups)"
        + " \(table.missingCounts)"
    } catch {
      return "\(error)"
    }
  }
}
