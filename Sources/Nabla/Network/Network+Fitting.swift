extension Network {
  /// Returns `data` with as many classes as this network has outputs.
  ///
  /// - Throws: `NablaError.mismatch` if pictures or labels do not fit.
  func fitting(_ data: Dataset) throws(NablaError) -> Dataset {
    guard data.inputSize == topology.inputSize else {
      throw .mismatch(
        "expected pictures of \(topology.inputSize) pixels for the network \(topology), "
          + "found \(data.imageShape.rows) x \(data.imageShape.columns) = \(data.inputSize)")
    }
    return try data.withClassCount(topology.outputSize)
  }
}
