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
  public let network: Network
  public let settings: TrainingSettings
  /// Threads that train: at most the settings' number, and only as many as make it faster.
  public let threads: Int
  /// Epochs finished; the order of the next one follows from this number and the seed alone.
  public private(set) var epochsDone = 0

  private let data: Dataset
  private let sparse: SparseImages?
  private let workspace: Workspace
  private let order: AlignedBuffer<UInt32>

  /// Prepares to train `network` on `data`; all memory is allocated here.
  ///
  /// - Throws: `NablaError.invalidSetting`, `NablaError.mismatch` when the data does not fit the network,
  ///   `NablaError.outOfMemory`.
  public convenience init(network: Network, data: Dataset, settings: TrainingSettings) throws(NablaError) {
    try self.init(network: network, data: data, settings: settings, leavesZerosOut: true, threads: nil)
  }

  /// As `init(network:data:settings:)`, for tests of what must not change a bit.
  ///
  /// - Parameters:
  ///   - leavesZerosOut: false keeps to the dense kernels, the reference that the sparse ones are compared with.
  ///   - threads: exactly so many members, whether they pay or not.
  package init(
    network: Network, data: Dataset, settings: TrainingSettings, leavesZerosOut: Bool = true, threads: Int? = nil
  ) throws(NablaError) {
    try settings.validate()
    self.data = try network.fitting(data)
    guard data.count <= Int(UInt32.max) else {
      throw .mismatch("expected at most \(UInt32.max) samples, found \(data.count)")
    }
    self.network = network
    self.settings = settings
    let samples = min(settings.miniBatchSize, data.count)
    sparse = leavesZerosOut ? try SparseImages.packing(self.data) : nil
    self.threads =
      threads
      ?? TeamSize.members(
        topology: network.topology, samples: samples, pixelsPerSample: sparse?.pixelsPerSample,
        limit: settings.threads ?? Team.coreCount)
    workspace = try Workspace(network: network, capacity: samples, passes: 2, denseInput: sparse == nil)
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
          passes: (workspace.passes[0], workspace.passes[1]), data: view, sparse: sparse?.rows, order: order.pointer, count: data.count,
          miniBatchSize: workspace.capacity, learningRate: settings.learningRate, decay: decay), progress)
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
  package var leavesZerosOut: Bool { sparse != nil }

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

  /// Runs one team over the epoch and returns the samples trained on and the sum of their costs.
  private func runEpoch(_ plan: EpochPlan, _ progress: TrainingProgress) -> (samples: Int, cost: Double) {
    var outcome = EpochOutcome(cost: CostSum(network.cost))
    withUnsafeMutablePointer(to: &outcome) { outcome in
      nonisolated(unsafe) let outcome = outcome
      nonisolated(unsafe) let plan = plan
      Team.run(members: threads) { member in plan.train(member, progress, outcome) }
    }
    return (outcome.samples, outcome.cost.total)
  }
}

/// What an epoch tells besides the parameters; written by member 0, read by all after a barrier.
private struct EpochOutcome {
  var cost: CostSum
  var samples = 0
  var isStopped = false
}

/// One epoch as the members of a team see it: pointers and numbers, nothing to retain, nothing to allocate.
private struct EpochPlan: BitwiseCopyable {
  let passes: (Backpropagation, Backpropagation)
  let data: DatasetView
  let sparse: SparseRows?
  let order: UnsafePointer<UInt32>
  let count: Int
  let miniBatchSize: Int
  let learningRate: Float
  let decay: Float

  /// Trains on every mini-batch in order; all members of the team run this together.
  ///
  /// Two barriers a mini-batch: each member updates its own panels and computes the first layer of the next
  /// mini-batch with them at once, because nobody else reads or writes those panels.
  func train(_ member: TeamMember, _ progress: TrainingProgress, _ outcome: UnsafeMutablePointer<EpochOutcome>) {
    var (pass, nextPass) = passes
    var batch = miniBatch(from: 0)
    var done = 0
    pass.setInput(batch, rows: member.share(of: batch.count))
    member.barrier()
    pass.feedforwardFirst(batch, member)
    while true {
      member.barrier()
      done += batch.count
      propagate(pass, batch, member)
      let next = miniBatch(from: done)
      nextPass.setInput(next, rows: member.share(of: next.count))
      if member.index == 0 { outcome.pointee.isStopped = progress.isStopRequested }
      member.barrier()

      if member.index == 0 {
        addCost(pass, batch, &outcome.pointee.cost)
        outcome.pointee.samples = done
        progress.report(samplesDone: done)
      }
      pass.descend(batch, scale: -learningRate / Float(batch.count), decay: decay, member)
      if done == count || outcome.pointee.isStopped { return }
      if !ownsPanels(member) { member.barrier() }
      nextPass.feedforwardFirst(next, member)
      batch = next
      swap(&pass, &nextPass)
    }
  }

  /// Whether the first layer's panels go round: the dense kernels let several members share one otherwise, each
  /// with other inputs in the update than samples in the next forward step.
  private func ownsPanels(_ member: TeamMember) -> Bool {
    sparse != nil || passes.0.layers[0].paddedOutputs / panelWidth >= member.count
  }

  /// Steps 2 (but for the first layer) to 4.
  private func propagate(_ pass: Backpropagation, _ batch: MiniBatch, _ member: TeamMember) {
    if pass.layerCount <= 2 || batch.count >= 8 * member.count {
      let rows = member.share(of: batch.count)
      pass.feedforwardRest(rows: rows)
      pass.outputError(rows: rows)
      pass.backpropagateError(rows: rows)
    } else {
      pass.propagateByNeurons(samples: batch.count, member)
    }
  }

  /// The mini-batch that begins at `start` of the order, empty at its end. The one after it is already asked for:
  /// its pictures lie anywhere in memory, and would be waited for longer than the network takes.
  private func miniBatch(from start: Int) -> MiniBatch {
    let samples = min(miniBatchSize, count - start)
    let after = min(miniBatchSize, count - start - samples)
    sparse?.prefetch(order + start + samples, samples: after)
    return MiniBatch(data: data, sparse: sparse, indices: order + start, count: samples)
  }

  private func addCost(_ pass: Backpropagation, _ batch: MiniBatch, _ cost: inout CostSum) {
    let output = pass.output
    for s in 0..<batch.count {
      cost.add(
        output.a + s * output.paddedOutputs, count: output.outputs, label: Int(data.labels[Int(batch.indices[s])]))
    }
  }
}
