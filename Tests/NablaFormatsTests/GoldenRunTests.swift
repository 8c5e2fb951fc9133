import Foundation
import Nabla
import NablaFormats
import Testing

/// The short run whose hash is committed, with teams of exactly so many threads: on data this small the command
/// itself would use one. `nabla train --data digits:600 --epochs 2` gives the same hash.
@Suite struct GoldenRunTests {
  private static let golden: String = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/short-run.sha256")
    return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").trimmingCharacters(
      in: .whitespacesAndNewlines)
  }()

  @Test(arguments: [1, 2, 3, 4], [true, false])
  func sameHash(threads: Int, allowsSparse: Bool) throws {
    let data = try DataSource(parsing: "digits:600").load().training
    let chosen = InstructionSet.current
    defer { try? chosen.select() }
    for instructionSet in InstructionSet.available {
      try instructionSet.select()
      let network = try Network(topology: Topology([784, 30, 10]), seed: 1)
      let trainer = try Trainer(
        network: network, data: data, configuration: TrainingConfiguration(), allowsSparse: allowsSparse,
        pace: TeamPace(members: threads, policy: .fixed))
      for _ in 0..<2 { try trainer.trainEpoch() }
      #expect(
        ModelFile.parametersSHA256(of: network) == Self.golden,
        "\(instructionSet), \(threads) threads, \(allowsSparse ? "sparse" : "dense")")
    }
  }
}
