/// Adds up the outputs of several networks for the same samples, and gives their mean: an ensemble.
///
/// In Float, element by element, in the order in which networks are added, the sum then divided by their number: the
/// same bits every time. The outputs of one network come back as they are.
package struct MeanOutputs {
  private var sums: [Float] = []
  private var networks = 0

  /// Starts without a network.
  package init() {}

  /// Adds a network's outputs.
  ///
  /// - Precondition: as many as the others'.
  package mutating func add(_ outputs: [Float]) {
    precondition(networks == 0 || outputs.count == sums.count, "outputs of other samples")
    if networks == 0 {
      sums = outputs
    } else {
      for index in sums.indices { sums[index] += outputs[index] }
    }
    networks += 1
  }

  /// Returns the mean outputs.
  ///
  /// - Precondition: a network was added.
  package consuming func mean() -> [Float] {
    precondition(networks > 0, "no network")
    let count = Float(networks)
    return networks == 1 ? sums : sums.map { $0 / count }
  }
}
