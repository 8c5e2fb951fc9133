/// Trains a network by mini-batches, epoch by epoch. `TrainingSession` is the loop over epochs around it.
///
/// ```swift
/// let trainer = try Trainer(network: network, data: training, configuration: TrainingConfiguration())
/// for _ in 1...30 { print(try trainer.trainEpoch().trainingCost) }
/// ```
///
/// The result depends on the network, the data and the configuration alone: any number of threads and any
/// instruction set give the same bits.
public final class Trainer {
  /// The network that is trained, in place.
  public let network: Network
  /// What decides each step, defaults filled in for the network.
  public let configuration: TrainingConfiguration
  /// The most threads that train: at most the configuration's number, and only as many as make it faster. Where
  /// other programs hold them up, training temporarily falls back to one thread.
  public var threads: Int { pace.members }
  /// Epochs finished; the order of the next one follows from this number and the seed alone.
  public private(set) var epochsDone = 0
  /// Samples of the epoch under way that were trained on; 0 between two epochs.
  public private(set) var samplesDone = 0
  /// What was measured between epochs: of it, training reads the number of halvings.
  package var selection = TrainingState.Selection()
  /// True if the first layer reads sparse rows.
  package let isSparse: Bool
  /// Measures where the time goes; nil: nothing does.
  package private(set) var profile: TrainingProfile?

  private let data: Dataset
  private let workspace: Workspace
  /// The samples' numbers in the order of the epoch.
  private let order: AlignedBuffer<UInt32>
  /// Their rows where the data is a selection; else empty.
  private let rows: AlignedBuffer<UInt32>
  /// The weight of each sample; empty if all weigh 1.
  private let weights: AlignedBuffer<Float>
  /// The rule's states, each laid out like the parameters.
  private let ruleState: AlignedBuffer<Float>
  private let learningRate: Float
  /// The configuration's, or the data set's size where that is smaller.
  let miniBatchSize: Int
  private var powers = BetaPowers()
  private var cost: CostSum
  private var pace: TeamPace
  /// Trains together with other ranks; nil where this process trains alone.
  private let cluster: ClusterLoop?

  /// Prepares to train `network` on `data`; all memory is allocated here.
  ///
  /// - Parameter state: where to go on, as `state` of another trainer gave it; the network takes its parameters.
  ///   nil starts from the network as it is.
  /// - Throws: `NablaError.invalidSetting`, `NablaError.mismatch` if the data or the state does not fit the network,
  ///   `NablaError.outOfMemory`.
  public convenience init(
    network: Network, data: Dataset, configuration: TrainingConfiguration, state: TrainingState? = nil
  ) throws(NablaError) {
    try self.init(
      network: network, data: data, configuration: configuration, state: state, allowsSparse: true, pace: nil)
  }

  /// As `init(network:data:configuration:state:)`, on a cluster, and for tests of what must not change a bit.
  ///
  /// - Parameters:
  ///   - allowsSparse: false turns sparse data into a dense a^1 and keeps to the dense kernels, the reference that
  ///     the sparse ones are compared with.
  ///   - pace: how many members work; nil as many as pay.
  ///   - communicator: the ranks that train together, each with the same network, data and configuration; nil trains
  ///     alone.
  package init(
    network: Network, data: Dataset, configuration: TrainingConfiguration, state: TrainingState? = nil,
    allowsSparse: Bool = true, pace: TeamPace?, communicator: (any Communicator)? = nil
  ) throws(NablaError) {
    let configuration = try configuration.resolved(for: network)
    self.data = try network.fitting(data)
    guard data.count <= Int(UInt32.max) else {
      throw .mismatch("expected at most \(UInt32.max) samples, found \(data.count)")
    }
    if !configuration.augmentation.isNone, data.isTable {
      throw .invalidSetting(name: "augmentation", expected: "pictures", found: "a table")
    }
    self.network = network
    self.configuration = configuration
    learningRate = configuration.learningRate ?? 0
    miniBatchSize = min(configuration.miniBatchSize, data.count)
    let threads = min(configuration.threads ?? Team.coreCount, Team.coreCount)
    let entries = allowsSparse ? self.data.entryCounts : nil
    isSparse = entries != nil
    self.pace =
      pace
      ?? TeamSize.pace(
        layout: network.layout, samples: miniBatchSize,
        pixelsPerSample: entries.map { Double($0.sum) / Double(data.count) }, limit: threads)
    let states = configuration.rule.stateCount
    let (floats, overflow) = states.multipliedReportingOverflow(by: network.layout.count)
    guard !overflow else { throw .outOfMemory(bytes: nil) }
    ruleState = try AlignedBuffer(count: floats)
    let ruleArenas = ruleState.pointer
    // Distorting takes as long as a small network's training: on a cluster each rank does it for its own samples.
    let isDistortedByOwners = communicator != nil && !configuration.augmentation.isNone
    workspace = try Workspace(
      network: network, capacity: miniBatchSize,
      Workspace.Purpose(
        isSparse: entries != nil, passCount: 2, dropout: configuration.dropoutRates(for: network.topology),
        seed: configuration.seed, augmentation: isDistortedByOwners ? .none : configuration.augmentation,
        imageShape: data.imageShape, members: self.pace.members,
        longestRow: isDistortedByOwners ? data.inputSize : entries?.longest ?? 0,
        states: (0..<states).map { ruleArenas + $0 * network.layout.count }))
    if let communicator {
      var samples: [SampleExchange] = []
      for _ in 0..<(isDistortedByOwners ? 2 : 0) {
        samples.append(
          try SampleExchange(
            communicator, data: self.data, isSparse: isSparse, miniBatchSize: miniBatchSize,
            configuration.augmentation, seed: configuration.seed, members: self.pace.members))
      }
      cluster = try ClusterLoop(
        communicator, passes: workspace.bothPasses, layout: network.layout,
        arenas: [network.parameters.pointer] + (0..<states).map { ruleArenas + $0 * network.layout.count },
        capacity: miniBatchSize, samples: samples.isEmpty ? nil : (samples[0], samples[1]))
    } else {
      cluster = nil
    }
    order = try AlignedBuffer(count: data.count)
    rows = try AlignedBuffer(count: self.data.isSelection ? data.count : 0)
    weights = try self.data.trainingWeights(balanced: configuration.classWeight == .balanced)
    cost = CostSum(network.cost)
    if let state { try start(from: state) }
  }

