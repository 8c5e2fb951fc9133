import CKernels

/// Images without their zeros, row by row: what the first layer reads when most pixels are zero.
///
/// A pixel takes two bytes, its distance from the one before and its value, so a handwritten digit (150 of 784)
/// takes 300 bytes, and eight more for where its row starts.
struct PackedImages: ~Copyable {
  /// A share of pixels that are not zero above which nothing is packed: there the dense kernels begin to be faster.
  private static let largestShare = 0.4

  private let inputSize: Int
  private(set) var count = 0
  private var starts: AlignedBuffer<UInt64>
  private var entries: AlignedBuffer<UInt16>

  /// Makes room for `capacity` images.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  init(capacity: Int, inputSize: Int) throws(NablaError) {
    let starts = try AlignedBuffer<UInt64>(reserving: capacity + 1)
    entries = try AlignedBuffer(reserving: Self.mostEntries(images: capacity, inputSize: inputSize))
    self.starts = starts
    self.inputSize = inputSize
  }

  /// The rows as the training loop sees them, valid as long as the images live.
  var rows: SparseRows {
    SparseRows(pointer: nabla_sparse_rows(starts: starts.pointer, entries: entries.pointer))
  }

  /// Packs `newCount` more images [newCount, inputSize]; returns false, and packs none, when there are too few
  /// zeros in all images so far to go on.
  mutating func append(_ pixels: UnsafePointer<UInt8>, count newCount: Int) -> Bool {
    let row = starts.pointer + count
    let start = row.pointee
    Kernels.check(nabla_sparse_count(newCount, inputSize, pixels, row))
    for index in 0...newCount { row[index] += start }
    guard row[newCount] <= Self.mostEntries(images: count + newCount, inputSize: inputSize) else {
      row.pointee = start
      return false
    }
    // A team pays from some ten microseconds of work.
    let members = newCount * inputSize < 1 << 16 ? 1 : Team.coreCount
    let size = inputSize
    nonisolated(unsafe) let (from, to, entries) = (pixels, row, entries.pointer)
    Team.run(members: members) { member in
      Kernels.check(nabla_sparse_pack(newCount, size, from, to, entries, member.pointer))
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
      entries.shrink(to: Int(starts.pointer[first]))
    }
  }

  /// Gives back the room that no image took.
  mutating func finish() {
    starts.shrink(to: count + 1)
    entries.shrink(to: Int(starts.pointer[count]))
  }

  /// Bytes of memory that the rows take.
  var storedBytes: Int { 8 * starts.count + 2 * entries.count }

  private static func mostEntries(images: Int, inputSize: Int) -> Int {
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

  /// Calls `body` with the place and the value of every pixel of row `row` that is not zero.
  private func forEachPixel(_ row: Int, _ body: (Int, UInt8) -> Void) {
    var place = 0
    for index in Int(pointer.starts[row])..<Int(pointer.starts[row + 1]) {
      let entry = pointer.entries[index]
      place += Int(entry & 255)
      if entry > 255 { body(place, UInt8(entry >> 8)) }
    }
  }

  /// Entries of the first `count` rows: about as many as pixels that are not zero.
  func entryCount(rows count: Int) -> Int { Int(pointer.starts[count] - pointer.starts[0]) }

  /// Writes the pixels of row `row` to `pixels`, which are zero.
  func unpack(_ row: Int, into pixels: UnsafeMutablePointer<UInt8>) {
    forEachPixel(row) { place, value in pixels[place] = value }
  }

  /// Writes the pixels of row `row` as 0 ... 1 to `input`, which is zero: the same bits as `Kernels.pixels`.
  func unpack(_ row: Int, into input: UnsafeMutablePointer<Float>) {
    forEachPixel(row) { place, value in input[place] = Float(value) / 255 }
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

  /// `step` for the first layer, on the rows of `input` that `batch` consists of. The pictures that follow it are
  /// asked for meanwhile.
  @inline(__always)
  func step(_ input: SparseRows, _ batch: MiniBatch, scale: Float, decay: Float, _ member: TeamMember?) {
    let ahead = batch.indices.map { $0 + batch.count }
    withUnsafePointer(to: input.pointer) {
      Kernels.check(
        nabla_sparse_update_f32(
          batch.count, outputs, inputs, scale, delta, paddedOutputs, $0, batch.indices, ahead,
          batch.following,
          decay, panels, biases, member?.pointer))
    }
  }
}
