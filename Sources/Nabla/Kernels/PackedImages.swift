import CKernels

/// Images without their zeros, row by row: what the first layer reads when most pixels are zero.
///
/// A pixel takes three bytes, its place and its value, so a handwritten digit (150 of 784) takes 450 bytes, and
/// eight more for where its row starts.
struct PackedImages: ~Copyable {
  /// A share of pixels that are not zero above which nothing is packed: there the rows take a tenth more memory
  /// than the pixels themselves, and the dense kernels begin to be faster.
  static let largestShare = 0.36
  /// The most pixels an image can have: a place has 16 bits.
  static let largestInput = 1 << 16

  private let inputSize: Int
  private(set) var count = 0
  private var starts: AlignedBuffer<UInt64>
  private var columns: AlignedBuffer<UInt16>
  private var values: AlignedBuffer<UInt8>

  /// Makes room for `capacity` images.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  init(capacity: Int, inputSize: Int) throws(NablaError) {
    let pixels = Self.mostPixels(images: capacity, inputSize: inputSize)
    let starts = try AlignedBuffer<UInt64>(reserving: capacity + 1)
    let columns = try AlignedBuffer<UInt16>(reserving: pixels)
    values = try AlignedBuffer(reserving: pixels)
    self.starts = starts
    self.columns = columns
    self.inputSize = inputSize
  }

  /// The rows as the training loop sees them, valid as long as the images live.
  var rows: SparseRows {
    SparseRows(
      pointer: nabla_sparse_rows(starts: starts.pointer, columns: columns.pointer, values: values.pointer))
  }

  /// Packs `newCount` more images [newCount, inputSize]; returns false, and packs none, when there are too few
  /// zeros in all images so far to go on.
  mutating func append(_ pixels: UnsafePointer<UInt8>, count newCount: Int) -> Bool {
    precondition(inputSize <= Self.largestInput, "a place has 16 bits")
    let row = starts.pointer + count
    let start = row.pointee
    Kernels.check(nabla_sparse_count(newCount, inputSize, pixels, row))
    for index in 0...newCount { row[index] += start }
    guard row[newCount] <= Self.mostPixels(images: count + newCount, inputSize: inputSize) else {
      row.pointee = start
      return false
    }
    // A team pays from some ten microseconds of work.
    let members = newCount * inputSize < 1 << 16 ? 1 : Team.coreCount
    let size = inputSize
    nonisolated(unsafe) let (from, columns, values) = (pixels, columns.pointer, values.pointer)
    nonisolated(unsafe) let to = row
    Team.run(members: members) { member in
      Kernels.check(nabla_sparse_pack(newCount, size, from, to, columns, values, member.pointer))
    }
    count += newCount
    return true
  }

  /// Moves all images to `pixels` [count, inputSize], which are zero.
  mutating func unpack(into pixels: UnsafeMutablePointer<UInt8>) {
    // From the end, where memory can be given back: at no time are all images there twice.
    let block = max(1, (1 << 20) / inputSize)
    while count > 0 {
      let first = max(0, count - block)
      for row in first..<count { rows.unpack(row, into: pixels + row * inputSize) }
      count = first
      columns.shrink(to: Int(starts.pointer[first]))
      values.shrink(to: Int(starts.pointer[first]))
    }
  }

  /// Gives back the room that no image took.
  mutating func finish() {
    starts.shrink(to: count + 1)
    columns.shrink(to: Int(starts.pointer[count]))
    values.shrink(to: Int(starts.pointer[count]))
  }

  /// Bytes of memory that the rows take.
  var storedBytes: Int { 8 * starts.count + 2 * columns.count + values.count }

  private static func mostPixels(images: Int, inputSize: Int) -> Int {
    Int(largestShare * Double(images) * Double(inputSize))
  }
}

/// Rows of pixels without their zeros, in memory that somebody else owns.
struct SparseRows: BitwiseCopyable {
  fileprivate var pointer: nabla_sparse_rows

  /// These rows from row `first` on.
  func from(row first: Int) -> SparseRows {
    var rows = self
    rows.pointer.starts += first
    return rows
  }

  /// The places of row `row` among all pixels that are not zero.
  private func entries(_ row: Int) -> Range<Int> { Int(pointer.starts[row])..<Int(pointer.starts[row + 1]) }

  /// Pixels of the first `count` rows that are not zero.
  func nonZeroPixels(rows count: Int) -> Int { Int(pointer.starts[count] - pointer.starts[0]) }

  /// Writes the pixels of row `row` to `pixels`, which are zero.
  func unpack(_ row: Int, into pixels: UnsafeMutablePointer<UInt8>) {
    for entry in entries(row) { pixels[Int(pointer.columns[entry])] = pointer.values[entry] }
  }

  /// Writes the pixels of row `row` as 0 ... 1 to `input`, which is zero: the same bits as `Kernels.pixels`.
  func unpack(_ row: Int, into input: UnsafeMutablePointer<Float>) {
    for entry in entries(row) { input[Int(pointer.columns[entry])] = Float(pointer.values[entry]) / 255 }
  }

  /// Asks the processor to bring rows `indices` into its cache.
  @inline(__always)
  func prefetch(_ indices: UnsafePointer<UInt32>, samples m: Int) {
    withUnsafePointer(to: pointer) { nabla_sparse_prefetch(m, $0, indices) }
  }
}

extension DenseLayer {
  /// `feedforward` for the first layer, on rows `indices` of `input`; nil is the first rows in their order.
  @inline(__always)
  func feedforward(
    _ input: SparseRows, _ indices: UnsafePointer<UInt32>?, samples m: Int, _ member: TeamMember?
  ) {
    withUnsafePointer(to: input.pointer) {
      Kernels.check(
        nabla_sparse_forward_f32(
          layerActivation, m, outputs, inputs, $0, indices, panels, biases, a, paddedOutputs, member?.pointer)
      )
    }
  }

  /// `step` for the first layer, on rows `indices` of `input`; nil is the first rows in their order.
  @inline(__always)
  func step(
    _ input: SparseRows, _ indices: UnsafePointer<UInt32>?, scale: Float, decay: Float, samples m: Int,
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
