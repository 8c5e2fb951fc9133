import Benchmark

/// Every kernel on a few shapes, on one thread.
let benchmarks: @Sendable () -> Void = {
  for shape in Shape.all {
    registerGemm(shape)
    registerDense(shape)
  }
  for layer in [
    SparseLayer(batch: 10, outputs: 30), .init(batch: 10, outputs: 100), .init(batch: 100, outputs: 800),
  ] {
    registerSparse(layer)
  }
  // Two arrays of 8 KiB stay in L1; two of 64 MiB in no cache.
  for count in [2 << 10, 16 << 20] { registerElementwise(count: count) }
  // A square matrix for each cache, and one for none.
  for side in [48, 256, 8192] { registerSquare(side: side) }
}

/// A layer and a mini-batch: `batch` samples of `inputs` numbers each become `outputs` numbers each.
struct Shape {
  let batch: Int
  let outputs: Int
  let inputs: Int

  static let all = [
    Shape(batch: 10, outputs: 30, inputs: 784),
    Shape(batch: 32, outputs: 100, inputs: 784),
    Shape(batch: 256, outputs: 800, inputs: 784),
    Shape(batch: 1024, outputs: 1024, inputs: 1024),
  ]

  /// One multiply-add for each weight and sample.
  var multiplyAdds: Int { batch * outputs * inputs }
}

extension Shape: CustomStringConvertible {
  var description: String { "\(batch) x \(outputs) x \(inputs)" }
}
