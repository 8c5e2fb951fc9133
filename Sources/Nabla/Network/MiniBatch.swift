/// Which samples of a data set a mini-batch consists of.
struct MiniBatch: BitwiseCopyable {
  let data: DatasetView
  /// The place of each sample in the data set, in the mini-batch's order; nil for its first samples in their order.
  let indices: UnsafePointer<UInt32>?
  let count: Int
  /// How many samples follow in `indices`: the next mini-batches.
  var following = 0

  /// The place of sample `s` in the data set.
  @inline(__always)
  func sampleIndex(_ s: Int) -> Int { indices.map { Int($0[s]) } ?? s }
}
