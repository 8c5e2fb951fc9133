import CKernels

/// What a layer reads for a mini-batch.
enum Input: BitwiseCopyable {
  /// Sparse rows: the first layer on images.
  case sparse(SparseBatch)
  /// x [m, inputs], row after row, `stride` floats apart.
  case dense(UnsafeMutablePointer<Float>, stride: Int)
}

/// The samples of one mini-batch among sparse rows.
struct SparseBatch: BitwiseCopyable {
  fileprivate(set) var value: nabla_sparse_batch

  /// - Parameters:
  ///   - samples: the row of each sample; nil for rows 0 ..< count.
  ///   - following: how many rows come after these in `samples`: the next mini-batches, which are prefetched.
  init(_ rows: SparseRows, count: Int, samples: UnsafePointer<UInt32>?, following: Int) {
    value = nabla_sparse_batch(
      rows: rows.value, count: count, samples: samples, ahead: samples.map { $0 + count },
      ahead_count: samples == nil ? 0 : following)
  }
}

/// Sparse rows: images without their zero pixels, as entries, in memory that they do not own.
struct SparseRows: BitwiseCopyable {
  fileprivate(set) var value: nabla_sparse_rows

  /// Rows that follow one another: each ends where the next one starts.
  init(starts: UnsafePointer<UInt64>, entries: UnsafePointer<UInt16>) {
    value = nabla_sparse_rows(starts: starts, ends: starts + 1, entries: entries, values: nil)
  }

  /// Rows anywhere among `entries`; `values` [256] are the inputs that pixels 0 ... 255 stand for.
  init(
    starts: UnsafePointer<UInt64>, ends: UnsafePointer<UInt64>, entries: UnsafePointer<UInt16>,
    values: UnsafePointer<Float>
  ) {
    value = nabla_sparse_rows(starts: starts, ends: ends, entries: entries, values: values)
  }

  /// These rows from row `first` on.
  func from(row first: Int) -> SparseRows {
    var rows = self
    rows.value.starts += first
    rows.value.ends += first
    return rows
  }

  /// The entries of row `row`.
  @inline(__always)
  func entries(row: Int) -> UnsafeBufferPointer<UInt16> {
    let start = Int(value.starts[row])
    return UnsafeBufferPointer(start: value.entries + start, count: Int(value.ends[row]) - start)
  }

  /// Calls `body` with the place and the value of every pixel of row `row` that is not zero.
  private func forEachPixel(_ row: Int, _ body: (Int, UInt8) -> Void) {
    var place = 0
    for entry in entries(row: row) {
      place += Int(entry & 255)
      if entry > 255 { body(place, UInt8(entry >> 8)) }
    }
  }

  /// Entries of `count` rows, about as many as pixels that are not zero, and of the longest of them.
  ///
  /// - Parameter rows: which rows; nil for the first ones.
  func entryCounts(rows: UnsafePointer<UInt32>?, count: Int) -> (sum: Int, longest: Int) {
    var longest = 0
    var sum = 0
    for index in 0..<count {
      let row = rows.map { Int($0[index]) } ?? index
      let entries = Int(value.ends[row] - value.starts[row])
      sum += entries
      longest = max(longest, entries)
    }
    return (sum, longest)
  }

  /// Writes the pixels of row `row` to `pixels`, which are zero.
  func unpack(_ row: Int, into pixels: UnsafeMutablePointer<UInt8>) {
    forEachPixel(row) { place, value in pixels[place] = value }
  }

  /// Writes the pixels of row `row` as 0 ... 1 to `input`, which is zero: the same bits as `Kernels.pixels`.
  func unpack(_ row: Int, into input: UnsafeMutablePointer<Float>) {
    forEachPixel(row) { place, value in input[place] = Float(value) / 255 }
  }
}

/// Room for sparse rows that an input stage writes anew for each sample of a mini-batch: a slot a sample.
struct FreshRows: BitwiseCopyable {
  let starts: UnsafeMutablePointer<UInt64>
  let ends: UnsafeMutablePointer<UInt64>
  let entries: UnsafeMutablePointer<UInt16>
  /// The inputs that pixels 0 ... 255 stand for.
  let values: UnsafePointer<Float>

  /// The slots of `slot` entries, one after the other.
  init(
    capacity: Int, slot: Int, starts: UnsafeMutablePointer<UInt64>, ends: UnsafeMutablePointer<UInt64>,
    entries: UnsafeMutablePointer<UInt16>, values: UnsafePointer<Float>
  ) {
    (self.starts, self.ends, self.entries, self.values) = (starts, ends, entries, values)
    for s in 0..<capacity { starts[s] = UInt64(s * slot) }
  }

  var rows: SparseRows { SparseRows(starts: starts, ends: ends, entries: entries, values: values) }

  /// Writes row `source` of `rows` as sample `s`, without the pixels whose bit in `mask` is 0.
  @inline(__always)
  func copy(row source: Int, of rows: SparseRows, mask: UnsafePointer<UInt16>, to s: Int) {
    let from = rows.entries(row: source)
    let kept = nabla_sparse_dropout(from.count, from.baseAddress!, mask, entries + Int(starts[s]))
    ends[s] = starts[s] + UInt64(kept)
  }

  /// Writes `count` pixels as sample `s`.
  @inline(__always)
  func pack(_ pixels: UnsafePointer<UInt8>, count: Int, to s: Int) {
    ends[s] = starts[s] + UInt64(Self.pack(pixels, count: count, into: entries + Int(starts[s])))
  }

  /// Writes `count` pixels as a row of at most as many entries, and returns how many there are.
  @inline(__always)
  static func pack(
    _ pixels: UnsafePointer<UInt8>, count: Int, into entries: UnsafeMutablePointer<UInt16>
  ) -> Int { nabla_sparse_pack_row(count, pixels, entries) }

  /// Drops the pixels of sample `s` whose bit in `mask` is 0.
  @inline(__always)
  func drop(from s: Int, mask: UnsafePointer<UInt16>) {
    let row = entries + Int(starts[s])
    ends[s] = starts[s] + UInt64(nabla_sparse_dropout(Int(ends[s] - starts[s]), row, mask, row))
  }
}
