/// Watches whether a team is still faster than one thread, and tells when to change.
///
/// A barrier costs a fraction of a microsecond while every member has a core. Where other programs use the cores, a
/// member waits for the scheduler, milliseconds, and a small network on two threads becomes fifty times slower than
/// on one. Since the number of threads changes no bit, training may change it at any mini-batch.
package struct TeamPace {
  /// What decides the number of members.
  package enum Policy: Sendable {
    /// As many as make it faster, as measured.
    case watched
    /// Always all of them, whatever the pace.
    case fixed
    /// All and one in turn, every eight mini-batches. Exists for the test that changing the number of members
    /// changes no bit.
    case alternating
  }

  let members: Int
  private let policy: Policy
  private let clock = ContinuousClock()
  /// Samples/s of one thread; 0 before it was measured.
  private var soloRate = 0.0
  private var isSolo = false
  private var soloWindows = 0
  /// Windows in a row in which the team was slower than one thread.
  private var slowWindows = 0
  private var windowsBeforeRetry = TeamPace.fewestWindows
  private var windowStart = ContinuousClock().now
  private var windowSamples = 0
  private var miniBatches = 0
  /// Mini-batches between two looks at the clock.
  private var stride = 1
  private var sinceLook = 0

  /// How long the rate of one thread is measured. A team is measured over a longer time, because one lost time slice is
  /// no trend.
  private static let soloWindow = Duration.milliseconds(1)
  private static let teamWindow = Duration.milliseconds(5)
  private static let fewestWindows = 20
  private static let mostWindows = 320
  /// Windows of one thread before the first team: the caches are cold in the first.
  private static let firstWindows = 3

  package init(members: Int, policy: Policy = .watched) {
    self.members = members
    self.policy = members == 1 ? .fixed : policy
  }

  /// Returns the number of members for the mini-batches from sample `samples` of the epoch on.
  mutating func begin(at samples: Int) -> Int {
    if policy == .fixed { return members }
    if soloRate == 0, policy == .watched {
      isSolo = true
      soloWindows = Self.firstWindows
    }
    windowStart = clock.now
    windowSamples = samples
    if policy == .watched { miniBatches = 0 }
    return isSolo ? 1 : members
  }

  /// Returns whether the team should end here, `samples` into the epoch; called once a mini-batch.
  mutating func ends(at samples: Int) -> Bool {
    if policy == .fixed { return false }
    miniBatches += 1
    sinceLook += 1
    if policy == .alternating {
      if miniBatches & 7 == 0 { isSolo.toggle() }
      return miniBatches & 7 == 0
    }
    if sinceLook < stride { return false }
    sinceLook = 0
    let now = clock.now
    let elapsed = now - windowStart
    if elapsed < (isSolo ? Self.soloWindow : Self.teamWindow) { return false }
    // Reading the clock costs a hundredth of the shortest mini-batch: every eighth of those is soon enough.
    stride = elapsed / Double(miniBatches) < .microseconds(20) ? 8 : 1
    miniBatches = 0
    let rate = Double(samples - windowSamples) / (elapsed / .seconds(1))
    windowStart = now
    windowSamples = samples
    return isSolo ? endsSolo(rate) : endsTeam(rate)
  }

  private mutating func endsSolo(_ rate: Double) -> Bool {
    soloRate = rate > soloRate ? rate : 0.9 * soloRate + 0.1 * rate
    soloWindows -= 1
    if soloWindows > 0 { return false }
    isSolo = false
    return true
  }

  private mutating func endsTeam(_ rate: Double) -> Bool {
    if rate >= 0.9 * soloRate {
      windowsBeforeRetry = Self.fewestWindows
      slowWindows = 0
      return false
    }
    slowWindows += 1
    if slowWindows < 2 { return false }
    slowWindows = 0
    isSolo = true
    soloWindows = windowsBeforeRetry
    windowsBeforeRetry = min(2 * windowsBeforeRetry, Self.mostWindows)
    return true
  }
}