  // MARK: State

  /// Everything that decides the next bit. Taken between two calls of `trainEpoch`; an epoch that was stopped
  /// continues from it where it was.
  ///
  /// - Complexity: copies the parameters and the rule's states.
  public var state: TrainingState {
    let count = network.layout.count
    return TrainingState(
      parameters: Array(network.parameters.elements),
      ruleStates: (0..<configuration.rule.stateCount).map {
        Array(UnsafeBufferPointer(start: ruleState.pointer + $0 * count, count: count))
      },
      betaPowers: (powers.first, powers.second), epoch: epochsDone, samplesDone: samplesDone,
      costSum: cost.sum, costProduct: cost.product, selection: selection)
  }

  private func start(from state: TrainingState) throws(NablaError) {
    try state.check(
      layout: network.layout, rule: configuration.rule, samples: data.count,
      miniBatchSize: miniBatchSize)
    network.setArena(state.parameters)
    for (index, values) in state.ruleStates.enumerated() {
      (ruleState.pointer + index * network.layout.count).update(from: values, count: values.count)
    }
    powers = state.powers
    epochsDone = state.epoch
    samplesDone = state.samplesDone
    cost = CostSum(network.cost, sum: state.costSum, product: state.costProduct)
    selection = state.selection
  }

  // MARK: Epochs

  /// Trains once on every sample, in a fresh order; or on the rest of them, if the epoch was stopped.
  ///
  /// - Parameters:
  ///   - progress: shows how far the epoch is, and can end it after the mini-batch under way.
  ///   - limit: ends the epoch early, after the mini-batch with which so many more samples are done; nil goes on to
  ///     the epoch's end.
  /// - Returns: what was done. Where `wasStopped`, the epoch is not counted, and the next call continues it.
  /// - Throws: `NablaError.notFinite` if a parameter became NaN or infinite.
  @discardableResult
  public func trainEpoch(
    progress: TrainingProgress? = nil, samples limit: Int? = nil
  ) throws(NablaError) -> EpochReport {
    let clock = ContinuousClock()
    let start = clock.now
    let before = samplesDone
    var mark = profile?.now
    data.withView { shuffle(epoch: epochsDone, rows: $0.rows) }
    workspace.setEpoch(epochsDone)
    cluster?.setEpoch(epochsDone)
    addToProfile(.order, since: &mark)
    let progress = progress ?? TrainingProgress()
    progress.report(samplesDone: before)
    data.withView { view in
      run(
        EpochLoop(
          passes: workspace.bothPasses, data: view, order: order.pointer,
          rows: rows.count > 0 ? rows.pointer : order.pointer,
          weights: weights.count > 0 ? UnsafePointer(weights.pointer) : nil, count: data.count,
          end: limit.map { $0 < data.count - before ? before + max(1, $0) : data.count } ?? data.count,
          miniBatchSize: miniBatchSize, plan: stepPlan), progress)
    }
    addToProfile(.miniBatches, since: &mark)
    let elapsed = clock.now - start
    let samples = samplesDone
    let isFinished = samples == data.count
    let meanCost = cost.total / Double(samples)
    if isFinished { finishEpoch() }
    let regularization = try regularizationCost(epoch: epochsDone + (isFinished ? 0 : 1))
    addToProfile(.weightSums, since: &mark, epoch: epochsDone + (isFinished ? 0 : 1))
    return EpochReport(
      epoch: epochsDone + (isFinished ? 0 : 1), trainingCost: meanCost + regularization, samples: samples,
      samplesBefore: before,
      seconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18,
      wasStopped: !isFinished)
  }

