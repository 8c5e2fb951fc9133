/// A data set as the training loop sees it: pointers, no owner, nothing to retain.
///
/// A sample has a number, its place in the data set, and a row, its place in memory.
struct DatasetView: BitwiseCopyable {
  /// What the samples are.
  enum Samples: BitwiseCopyable {
    /// Images [rows, inputSize], 0 ... 255.
    case dense(UnsafePointer<UInt8>)
    /// Images without their zeros.
    case sparse(SparseRows)
    /// Rows of a table.
    case table(TableRows)
  }

  /// What they are to become.
  enum Target: BitwiseCopyable {
    case none
    /// The class of each row.
    case classes(UnsafePointer<UInt16>)
    /// y [rows, count], and how it is scaled.
    case values(UnsafePointer<Float>, scales: UnsafePointer<TargetScale>, count: Int)
  }

  let inputSize: Int
  let samples: Samples
  let target: Target
  /// The row of each sample; nil if they are the first rows in their order.
  var rows: UnsafePointer<UInt32>?

  var isSparse: Bool {
    if case .sparse = samples { true } else { false }
  }

  /// The class of each row; nil if there are none.
  var labels: UnsafePointer<UInt16>? {
    if case .classes(let labels) = target { labels } else { nil }
  }

  /// The row of sample `index`.
  func row(of index: Int) -> Int { rows.map { Int($0[index]) } ?? index }

  /// The samples `first` ..< `first` + `count`, in their order.
  func batch(from first: Int, count: Int) -> MiniBatch {
    if let rows { return MiniBatch(data: self, rows: rows + first, count: count) }
    return MiniBatch(data: from(row: first), rows: nil, count: count)
  }

  /// These rows from row `first` on.
  func from(row first: Int) -> DatasetView {
    let samples: Samples =
      switch samples {
      case .dense(let start): .dense(start + first * inputSize)
      case .sparse(let rows): .sparse(rows.from(row: first))
      case .table(let rows): .table(rows.from(row: first))
      }
    let target: Target =
      switch target {
      case .none: .none
      case .classes(let labels): .classes(labels + first)
      case .values(let values, let scales, let count):
        .values(values + first * count, scales: scales, count: count)
      }
    return DatasetView(inputSize: inputSize, samples: samples, target: target)
  }

  /// Copies the pixels of an image, 0 ... 255; a table has none.
  func copyImage(row: Int, to image: UnsafeMutablePointer<UInt8>) {
    switch samples {
    case .dense(let start): image.update(from: start + row * inputSize, count: inputSize)
    case .sparse(let rows):
      image.update(repeating: 0, count: inputSize)
      rows.unpack(row, into: image)
    case .table: preconditionFailure("a table has no images")
    }
  }

  /// Writes a row as the network's input.
  func copyInput(row: Int, to input: UnsafeMutablePointer<Float>) {
    switch samples {
    case .dense(let start): Kernels.pixels(start + row * inputSize, count: inputSize, into: input)
    case .sparse(let rows):
      input.update(repeating: 0, count: inputSize)
      rows.unpack(row, into: input)
    case .table(let rows): rows.copyInput(row, to: input)
    }
  }
}

/// How a real target is scaled for the network.
struct TargetScale: BitwiseCopyable {
  let offset: Float
  let factor: Float
}
