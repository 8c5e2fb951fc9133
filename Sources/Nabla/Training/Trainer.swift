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
  /// Threads that train: the settings' number, or the one chosen for this network and mini-batch.
  public let threads: Int
  /// Epochs finished; the order of the next one follows from this number and the seed alone.
  public private(set) var epochsDone = 0

  private let data: Dataset
  private let workspace: Workspace
  private let order: AlignedBuffer<UInt32>

  /// Prepares to train `network` on `data`; all memory is allocated here.
  ///
  /// - Throws: `NablaError.invalidSetting`, `NablaError.mismatch` when the data does not fit the network,
  ///   `NablaError.outOfMemory`.
  public init(network: Network, data: Dataset, settings: TrainingSettings) throws(NablaError) {
    try settings.validate()
    self.data = try network.fitting(data)
    guard data.count <= Int(UInt32.max) else {
      throw .mismatch("expected at most \(UInt32.max) samples, found \(data.count)")
    }
    self.network = network
    self.settings = settings
    let samples = min(settings.miniBatchSize, data.count)
    threads = settings.threads ?? Team.size(for: network.topology, samples: samples)
    workspace = try Workspace(network: network, capacity: samples, errors: true)
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
          pass: workspace.pass, data: view, order: order.pointer, count: data.count,
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
  let pass: Backpropagation
  let data: DatasetView
  let order: UnsafePointer<UInt32>
  let count: Int
  let miniBatchSize: Int
  let learningRate: Float
  let decay: Float

  /// Trains on every mini-batch in order; all members of the team run this together.
  func train(_ member: TeamMember, _ progress: TrainingProgress, _ outcome: UnsafeMutablePointer<EpochOutcome>) {
    var start = 0
    while start < count {
      let samples = min(miniBatchSize, count - start)
      let indices = order + start
      pass.setInput(data, indices: indices, samples: samples, member)
      pass.feedforward(samples: samples, member)
      pass.outputError(samples: samples, member)
      pass.backpropagateError(samples: samples, member)
      start += samples
      if member.index == 0 {
        addCost(indices, samples, &outcome.pointee.cost)
        outcome.pointee.samples = start
        outcome.pointee.isStopped = progress.isStopRequested
        progress.report(samplesDone: start)
      }
      pass.descend(scale: -learningRate / Float(samples), decay: decay, samples: samples, member)
      if outcome.pointee.isStopped { return }
    }
  }

  private func addCost(_ indices: UnsafePointer<UInt32>, _ samples: Int, _ cost: inout CostSum) {
    let output = pass.layers[pass.layerCount - 1]
    for s in 0..<samples {
      cost.add(
        output.a + s * output.paddedOutputs, count: output.outputs, label: Int(data.labels[Int(indices[s])]))
    }
  }
}