  private var stepPlan: StepPlan {
    StepPlan(
      configuration, learningRate: learningRate, samples: data.count, miniBatchSize: miniBatchSize,
      epoch: epochsDone, halvings: selection.halvings)
  }

  /// The learning rate of the first mini-batch of the epoch under way.
  var learningRateOfEpoch: Float { stepPlan.rate(start: 0) }

  private func finishEpoch() {
    profile?.finishEpoch(miniBatches: (data.count + miniBatchSize - 1) / miniBatchSize)
    epochsDone += 1
    samplesDone = 0
    cost = CostSum(network.cost)
    normalizeZeros(network.parameters.elements)
    normalizeZeros(ruleState.elements)
  }

  /// λ/2n Σ w² + λ1/n Σ |w|.
  ///
  /// - Throws: `NablaError.notFinite`.
  private func regularizationCost(epoch: Int) throws(NablaError) -> Double {
    let (l2, l1) = (Double(configuration.l2), Double(configuration.l1))
    let sums = network.weightSums(magnitudes: l1 > 0)
    guard sums.allFinite else {
      throw .notFinite(
        "epoch \(epoch): a parameter became NaN or infinite; a smaller learning rate than "
          + "\(learningRate) may help")
    }
    let quadratic = 0.5 * l2 / Double(data.count) * sums.squares
    return l1 > 0 ? quadratic + l1 / Double(data.count) * sums.magnitudes : quadratic
  }

  /// Fills `order` with the samples' order in an epoch: Fisher-Yates from 0, 1, 2, ... with the epoch's own stream.
  ///
  /// - Parameter rows: the row of each sample; nil if its number is its row.
  private func shuffle(epoch: Int, rows places: UnsafePointer<UInt32>?) {
    var random = Philox(seed: configuration.seed, stream: RandomStream.miniBatchOrder(epoch: epoch))
    for index in 0..<data.count { order.pointer[index] = UInt32(truncatingIfNeeded: index) }
    random.shuffle(order.elements)
    guard let places else { return }
    for index in 0..<data.count { rows.pointer[index] = places[Int(order.pointer[index])] }
  }

  /// Runs a team over the epoch, or the part of it that is asked for.
  ///
  /// One parallel region, unless other programs use the cores and `pace` falls back to one thread.
  private func run(_ loop: EpochLoop, _ progress: TrainingProgress) {
    if let profile { run(loop, progress, profile.probe) } else { run(loop, progress, NoProbe()) }
  }

  private func run<Probe: PassProbe>(_ loop: EpochLoop, _ progress: TrainingProgress, _ probe: Probe) {
    var position = EpochPosition(cost: cost, powers: powers, pace: pace, samples: samplesDone)
    withUnsafeMutablePointer(to: &position) { position in
      nonisolated(unsafe) let position = position
      nonisolated(unsafe) let loop = loop
      if let cluster {
        nonisolated(unsafe) let cluster = cluster
        Team.run(members: position.pointee.pace.members) { cluster.train(loop, $0, progress, position) }
        cluster.gatherState()
        return
      }
      nonisolated(unsafe) let probe = probe
      repeat {
        position.pointee.isStopped = false
        Team.run(members: position.pointee.pace.begin(at: position.pointee.samples)) { member in
          loop.train(member, progress, position, probe.of(member: member.index))
        }
      } while position.pointee.samples < loop.end && !progress.isPauseRequested
    }
    (cost, powers, pace, samplesDone) = (position.cost, position.powers, position.pace, position.samples)
  }

  // MARK: Where the time goes

  /// Measures from now on where the time goes; the results do not depend on it.
  ///
  /// - Parameter mostStretches: how many are kept, of all members.
  /// - Throws: `NablaError.outOfMemory`.
  package func startProfile(mostStretches: Int = TrainingProfile.mostStretches) throws(NablaError) {
    profile = try TrainingProfile(
      layout: network.layout, miniBatchSize: miniBatchSize, isSparse: isSparse, members: pace.members,
      mostStretches: mostStretches)
  }

  /// Adds what was done since the mark, and sets the mark anew.
  private func addToProfile(_ phase: TrainingProfile.RunPhase, since mark: inout UInt64?, epoch: Int? = nil) {
    guard let profile, let start = mark else { return }
    profile.add(phase, epoch: epoch ?? epochsDone + 1, since: start)
    mark = profile.now
  }
}
