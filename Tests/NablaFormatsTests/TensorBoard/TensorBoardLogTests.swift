import Foundation
import Nabla
import NablaFormats
import Testing

@Suite("Event files for TensorBoard")
struct TensorBoardLogTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var directory: String { folder.path("runs/one") }

  private func files() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
  }

  private func summary(_ value: Double) -> TensorBoardSummary {
    var summary = TensorBoardSummary()
    summary.add("cost", value)
    return summary
  }

  /// The records of the only file, read here apart: the length and the data of each, both checksums checked.
  private func records() throws -> [[UInt8]] {
    try #require(files().count == 1)
    let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: directory + "/" + files()[0])))
    func number(_ start: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
    }
    var (records, start): ([[UInt8]], Int) = ([], 0)
    while start < bytes.count {
      let length = number(start, 8)
      let data = Array(bytes[start + 12..<start + 12 + length])
      #expect(UInt32(number(start + 8, 4)) == CRC32C.masked(of: bytes[start..<start + 8]))
      #expect(UInt32(number(start + 12 + length, 4)) == CRC32C.masked(of: data))
      records.append(data)
      start += 16 + length
    }
    return records
  }

  /// Whether a record holds these bytes.
  private func contains(_ record: [UInt8], _ bytes: [UInt8]) -> Bool {
    record.indices.contains { record[$0...].starts(with: bytes) }
  }

  @Test("a version, a start, then an event a step, each in a record of its own")
  func layout() throws {
    let log = try TensorBoardLog(directory)
    #expect(files().isEmpty, "nothing is written before it begins")
    try log.begin(after: 0) { _ in summary(0) }
    try log.append(summary(0.5), step: 1)
    let records = try records()
    #expect(records.count == 3)
    #expect(contains(records[0], Array("brain.Event:2".utf8)))
    // Field 1, eight bytes; then the step, a varint in field 2; then the summary in field 5: its value has the tag in
    // field 1 and a float in field 2.
    #expect(records[2][0] == 0x09 && Array(records[2][9...10]) == [0x10, 1])
    #expect(
      Array(records[2][11...]) == [0x2A, 13, 0x0A, 11, 0x0A, 4] + Array("cost".utf8) + [0x15, 0, 0, 0, 0x3F])
    #expect(files()[0].hasPrefix("events.out.tfevents.") && files()[0].hasSuffix(".nabla"))
  }

  @Test(
    "a run that goes on has each step once, in order: kept, written anew where it is missing, later ones cut off",
    arguments: [0, 1, 7, 13])
  func resuming(lost: Int) throws {
    do {
      let log = try TensorBoardLog(directory)
      try log.begin(after: 0) { _ in summary(0) }
      for step in 1...4 { try log.append(summary(Double(step)), step: step) }
    }
    // What a process that was killed left: the last record is incomplete.
    let path = directory + "/" + files()[0]
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.dropLast(lost).write(to: URL(fileURLWithPath: path))
    var filled: [Int] = []
    do {
      let log = try TensorBoardLog(directory)
      try log.begin(after: 5) {
        filled.append($0)
        return summary(50)
      }
      #expect(filled == (lost == 0 ? [5] : [4, 5]))
      #expect(try records().dropFirst(2).map { $0[10] } == [1, 2, 3, 4, 5])
      #expect(!path.hasSuffix(files()[0]))
      try log.append(summary(6), step: 6)
    }
    let before = files()[0]
    let log = try TensorBoardLog(directory)
    try log.begin(after: 2) { _ in summary(0) }
    #expect(try records().dropFirst(2).map { $0[10] } == [1, 2])
    #expect(files()[0] > before, "TensorBoard reads the files in the order of their names")
  }

  @Test("other programs' files stay; another process's file is not taken")
  func others() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let other = "events.out.tfevents.1700000000.host.1.0"
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: directory + "/" + other))
    let log = try TensorBoardLog(directory)
    try log.begin(after: 0) { _ in summary(0) }
    #expect(files().contains(other) && files().count == 2)
    let second = try TensorBoardLog(directory)
    #expect {
      try second.begin(after: 0) { _ in summary(0) }
    } throws: {
      "\($0)".hasSuffix("is being written by another program")
    }
    try log.append(summary(1), step: 1)
  }

  @Test("a folder that cannot be there, one that is gone")
  func errors() throws {
    let file = try folder.write("x", to: "file")
    for path in [file, file + "/deeper"] {
      #expect {
        _ = try TensorBoardLog(path)
      } throws: {
        "\($0)".contains("is not a folder (expected a folder, found a file)")
      }
    }
    let log = try TensorBoardLog(directory)
    try log.begin(after: 0) { _ in summary(0) }
    try FileManager.default.removeItem(atPath: directory)
    #expect {
      try log.append(summary(1), step: 1)
    } throws: {
      "\($0)".hasSuffix("is gone")
    }
  }

  @Test("a histogram counts every number once")
  func histogram() {
    let values = (0..<1000).map { Float($0 * $0 % 997) - 300 }
    let histogram = Histogram(of: values, parts: 10)
    #expect(histogram.counts.count == 10 && histogram.limits.count == 10)
    var start = -Double.infinity
    for (limit, count) in zip(histogram.limits, histogram.counts) {
      #expect(
        values.count { Double($0) >= start && (Double($0) < limit || limit == histogram.largest) } == count)
      start = limit
    }
    #expect(histogram.least == Double(values.min() ?? 0) && histogram.largest == Double(values.max() ?? 0))
    #expect(histogram.sum == values.reduce(0) { $0 + Double($1) })
    let constant = Histogram(of: [2, 2])
    #expect(constant.counts == [2] && constant.limits == [2] && constant.sumOfSquares == 8)
  }

  @Test("a picture is a PNG that libpng reads")
  func png() throws {
    var picture = ColourPicture(rows: 3, columns: 5, .init(grey: 0))
    picture.set(1, 2, .init(grey: 200))
    picture.set(9, 9, .init(grey: 7))
    let path = folder.path("p.png")
    try Data(picture.png).write(to: URL(fileURLWithPath: path))
    let read = try Picture.read(path, shape: nil)
    #expect(read.pixels == (0..<15).map { $0 == 7 ? 200 : 0 })
  }
}
