/// Which samples of a data set a mini-batch consists of.
struct MiniBatch: BitwiseCopyable {
  let data: DatasetView
  /// The row of each sample, in the mini-batch's order; nil for the first rows in their order.
  let rows: UnsafePointer<UInt32>?
  /// The number of each sample in the data set, as random numbers count it; nil for 0, 1, ...
  var numbers: UnsafePointer<UInt32>?
  /// The weight of each sample's cost, by its number; nil if all weigh 1.
  var weights: UnsafePointer<Float>?
  let count: Int
  /// How many samples follow in `rows`: the next mini-batches.
  var following = 0

  /// The row of sample `s`.
  @inline(__always)
  func row(_ s: Int) -> Int { rows.map { Int($0[s]) } ?? s }

  /// The number of sample `s`.
  @inline(__always)
  func number(_ s: Int) -> Int { numbers.map { Int($0[s]) } ?? s }
}
