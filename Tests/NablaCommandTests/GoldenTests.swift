import Foundation
import Nabla
import Testing

@Suite("The same parameters, to the last bit")
struct GoldenTests {
  /// SHA-256 of the parameters after `nabla train --data digits:600 --epochs 2 --json`, whose last line
  /// prints it: the same on every machine. Another value means other
  /// digits, another order or other arithmetic.
  static let golden: String = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/short-run.sha256")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? "Tests/Golden/short-run.sha256 is missing"
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }()

  @Test("for every instruction set and number of threads", arguments: InstructionSet.allCases, [1, 2, 4])
  func shortRun(instructionSet: InstructionSet, threads: Int) throws {
    guard instructionSet.isAvailable else {
      try Test.cancel("this machine has no \(instructionSet.rawValue)")
    }
    let folder = try Folder()
    let run = try NablaProcess.run(
      [
        "train", "--data", "digits:600", "--epochs", "2", "--threads", String(threads), "--json", "--quiet",
      ], in: folder, environment: ["NABLA_ISA": instructionSet.rawValue])
    #expect(try JSONLine(#require(run.lines.last)).string("parameters_sha256") == Self.golden)
  }
}
