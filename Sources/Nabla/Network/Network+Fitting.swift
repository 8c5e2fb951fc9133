extension Network {
  /// Returns `data` with as many classes as this network has outputs.
  ///
  /// - Throws: `NablaError.mismatch` if samples, labels or real targets do not fit.
  func fitting(_ data: Dataset) throws(NablaError) -> Dataset {
    guard data.inputSize == topology.inputSize else {
      throw .mismatch(
        data.isTable
          ? "expected rows of \(topology.inputSize) inputs for the network \(topology), found \(data.inputSize)"
          : "expected pictures of \(topology.inputSize) pixels for the network \(topology), "
            + "found \(data.imageShape.rows) x \(data.imageShape.columns) = \(data.inputSize)")
    }
    guard data.encoding.isRegression else { return try data.withClassCount(topology.outputSize) }
    guard data.targetCount == topology.outputSize else {
      throw .mismatch(
        "expected \(topology.outputSize) real targets for the network \(topology), found \(data.targetCount)")
    }
    guard cost == .quadratic else {
      throw .mismatch("expected the quadratic cost for real targets, found \(cost.rawValue)")
    }
    return data
  }
}
