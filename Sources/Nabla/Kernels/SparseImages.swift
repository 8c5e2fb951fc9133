import CKernels

/// The pixels of a data set that are not zero, row by row: what the first layer reads when most are zero.
///
/// A pixel takes three bytes, its place and its value, so a handwritten digit (150 of 784) takes 450 bytes.
final class SparseImages {
  /// The rows as the training loop sees them: pointers, nothing to retain.
  let rows: SparseRows
  /// Pixels that are not zero, on average over the samples.
  let pixelsPerSample: Double
  private let starts: AlignedBuffer<UInt64>
  private let columns: AlignedBuffer<UInt16>
  private let values: AlignedBuffer<UInt8>

  /// Packs `data` on `threads` threads; returns nil where leaving zeros out does not pay: too few of them, or
  /// pictures too large for a 16-bit place.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  static func packing(_ data: Dataset, threads: Int) throws(NablaError) -> SparseImages? {
    guard data.inputSize <= 1 << 16 else { return nil }
    let starts = try AlignedBuffer<UInt64>(count: data.count + 1)
    data.withView { view in
      Kernels.check(nabla_sparse_count(data.count, data.inputSize, view.images, starts.pointer))
    }
    let share = Double(starts.pointer[data.count]) / (Double(data.count) * Double(data.inputSize))
    return share > largestShare ? nil : try SparseImages(data, starts: starts, threads: threads)
  }

  /// A share of pixels that are not zero above which the dense kernels are faster.
  private static let largestShare = 0.4

  private init(
    _ data: Dataset, starts: consuming AlignedBuffer<UInt64>, threads: Int
  ) throws(NablaError) {
    let total = Int(starts.pointer[data.count])
    let columns = try AlignedBuffer<UInt16>(count: total)
    let values = try AlignedBuffer<UInt8>(count: total)
    let to = nabla_sparse_rows(starts: starts.pointer, columns: columns.pointer, values: values.pointer)
    let (count, inputSize) = (data.count, data.inputSize)
    nonisolated(unsafe) let (columnsPointer, valuesPointer) = (columns.pointer, values.pointer)
    data.withView { view in
      nonisolated(unsafe) let (view, to) = (view, to)
      Team.run(members: threads) { member in
        Kernels.check(
          nabla_sparse_pack(
            count, inputSize, view.images, to.starts, columnsPointer, valuesPointer, member.pointer))
      }
    }
    rows = SparseRows(pointer: to)
    pixelsPerSample = Double(total) / Double(data.count)
    self.columns = columns
    self.values = values
    self.starts = starts
  }
}

/// Rows of pixels without their zeros, in memory that a `SparseImages` owns.
struct SparseRows: BitwiseCopyable {
  fileprivate let pointer: nabla_sparse_rows

  /// Asks the processor to bring rows `indices` into its cache.
  @inline(__always)
  func prefetch(_ indices: UnsafePointer<UInt32>, samples m: Int) {
    withUnsafePointer(to: pointer) { nabla_sparse_prefetch(m, $0, indices) }
  }
}

extension DenseLayer {
  /// `feedforward` for the first layer, on rows `indices` of `input`.
  @inline(__always)
  func feedforward(
    _ input: SparseRows, _ indices: UnsafePointer<UInt32>, samples m: Int, _ member: TeamMember?
  ) {
    withUnsafePointer(to: input.pointer) {
      Kernels.check(
        nabla_sparse_forward_f32(
          layerActivation, m, outputs, inputs, $0, indices, panels, biases, a, paddedOutputs, member?.pointer)
      )
    }
  }

  /// `step` for the first layer, on rows `indices` of `input`.
  @inline(__always)
  func step(
    _ input: SparseRows, _ indices: UnsafePointer<UInt32>, scale: Float, decay: Float, samples m: Int,
    _ member: TeamMember?
  ) {
    withUnsafePointer(to: input.pointer) {
      Kernels.check(
        nabla_sparse_update_f32(
          m, outputs, inputs, scale, delta, paddedOutputs, $0, indices, decay, panels, biases, member?.pointer
        ))
    }
  }
}
