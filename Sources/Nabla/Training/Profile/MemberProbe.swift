#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Nanoseconds of a clock that only goes forward.
@inline(__always)
func nanosecondsNow() -> UInt64 {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// One stretch of time on a member's thread: a mini-batch, followed by its phases.
package struct ProfiledStretch: BitwiseCopyable {
  /// Nanoseconds of `nanosecondsNow`.
  package var start: UInt64
  package var nanoseconds: UInt64
  /// The mini-batch's number in the run.
  package var miniBatch: Int
  package var layer: Int
  /// nil: the whole mini-batch.
  package var phase: TrainingPhase?
}

/// What one member has measured so far; in memory that no other member writes.
struct MemberRecord: BitwiseCopyable {
  /// Nanoseconds of each phase in each layer: [phases, layers].
  let times: UnsafeMutablePointer<UInt64>
  let layers: Int
  let stretches: UnsafeMutablePointer<ProfiledStretch>
  let capacity: Int
  /// Stretches that are kept.
  var count = 0
  /// Of all mini-batches every so many are kept as stretches, if they are measured: a power of two.
  var keepEvery = 1
  /// How many mini-batches the one under way stands for.
  var weight: UInt64 = 1
  var isMeasuring = false
  /// Where the stretch of the mini-batch under way lies; nil if it is not kept.
  var kept: Int?
  var start: UInt64 = 0
  var last: UInt64 = 0
  /// Of all mini-batches, as the measured ones tell.
  var nanoseconds: UInt64 = 0

  /// The most stretches of one mini-batch: no phase comes more than twice a layer, but for barriers.
  static func mostStretches(layers: Int) -> Int { 16 + 16 * layers }

  mutating func begin(_ number: Int, interval: Int) {
    isMeasuring = true
    weight = UInt64(interval)
    kept = nil
    while number % keepEvery == 0, kept == nil {
      if capacity - count < Self.mostStretches(layers: layers) {
        thin()
      } else {
        kept = count
        count += 1
      }
    }
    start = nanosecondsNow()
    last = start
    if let kept {
      stretches[kept] = ProfiledStretch(
        start: start, nanoseconds: 0, miniBatch: number, layer: 0, phase: nil)
    }
  }

  mutating func did(_ phase: TrainingPhase, layer: Int) {
    let now = nanosecondsNow()
    times[Int(phase.rawValue) * layers + layer] += weight * (now - last)
    if let kept, count < capacity {
      stretches[count] = ProfiledStretch(
        start: last, nanoseconds: now - last, miniBatch: stretches[kept].miniBatch, layer: layer, phase: phase
      )
      count += 1
    }
    last = now
  }

  mutating func end() {
    isMeasuring = false
    nanoseconds += weight * (last - start)
    if let kept { stretches[kept].nanoseconds = last - start }
  }

  /// Makes room: of the mini-batches that are kept, every second goes.
  private mutating func thin() {
    keepEvery *= 2
    var left = 0
    for index in 0..<count where stretches[index].miniBatch % keepEvery == 0 {
      stretches[left] = stretches[index]
      left += 1
    }
    count = left
  }
}

/// Measures every so many mini-batches: what a member did, from one call to the next. At the beginning of a run it
/// measures more of them, 64 and then 32 of every number twice as large, so that short runs have a profile, too.
struct MemberProbe: PassProbe {
  /// Elements from one member's record to the next: more than a cache line lies between them.
  static let spacing = 2

  let record: UnsafeMutablePointer<MemberRecord>
  /// Mini-batches of the run before this epoch.
  let before: Int
  /// Every so many mini-batches are measured, later on: a power of two.
  let interval: Int

  func of(member: Int) -> MemberProbe {
    MemberProbe(record: record + member * Self.spacing, before: before, interval: interval)
  }

  /// The interval at a mini-batch of the run.
  @inline(__always)
  static func interval(at number: Int, atMost most: Int) -> Int {
    let early = number >> 5
    return early >= most ? most : 1 << (Int.bitWidth - 1 - (early | 1).leadingZeroBitCount)
  }

  @inline(__always)
  func begin(at sample: Int, miniBatchSize: Int) {
    end()
    let number = before + sample / miniBatchSize
    let interval = Self.interval(at: number, atMost: interval)
    if number & (interval - 1) == 0 { record.pointee.begin(number, interval: interval) }
  }

  @inline(__always)
  func did(_ phase: TrainingPhase, layer: Int) {
    if record.pointee.isMeasuring { record.pointee.did(phase, layer: layer) }
  }

  @inline(__always)
  func end() {
    if record.pointee.isMeasuring { record.pointee.end() }
  }
}
