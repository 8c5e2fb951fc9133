import Foundation
import Nabla
import NablaFormats
import Testing

@Suite struct ModelFileActivationTests {
  @Test(
    "Activations and cost travel with the model",
    arguments: [
      ([.relu, .softmax], .logLikelihood, "relu,softmax"),
      ([.tanh, .tanh, .identity], .quadratic, "tanh,tanh,identity"),
      ([.sigmoid, .relu, .sigmoid], .crossEntropy, "sigmoid,relu,sigmoid"),
      ([.sigmoid, .sigmoid], .crossEntropy, nil),
    ] as [([Activation], Cost, String?)])
  func roundTrip(_ activations: [Activation], _ cost: Cost, _ text: String?) throws {
    let folder = try TemporaryFolder()
    let topology = try Topology(
      [6, 5, 4, 3].suffix(activations.count + 1).map { $0 }, activations: activations)
    let network = try Network(topology: topology, cost: cost, seed: 3)
    try ModelFile.save(network, to: folder.path("model"))
    let loaded = try ModelFile.load(folder.path("model"))
    #expect(loaded.network.topology == topology)
    #expect(loaded.network.cost == cost)
    #expect(loaded.metadata["activations"] == text)
    let image = [UInt8](repeating: 77, count: topology.inputSize)
    #expect(try loaded.network.feedforward(image) == network.feedforward(image))
  }

  @Test(
    "Activations that are none, or too few", arguments: ["relu", "relu,softmin", "relu,softmax,softmax", ""])
  func unknown(_ text: String) throws {
    let folder = try TemporaryFolder()
    let network = try Network(
      topology: Topology([4, 3, 2], hidden: .relu, output: .softmax), cost: .logLikelihood, seed: 3)
    try ModelFile.save(network, to: folder.path("model"))
    var file = try folder.read("model")
    let key = Array(#""activations":"relu,softmax""#.utf8)
    let start = try #require(file.indices.first { file[$0...].starts(with: key) })
    let replacement = Array(#""activations":"\#(text)""#.utf8)
    // The header keeps its length: spaces are allowed between members.
    guard replacement.count <= key.count else { return }
    file.replaceSubrange(
      start..<start + key.count,
      with: replacement + [UInt8](repeating: 32, count: key.count - replacement.count))
    #expect(throws: FileError.self) { try ModelFile.load(folder.write(file, to: "damaged")) }
  }
}
