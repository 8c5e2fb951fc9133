import Foundation
import Testing

@Suite("nabla train on a terminal")
struct TrainTerminalTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  /// Characters that a sparkline is made of.
  private static let bars = Set("▁▂▃▄▅▆▇█")

  private func train(_ options: String, columns: Int, environment: [String: String] = [:]) throws
    -> TerminalProcess
  {
    let run = try TerminalProcess.run(
      ["train", "--data", "digits:600"] + options.split(separator: " ").map(String.init), in: folder,
      columns: columns, environment: environment)
    #expect(run.status == 0, "\(run.output)")
    return run
  }

  @Test("epochs, bar and summary fit a narrow terminal, and the wide one", arguments: [40, 80, 120])
  func width(columns: Int) throws {
    // An epoch takes several times as long as the bar waits, on any machine: without vectors, on one thread.
    let run = try train(
      "--layers 784,600,10 --threads 1 --learning-rate 0.1 --epochs 8 --validation 100", columns: columns,
      environment: ["NABLA_ISA": "scalar"])
    let epochs = run.lines.filter { $0.hasPrefix("Epoch ") }
    #expect(epochs.contains { $0.contains("┄") }, "no bar was drawn")
    #expect(epochs.filter { $0.count > columns } == [])
    #expect(epochs.count { $0.contains("/ 100") } == 8)
    let bar = epochs.filter { $0.contains(" left") }
    #expect(bar.allSatisfy { $0.contains("/8  ") })
    #expect(columns == 40 || bar.contains { !Self.bars.isDisjoint(with: $0) }, "no sparkline beside the bar")
    let cost = try #require(run.lines.firstIndex { $0.hasPrefix("Cost  ") })
    #expect(run.lines[cost].count <= columns && run.lines[cost + 1].count <= columns)
    #expect(run.lines[cost].count { Self.bars.contains($0) } == 8)
    #expect(run.lines[cost + 1].contains("▲") && run.lines[cost + 1].contains("best epoch"))
  }

  @Test("the epochs that are the best so far are marked; the last of them is the best epoch")
  func best() throws {
    let run = try train("--epochs 12 --validation 100", columns: 100)
    let marked = run.lines.filter { $0.hasPrefix("Epoch ") && $0.hasSuffix("▲") && !$0.contains("┄") }
    let best = try #require(run.lines.first { $0.hasPrefix("Best epoch: ") })
    let number = try #require(marked.last?.firstMatch(of: /^Epoch +(\d+):/)?.1)
    #expect(best.hasPrefix("Best epoch: \(number),"))
    #expect(marked.first?.hasPrefix("Epoch  1:") == true)
  }

  @Test("files and pipes get the lines as they were; the summary has the curve, JSON has not")
  func elsewhere() throws {
    let plain = try NablaProcess.run(["train", "--data", "digits:600", "--epochs", "3"], in: folder)
    #expect(plain.lines.count == 3 && plain.lines.allSatisfy { $0.hasSuffix(" samples/s") })
    #expect(plain.errors.contains("\nCost  █"))
    #expect(plain.errors.contains("▲ best epoch\n"))
    let json = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "3", "--json"], in: folder)
    #expect(!json.output.contains("█") && !json.errors.contains("Cost"))
    let quiet = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "3", "--quiet"], in: folder)
    #expect(quiet.errors.isEmpty)
  }
}
