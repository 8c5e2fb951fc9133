import Foundation
import Nabla
import NablaFormats
import Testing

/// The Python that `NABLA_PYTHON` names, else `python3`.
private let python = ProcessInfo.processInfo.environment["NABLA_PYTHON"] ?? "python3"
private let hasNumPy = runPython(["-c", "import numpy"])
private let hasScikitLearn = runPython(["-c", "import sklearn.datasets"])

private func runPython(_ arguments: [String]) -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [python] + arguments
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return false }
  process.waitUntilExit()
  return process.terminationStatus == 0
}

/// What NumPy and scikit-learn write is read as they read it, bit for bit.
@Suite struct ArrayPythonTests {
  @Test(.enabled(if: hasNumPy, "no python3 with numpy; NABLA_PYTHON may name one"))
  func readsWhatNumPyWrites() throws { try compare("arrays", cases: 161) }

  @Test(.enabled(if: hasScikitLearn, "no python3 with scikit-learn; NABLA_PYTHON may name one"))
  func readsWhatScikitLearnWrites() throws { try compare("svmlight", cases: 8) }

  private func compare(_ what: String, cases count: Int) throws {
    let folder = try TemporaryFolder()
    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/write_arrays.py")
    #expect(runPython([script.path, what, folder.path]))
    let lines = String(decoding: try folder.read("cases"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == count)
    for line in lines {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let path = folder.path(cells[0])
      let format = try #require(try ArrayFormat.detect(path))
      let parts = try format.read(path)
      let found = TableContent(cells[1] == "test" ? parts.test : parts.training)
      let targets = try folder.read(cells[5])
      let names = cells[6].isEmpty ? nil : cells[6].split(separator: ",").map(String.init)
      var expected = TableContent(try #require(Int(cells[2])), try #require(Int(cells[3])), [])
      expected.features = words(try folder.read(cells[4])).map { UInt32($0) }
      expected.names = names
      if names != nil {
        expected.labels = words(targets, bytes: 2)
      } else if !targets.isEmpty {
        expected.values = words(targets).map { Float(bitPattern: UInt32($0)) }
      }
      #expect(found == expected, "\(line)")
    }
  }
}

/// Little-endian numbers of `count` bytes each.
private func words(_ data: [UInt8], bytes count: Int = 4) -> [Int] {
  stride(from: 0, to: data.count, by: count).map { start in
    data[start..<start + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
