extension TrainingConfiguration {
  /// Bytes of memory that a run takes at least beside its samples: parameters, the rule's states, and what a mini-batch
  /// makes of the layers' activations and errors; nil for more than can be addressed.
  ///
  /// - Parameter samples: as many as a mini-batch can have at most.
  package func neededBytes(for topology: Topology, samples: Int) -> Int? {
    guard let layout = try? ParameterLayout(topology) else { return nil }
    let neurons = layout.layers.reduce(0) { $0 + $1.paddedOutputs }
    let (arenas, overflow) = layout.count.multipliedReportingOverflow(by: 1 + rule.stateCount)
    let (values, valuesOverflow) = (2 * neurons).multipliedReportingOverflow(by: min(miniBatchSize, samples))
    let (sum, sumOverflow) = arenas.addingReportingOverflow(values)
    let (bytes, bytesOverflow) = sum.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
    return overflow || valuesOverflow || sumOverflow || bytesOverflow ? nil : bytes
  }
}
