/// Trains a network by mini-batch stochastic gradient descent, epoch by epoch.
///
/// ```swift
/// let trainer = try Trainer(network: network, data: training, settings: TrainingSettings(learningRate: 3))
/// for _ in 1...30 { print(try trainer.trainEpoch().trainingCost) }
/// ```
///
/// The result depends on the network, the data and the settings alone: any number of threads and any instruction
/// set give the same bits.
public final class Trainer {
  /// The network that is trained, in place.
  public let network: Network
  /// What decides each step.
  public let settings: TrainingSettings
  /// The most threads that train: at most the settings' number, and only as many as make it faster. Where other
  /// programs hold them up, one goes on alone for a while.
  public var threads: Int { pace.members }
  /// Epochs finished; the order of the next one follows from this number and the seed alone.
  public private(set) var epochsDone = 0

  private let data: Dataset
  private let workspace: Workspace
  private let order: AlignedBuffer<UInt32>
  private var pace: TeamPace

  /// Prepares to train `network` on `data`; all memory is allocated here.
  ///
  /// - Throws: `NablaError.invalidSetting`, `NablaError.mismatch` when the data does not fit the network,
  ///   `NablaError.outOfMemory`.
  public convenience init(network: Network, data: Dataset, settings: TrainingSettings) throws(NablaError) {
    try self.init(network: network, data: data, settings: settings, leavesZerosOut: true, pace: nil)
  }

  /// As `init(network:data:settings:)`, for tests of what must not change a bit.
  ///
  /// - Parameters:
  ///   - leavesZerosOut: false turns pictures that are stored without zeros into a^1 and keeps to the dense kernels,
  ///     the reference that the sparse ones are compared with.
  ///   - pace: how many members work; nil as many as pay.
  package init(
    network: Network, data: Dataset, settings: TrainingSettings, leavesZerosOut: Bool = true,
    pace: TeamPace?
  ) throws(NablaError) {
    try settings.validate()
    self.data = try network.fitting(data)
    guard data.count <= Int(UInt32.max) else {
      throw .mismatch("expected at most \(UInt32.max) samples, found \(data.count)")
    }
    self.network = network
    self.settings = settings
    let samples = min(settings.miniBatchSize, data.count)
    let threads = min(settings.threads ?? Team.coreCount, Team.coreCount)
    let entryCount = leavesZerosOut ? self.data.entryCount : nil
    self.pace =
      pace
      ?? TeamSize.pace(
        topology: network.topology, samples: samples,
        pixelsPerSample: entryCount.map { Double($0) / Double(data.count) }, limit: threads)
    workspace = try Workspace(
      network: network, capacity: samples, passes: 2, denseInput: entryCount == nil)
    order = try AlignedBuffer(count: data.count)
  }

  /// Trains once on every sample, in a fresh order.
  ///
  /// - Parameter progress: shows how far the epoch is, and can end it after the mini-batch under way.
  /// - Throws: `NablaError.notFinite` when a parameter became NaN or infinite.
  @discardableResult
  public func trainEpoch(progress: TrainingProgress? = nil) throws(NablaError) -> EpochReport {
    let clock = ContinuousClock()
    let start = clock.now
    shuffle(epoch: epochsDone)
    let progress = progress ?? TrainingProgress()
    progress.report(samplesDone: 0)
    let (samples, cost) = data.withView { view in
      runEpoch(
        EpochPlan(
          passes: (workspace.passes[0], workspace.passes[1]), data: view, order: order.pointer,
          count: data.count, miniBatchSize: workspace.capacity, learningRate: settings.learningRate,
          decay: decay), progress)
    }
    let elapsed = clock.now - start
    epochsDone += 1
    let (sumOfSquares, allFinite) = network.inspectParameters()
    guard allFinite else {
      throw .notFinite(
        "epoch \(epochsDone): a parameter became NaN or infinite; a smaller learning rate than "
          + "\(settings.learningRate) may help")
    }
    let regularization = 0.5 * Double(settings.regularization) / Double(data.count) * sumOfSquares
    return EpochReport(
      epoch: epochsDone, trainingCost: cost / Double(max(samples, 1)) + regularization, samples: samples,
      seconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18,
      wasStopped: samples < data.count)
  }

  /// Whether the first layer reads the pictures without their zeros.
  package var leavesZerosOut: Bool { workspace.passes[0].input == nil }

  /// 1 - ηλ/n, the factor every weight shrinks by before a step.
  private var decay: Float {
    Float(1 - Double(settings.learningRate) * Double(settings.regularization) / Double(data.count))
  }

  /// Fills `order` with the samples' order in an epoch: Fisher-Yates from 0, 1, 2, ... with the epoch's own stream.
  private func shuffle(epoch: Int) {
    var random = Philox(seed: settings.seed, stream: RandomStream.miniBatchOrder(epoch: epoch))
    for index in 0..<data.count { order.pointer[index] = UInt32(truncatingIfNeeded: index) }
    random.shuffle(order.elements)
  }

  /// Runs a team over the epoch and returns the samples trained on and the sum of their costs.
  ///
  /// One parallel region, unless other programs want the cores and `pace` lets one thread go on for a while.
  private func runEpoch(_ plan: EpochPlan, _ progress: TrainingProgress) -> (samples: Int, cost: Double) {
    var outcome = EpochOutcome(cost: CostSum(network.cost), pace: pace)
    withUnsafeMutablePointer(to: &outcome) { outcome in
      nonisolated(unsafe) let outcome = outcome
      nonisolated(unsafe) let plan = plan
      repeat {
        outcome.pointee.isStopped = false
        Team.run(members: outcome.pointee.pace.begin(at: outcome.pointee.samples)) { member in
          plan.train(member, progress, outcome)
        }
      } while outcome.pointee.samples < plan.count && !progress.isStopRequested
    }
    pace = outcome.pace
    return (outcome.samples, outcome.cost.total)
  }
}
