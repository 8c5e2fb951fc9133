import Nabla

/// Makes the network that a command trains; what does not fit is told in the words of the options.
struct NewNetwork {
  /// What the samples are called that it is to learn.
  let source: String

  /// Returns the network that `configuration` describes, for so many inputs and outputs of the samples.
  func make(
    _ configuration: TrainingConfiguration, inputs: Int, outputs: Int
  ) throws -> Network {
    try memoryChecked(configuration.layers ?? [inputs, outputs]) { () throws(NablaError) in
      try configuration.makeNetwork(inputs: inputs, outputs: outputs)
    }
  }

  /// Names the option behind an error about a setting, or behind a need for memory that the machine does not have.
  func memoryChecked<Value>(
    _ sizes: [Int], _ body: () throws(NablaError) -> Value
  ) throws -> Value {
    do {
      return try OptionName.inErrors(body)
    } catch {
      guard let error = error as? NablaError, case .outOfMemory = error else { throw error }
      let text = sizes.map(String.init).joined(separator: ",")
      throw CommandFailure(.usage, "--layers: \(text) \(error.description)")
    }
  }

  /// Throws `CommandFailure` (64) if `network` has other inputs than the samples, or too few outputs for them.
  func checkFit(_ network: Network, to data: Dataset) throws {
    guard data.encoding.isRegression else {
      try checkFit(
        network, inputs: data.inputSize, classes: data.classCount, of: source)
      return
    }
    let topology = network.topology
    guard topology.inputSize == data.inputSize, topology.outputSize == data.targetCount else {
      throw CommandFailure(
        .usage,
        "--layers: expected \(data.inputSize) inputs and \(data.targetCount) outputs for "
          + "\(source), found \(topology.layerSizes.map(String.init).joined(separator: ","))")
    }
  }

  func checkFit(_ network: Network, inputs: Int, classes: Int, of source: String) throws {
    let topology = network.topology
    guard topology.inputSize == inputs, topology.outputSize >= classes else {
      throw CommandFailure(
        .usage,
        "--layers: expected \(inputs) inputs and at least \(classes) outputs for \(source), "
          + "found \(topology.layerSizes.map(String.init).joined(separator: ","))")
    }
  }
}
