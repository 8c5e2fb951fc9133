/// Where the time of a run goes: what its threads do in mini-batches, layer by layer, and what is done between them.
///
/// Mini-batches are measured by their threads, every so many of them, in memory that is allocated before. The more a
/// mini-batch costs, the more of them are measured, so that clocks take under a hundredth of the time. What lies
/// between mini-batches is measured whole.
package final class TrainingProfile {
  /// What the thread that trains does besides mini-batches.
  package enum RunPhase: String, CaseIterable, Sendable {
    /// The samples' order in the epoch.
    case order
    /// The loop over mini-batches, on all members.
    case miniBatches = "mini-batches"
    /// The sum of the weights, and whether they are finite.
    case weightSums = "weight sums"
    case evaluation
    case checkpoint
  }

  /// One stretch of time between mini-batches.
  package struct RunStretch {
    package let phase: RunPhase
    /// From 1.
    package let epoch: Int
    package let start: UInt64
    package let nanoseconds: UInt64
  }

  /// The most stretches that are kept, of all members and of the run: a trace of some 15 MB.
  package static let mostStretches = 120_000
  private static let mostRunStretches = 20_000

  /// When the run began.
  package let start = nanosecondsNow()
  package let members: Int
  package let layers: Int
  /// Every so many mini-batches are measured; at the beginning more of them.
  package let interval: Int
  package private(set) var runStretches: [RunStretch] = []
  /// Nanoseconds of each phase between mini-batches, also of those that are not kept.
  package private(set) var runTimes: [RunPhase: UInt64] = [:]
  /// Run stretches that were not kept.
  package private(set) var lostRunStretches = 0

  private let records: AlignedBuffer<MemberRecord>
  private let times: AlignedBuffer<UInt64>
  private let stretches: AlignedBuffer<ProfiledStretch>
  /// Mini-batches of the epochs before.
  private var miniBatchesBefore = 0

  /// - Throws: `NablaError.outOfMemory`.
  init(
    layout: ParameterLayout, miniBatchSize: Int, isSparse: Bool, members: Int, mostStretches: Int
  ) throws(NablaError) {
    self.members = members
    layers = layout.layers.count
    interval = Self.interval(layout, miniBatchSize, isSparse: isSparse, members: members)
    // Rounded up to cache lines.
    let timesOfMember = (TrainingPhase.allCases.count * layers + 7) / 8 * 8
    let stretchesOfMember = max(mostStretches / members, 2 * MemberRecord.mostStretches(layers: layers))
    records = try AlignedBuffer(count: members * MemberProbe.spacing)
    times = try AlignedBuffer(count: members * timesOfMember)
    stretches = try AlignedBuffer(count: members * stretchesOfMember)
    for member in 0..<members {
      (records.pointer + member * MemberProbe.spacing).initialize(
        to: MemberRecord(
          times: times.pointer + member * timesOfMember, layers: layers,
          stretches: stretches.pointer + member * stretchesOfMember, capacity: stretchesOfMember))
    }
  }

  /// How often mini-batches are measured so that reading the clock takes less than half a percent of their time.
  private static func interval(
    _ layout: ParameterLayout, _ miniBatchSize: Int, isSparse: Bool, members: Int
  ) -> Int {
    let layers = layout.layers
    let clocks = 35.0 * Double(8 + 5 * layers.count)  // nanoseconds
    // Three products a layer; of sparse inputs a fifth is not zero. 60 multiply-adds a nanosecond are the most.
    let products = layers.enumerated().reduce(0.0) { sum, layer in
      let parameters = Double(layer.element.inputs) * Double(layer.element.outputs)
      return sum + 3 * parameters * (layer.offset == 0 && isSparse ? 0.2 : 1)
    }
    let work = Double(miniBatchSize) * products / (60 * Double(members))
    var interval = 1
    while interval < 1024, clocks > 0.005 * work * Double(interval) { interval *= 2 }
    return interval
  }

  /// The interval at a mini-batch of the run.
  package func interval(at miniBatch: Int) -> Int { MemberProbe.interval(at: miniBatch, atMost: interval) }

  /// The probe of member 0 for the epoch under way.
  var probe: MemberProbe {
    MemberProbe(record: records.pointer, before: miniBatchesBefore, interval: interval)
  }

  /// Adds an epoch's mini-batches to those that lie behind.
  func finishEpoch(miniBatches: Int) { miniBatchesBefore += miniBatches }

  /// The clock's time now.
  package var now: UInt64 { nanosecondsNow() }

  /// Adds what was done since `start`.
  package func add(_ phase: RunPhase, epoch: Int, since start: UInt64) {
    let nanoseconds = nanosecondsNow() - start
    runTimes[phase, default: 0] += nanoseconds
    if runStretches.count < Self.mostRunStretches {
      runStretches.append(RunStretch(phase: phase, epoch: epoch, start: start, nanoseconds: nanoseconds))
    } else {
      lostRunStretches += 1
    }
  }

  // MARK: What was measured

  /// Of all mini-batches every so many are kept as stretches, where they are measured; the same ones of every member.
  package var keptEvery: Int { (0..<members).reduce(1) { max($0, record($1).keepEvery) } }

  /// The mini-batches that a member has kept, each followed by its phases, in the order of time.
  package func stretches(of member: Int) -> [ProfiledStretch] {
    let every = keptEvery
    return UnsafeBufferPointer(start: record(member).stretches, count: record(member).count).filter {
      $0.miniBatch % every == 0
    }
  }

  /// The seconds that a member spent on a phase in a layer: its part in the measured mini-batches, of what all took.
  package func seconds(_ phase: TrainingPhase, layer: Int, member: Int) -> Double {
    let measured = record(0).nanoseconds
    guard measured > 0 else { return 0 }
    let time = record(member).times[Int(phase.rawValue) * layers + layer]
    return Double(time) / Double(measured) * seconds(.miniBatches)
  }

  package func seconds(_ phase: RunPhase) -> Double { Double(runTimes[phase] ?? 0) * 1e-9 }

  private func record(_ member: Int) -> MemberRecord { records.pointer[member * MemberProbe.spacing] }
}
