/// One place in memory of which every rank has computed a part, and of which all need the whole.
struct SharedBlock: BitwiseCopyable {
  let start: UnsafeMutableRawPointer
  /// Bytes of a row, or a panel: what belongs to one rank as a whole.
  let unit: Int
  /// Units that lie one after the other, which the ranks divide.
  var count: Int
  /// Where the block is a matrix whose columns the ranks divide: its rows, and bytes from one to the next.
  var rows = 1
  var stride = 0

  /// Units of `unit` bytes one after the other.
  init(_ start: UnsafeMutableRawPointer, unit: Int, count: Int) {
    (self.start, self.unit, self.count) = (start, unit, count)
  }

  /// `count` panels of columns in each of `rows` rows of floats.
  init(panelsOf start: UnsafeMutablePointer<Float>, count: Int, rows: Int) {
    self.start = UnsafeMutableRawPointer(start)
    unit = panelWidth * MemoryLayout<Float>.size
    (self.count, self.rows, stride) = (count, rows, count * unit)
  }

  /// Bytes of all parts.
  var bytes: Int { count * unit * rows }

  /// Copies the part `part` to `message`, or from it.
  func copy(_ part: Range<Int>, _ message: UnsafeMutableRawPointer, isPacking: Bool) {
    let length = part.count * unit
    guard length > 0 else { return }
    for row in 0..<rows {
      let own = start + row * stride + part.lowerBound * unit
      let packed = message + row * length
      if isPacking {
        packed.copyMemory(from: own, byteCount: length)
      } else {
        own.copyMemory(from: packed, byteCount: length)
      }
    }
  }
}

/// Gathers several blocks at once: small ones in one message, large ones each where they lie.
final class Exchange {
  /// Bytes from which a block travels alone: there a copy takes longer than a message's start.
  static let mostPacked = 1 << 17
  /// Bytes before a rank's part of the message: its flag, and what aligns the floats after it.
  private static let header = 8

  private let communicator: any Communicator
  private var places: [Int]
  private let message: AlignedBuffer<UInt8>

  /// - Parameter bytes: the room for blocks that are copied.
  /// - Throws: `NablaError.outOfMemory`.
  init(_ communicator: any Communicator, bytes: Int = 0) throws(NablaError) {
    self.communicator = communicator
    places = [Int](repeating: 0, count: communicator.size + 1)
    message = try AlignedBuffer(count: bytes + Self.header * communicator.size)
  }

  private static func isPacked(_ block: SharedBlock) -> Bool { block.rows > 1 || block.bytes < mostPacked }

  /// Makes every rank have all of `blocks`.
  ///
  /// - Parameter flag: 1 if this rank wants the epoch to end here.
  /// - Precondition: the blocks that are packed fit the room.
  /// - Returns: whether any rank wants it.
  func gather(_ blocks: UnsafeBufferPointer<SharedBlock>, flag: Bool = false) -> Bool {
    let (size, rank) = (communicator.size, communicator.rank)
    for r in 0..<size {
      var bytes = Self.header
      for block in blocks where Self.isPacked(block) {
        bytes += communicator.part(of: block.count, rank: r).count * block.unit * block.rows
      }
      places[r + 1] = places[r] + bytes
    }
    precondition(places[size] <= message.count, "a message larger than its room")
    let start = UnsafeMutableRawPointer(message.pointer)
    start.storeBytes(of: flag ? 1 : 0, toByteOffset: places[rank], as: UInt8.self)
    copy(blocks, rank: rank, start, isPacking: true)
    places.withUnsafeBufferPointer { communicator.allGather(start, places: $0.baseAddress!) }
    var isFlagged = false
    for r in 0..<size {
      if start.load(fromByteOffset: places[r], as: UInt8.self) != 0 { isFlagged = true }
      if r != rank { copy(blocks, rank: r, start, isPacking: false) }
    }
    for block in blocks where !Self.isPacked(block) {
      for r in 0..<size {
        places[r + 1] = communicator.part(of: block.count, rank: r).upperBound * block.unit
      }
      places.withUnsafeBufferPointer { communicator.allGather(block.start, places: $0.baseAddress!) }
    }
    return isFlagged
  }

  private func copy(
    _ blocks: UnsafeBufferPointer<SharedBlock>, rank: Int, _ start: UnsafeMutableRawPointer, isPacking: Bool
  ) {
    var next = start + places[rank] + Self.header
    for block in blocks where Self.isPacked(block) {
      let part = communicator.part(of: block.count, rank: rank)
      block.copy(part, next, isPacking: isPacking)
      next += part.count * block.unit * block.rows
    }
  }
}
