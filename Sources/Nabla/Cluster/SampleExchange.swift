/// The samples of the next mini-batches as the ranks give them to each other: each sample by the rank that owns it, which
/// has distorted it. The samples of a data set are owned in contiguous parts.
///
/// Several mini-batches travel at once, so that a short one does not wait for a message of its own. What a rank has got
/// is a small data set, whose rows stand in the order of their owners; `rows` says where each sample is.
final class SampleExchange {
  /// Samples of a block of mini-batches, about.
  private static let samplesPerBlock = 256

  private let communicator: any Communicator
  private let count: Int
  private let inputSize: Int
  /// The most samples of a block: whole mini-batches.
  private let capacity: Int
  private let distorter: DistorterMemory
  /// For each sample of the block its row, in the epoch's order.
  private let rows: AlignedBuffer<UInt32>
  private let labels: AlignedBuffer<UInt16>
  /// Pixels of dense pictures [capacity, inputSize].
  private let pixels: AlignedBuffer<UInt8>
  /// Of sparse ones: how many entries each row has, where it starts, and the entries of all.
  private let lengths: AlignedBuffer<UInt32>
  private let starts: AlignedBuffer<UInt64>
  private let entries: AlignedBuffer<UInt16>
  /// This rank's rows before their lengths are known: a slot a sample.
  private let slots: AlignedBuffer<UInt16>
  /// Which samples of the block are this rank's, by their places in it.
  private let own: AlignedBuffer<UInt32>
  private var ownCount = 0
  /// Rows of each rank, summed up.
  private var places: [Int]
  private var bytes: [Int]
  /// The part of the epoch that the block has.
  private(set) var samples = 0..<0

  /// - Parameters:
  ///   - isSparse: whether pictures travel as sparse rows.
  ///   - members: threads of this rank.
  /// - Precondition: `data` has pictures.
  /// - Throws: `NablaError.outOfMemory`, `NablaError.mismatch` for pictures that are too large.
  init(
    _ communicator: any Communicator, data: Dataset, isSparse: Bool, miniBatchSize: Int,
    _ augmentation: Augmentation, seed: UInt64, members: Int
  ) throws(NablaError) {
    self.communicator = communicator
    (count, inputSize) = (data.count, data.inputSize)
    capacity = min(data.count, max(1, Self.samplesPerBlock / miniBatchSize) * miniBatchSize)
    distorter = try DistorterMemory(augmentation, shape: data.imageShape, seed: seed, members: members)
    rows = try AlignedBuffer(count: capacity)
    labels = try AlignedBuffer(count: capacity)
    pixels = try AlignedBuffer(count: isSparse ? 0 : capacity * inputSize)
    lengths = try AlignedBuffer(count: isSparse ? capacity : 0)
    starts = try AlignedBuffer(count: isSparse ? capacity + 1 : 0)
    entries = try AlignedBuffer(count: isSparse ? capacity * inputSize : 0)
    slots = try AlignedBuffer(count: isSparse ? capacity * inputSize : 0)
    own = try AlignedBuffer(count: capacity)
    places = [Int](repeating: 0, count: communicator.size + 1)
    bytes = places
  }

  private var isSparse: Bool { starts.count > 0 }

  /// Distorts pictures as epoch `epoch` does from now on, and has no samples of it yet.
  func setEpoch(_ epoch: Int) {
    distorter.setEpoch(epoch)
    samples = 0..<0
  }

  /// Whether the mini-batch from `start` on is here.
  func has(_ start: Int) -> Bool { samples.contains(start) }

  /// Gets the samples from `start` on; all members run this together, and all ranks do.
  func fetch(from start: Int, _ order: UnsafePointer<UInt32>, _ view: DatasetView, _ member: TeamMember) {
    // Others may still read the block before.
    member.barrier()
    if member.index == 0 { divide(start..<min(start + capacity, count), order) }
    member.barrier()
    let first = places[communicator.rank]
    for index in member.share(of: ownCount) {
      write(
        row: first + index, sample: Int(order[start + Int(own.pointer[index])]), view, member, slot: index)
    }
    member.barrier()
    if member.index == 0 { gather() }
    member.barrier()
  }

  /// The mini-batch of samples `start` ..< `start` + `size`.
  ///
  /// - Precondition: `has(start)`.
  func miniBatch(
    from start: Int, size: Int, numbers: UnsafePointer<UInt32>, weights: UnsafePointer<Float>?
  ) -> MiniBatch {
    let place = start - samples.lowerBound
    let data = DatasetView(
      inputSize: inputSize,
      samples: isSparse
        ? .sparse(SparseRows(starts: starts.pointer, entries: entries.pointer)) : .dense(pixels.pointer),
      target: .classes(labels.pointer))
    return MiniBatch(
      data: data, rows: rows.pointer + place, numbers: numbers + start, weights: weights, count: size,
      following: max(0, samples.upperBound - start - size))
  }

  /// Finds which rank owns each sample of the block, and so each sample's row.
  private func divide(_ block: Range<Int>, _ order: UnsafePointer<UInt32>) {
    samples = block
    for r in 0...communicator.size { places[r] = 0 }
    for index in block { places[owner(Int(order[index])) + 1] += 1 }
    for r in 0..<communicator.size { places[r + 1] += places[r] }
    var next = places
    ownCount = 0
    for index in block {
      let rank = owner(Int(order[index]))
      rows.pointer[index - block.lowerBound] = UInt32(next[rank])
      next[rank] += 1
      if rank == communicator.rank {
        own.pointer[ownCount] = UInt32(index - block.lowerBound)
        ownCount += 1
      }
    }
  }

  /// The rank whose part has `sample`: the inverse of `part(of:rank:)`.
  private func owner(_ sample: Int) -> Int { ((sample + 1) * communicator.size - 1) / count }

  private func write(row: Int, sample: Int, _ view: DatasetView, _ member: TeamMember, slot: Int) {
    let source = view.row(of: sample)
    let picture = distorter.distorter.pointee.distort(
      view, row: source, sample: sample, member: member.index)
    if isSparse {
      lengths.pointer[row] = UInt32(
        FreshRows.pack(picture, count: inputSize, into: slots.pointer + slot * inputSize))
    } else {
      (pixels.pointer + row * inputSize).update(from: picture, count: inputSize)
    }
    if let all = view.labels { labels.pointer[row] = all[source] }
  }

  private func gather() {
    gather(labels.pointer, unit: 2)
    guard isSparse else { return gather(pixels.pointer, unit: inputSize) }
    gather(lengths.pointer, unit: 4)
    for row in 0..<places[communicator.size] {
      starts.pointer[row + 1] = starts.pointer[row] + UInt64(lengths.pointer[row])
    }
    let first = places[communicator.rank]
    for index in 0..<ownCount {
      (entries.pointer + Int(starts.pointer[first + index])).update(
        from: slots.pointer + index * inputSize, count: Int(lengths.pointer[first + index]))
    }
    for r in 0...communicator.size { bytes[r] = 2 * Int(starts.pointer[places[r]]) }
    bytes.withUnsafeBufferPointer { communicator.allGather(entries.pointer, places: $0.baseAddress!) }
  }

  private func gather(_ memory: UnsafeMutableRawPointer, unit: Int) {
    for r in 0...communicator.size { bytes[r] = places[r] * unit }
    bytes.withUnsafeBufferPointer { communicator.allGather(memory, places: $0.baseAddress!) }
  }
}
