/// What training asks of a cluster: the processes of one job, its ranks, tell each other what they have computed.
///
/// All ranks make the same calls in the same order, each from one thread; a call returns when this rank may go on. A
/// rank that is lost ends the job, so no call has an error to tell.
package protocol Communicator: AnyObject, Sendable {
  /// 0 ..< size; rank 0 is the one that people see.
  var rank: Int { get }
  /// Ranks of the job.
  var size: Int { get }

  /// Every rank gives a part of `memory`, and has all of it afterwards.
  ///
  /// - Parameter places: `size` + 1 numbers: rank r gives the bytes places[r] ..< places[r + 1]. All ranks have the
  ///   same ones.
  func allGather(_ memory: UnsafeMutableRawPointer, places: UnsafePointer<Int>)

  /// Gives the bytes of `root` to all.
  func broadcast(_ memory: UnsafeMutableRawBufferPointer, from root: Int)

  /// Sends bytes to another rank, which must receive as many.
  func send(_ memory: UnsafeRawBufferPointer, to rank: Int)

  /// Waits for bytes from a rank.
  func receive(_ memory: UnsafeMutableRawBufferPointer, from rank: Int)

  /// A rank whose bytes have come; nil if none has.
  func sender() -> Int?
}

extension Communicator {
  /// The part of 0 ..< total that rank `rank` has: contiguous, and as large as another's or one larger.
  func part(of total: Int, rank: Int) -> Range<Int> { total * rank / size..<total * (rank + 1) / size }

  /// This rank's part of 0 ..< total.
  func part(of total: Int) -> Range<Int> { part(of: total, rank: rank) }

  /// Every rank's bytes, in the order of the ranks, whatever their number.
  package func allGather(_ own: [UInt8]) -> [[UInt8]] {
    var lengths = [Int](repeating: 0, count: size)
    lengths[rank] = own.count
    let units = (0...size).map { $0 * MemoryLayout<Int>.size }
    lengths.withUnsafeMutableBytes { allGather($0.baseAddress!, places: units) }
    var places = [0]
    for length in lengths { places.append(places[places.count - 1] + length) }
    var all = [UInt8](repeating: 0, count: max(1, places[size]))
    all.replaceSubrange(places[rank]..<places[rank + 1], with: own)
    all.withUnsafeMutableBytes { allGather($0.baseAddress!, places: places) }
    return (0..<size).map { Array(all[places[$0]..<places[$0 + 1]]) }
  }

  /// The bytes that rank `root` has, on every rank.
  package func broadcast(_ own: [UInt8], from root: Int = 0) -> [UInt8] {
    var length = own.count
    withUnsafeMutableBytes(of: &length) { broadcast($0, from: root) }
    var bytes = rank == root ? own : [UInt8](repeating: 0, count: length)
    if length > 0 { bytes.withUnsafeMutableBytes { broadcast($0, from: root) } }
    return bytes
  }
}
