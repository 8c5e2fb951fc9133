import Nabla
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Notices that the other ranks do not answer: a thread that ends the process when a call has taken too long. The job's
/// launcher then ends the others.
package final class RankWatch: Sendable {
  private let timeout: Double
  private let tell: @Sendable (String) -> Void
  /// When the call under way began, in nanoseconds; 0 while there is none.
  private let begun = Atomic<UInt64>(0)
  private let rank = Atomic<Int>(0)
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  /// The status of a process that gives its job up: "temporary failure" of sysexits.h, because the run goes on from its
  /// checkpoint.
  package static let lostStatus: Int32 = 75

  /// - Parameters:
  ///   - timeout: seconds.
  ///   - giveUp: gets the reason, on a thread of its own; must not return. nil ends the process.
  package init(timeout: Double, giveUp: (@Sendable (String) -> Void)? = nil) {
    self.timeout = timeout
    start = clock.now
    tell = giveUp ?? Self.leave
    Self.watch(self)
  }

  /// A call of rank `rank` begins.
  package func begin(rank: Int) {
    self.rank.store(rank, ordering: .relaxed)
    begun.store(now, ordering: .relaxed)
  }

  /// It has ended.
  package func end() { begun.store(0, ordering: .relaxed) }

  /// Nanoseconds since the watch began, and 1.
  private var now: UInt64 {
    let elapsed = (clock.now - start).components
    return UInt64(elapsed.seconds) * 1_000_000_000 + UInt64(elapsed.attoseconds / 1_000_000_000) + 1
  }

  /// Why the job is given up; nil as long as all is well.
  package var reason: String? {
    let begun = begun.load(ordering: .relaxed)
    let now = now
    let rank = rank.load(ordering: .relaxed)
    // One speaks: the others wait longer, and are ended before, unless it is rank 0 that hangs.
    let patience = timeout + (rank == 0 ? 0 : 5 + Double(rank))
    guard begun > 0, now > begun, Double(now - begun) * 1e-9 > patience else { return nil }
    return
      "rank \(rank) has waited \(Int(patience.rounded())) s for another rank, which "
      + "hangs or is lost; --resume auto goes on from the last checkpoint, with any number of ranks"
  }

  private static func watch(_ watch: RankWatch) {
    // Never joined: it ends with the process, or with the watch.
    weak let watched = watch
    _ = SystemThread {
      while let watch = watched {
        if let reason = watch.reason {
          watch.tell(reason)
          return
        }
        usleep(UInt32(min(max(watch.timeout / 10, 0.01), 1) * 1e6))
      }
    }
  }

  private static func leave(_ reason: String) {
    let line = Array("nabla: error: \(reason)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    _exit(lostStatus)
  }
}
