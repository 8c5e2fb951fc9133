import Nabla

/// What tells one data set from another.
package enum DataFingerprint {
  /// The SHA-256 of the samples with their classes, targets and weights, in their order, as they stand in the file.
  ///
  /// - Complexity: 0.1 s for a hundred megabytes or less where the processor has instructions for SHA-256.
  package static func sha256(of data: Dataset) -> String {
    var hasher = SHA256Hasher()
    data.forEachBlockOfBytes { hasher.update($0) }
    return hasher.finalize()
  }

  /// The SHA-256 of how a table's cells are scaled and what its targets mean, as a model file has it; nil for pictures.
  package static func encodingSHA256(of data: Dataset) -> String? {
    data.encoding.metadata[DataEncoding.hashKey]
  }
}
