import CKernels

/// The memory of sparse rows, one for each image: what the first layer reads when most pixels are zero.
///
/// An entry takes two bytes, a pixel's value and its distance from the one before, so a handwritten digit (150 of 784)
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
    SparseRows(starts: starts.pointer, entries: entries.pointer)
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
