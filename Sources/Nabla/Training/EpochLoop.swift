/// How far an epoch is, besides the parameters; written by member 0, read by all after a barrier.
struct EpochPosition {
  var cost: CostSum
  var powers: BetaPowers
  var pace: TeamPace
  /// Samples of the epoch trained on.
  var samples: Int
  /// Whether the region ends after the mini-batch under way.
  var isStopped = false
}

/// The loop over the mini-batches of an epoch, as the members of a team run it: pointers and numbers, nothing to
/// retain, nothing to allocate.
struct EpochLoop: BitwiseCopyable {
  let passes: (UnsafePointer<Pass>, UnsafePointer<Pass>)
  let data: DatasetView
  /// The samples' numbers, in the epoch's order.
  let order: UnsafePointer<UInt32>
  /// Their rows; the same memory where a number is a row.
  let rows: UnsafePointer<UInt32>
  /// The weight of each sample, by its number; nil if all weigh 1.
  let weights: UnsafePointer<Float>?
  let count: Int
  /// The loop ends after the mini-batch with which so many samples of the epoch are done.
  let end: Int
  let miniBatchSize: Int
  let plan: StepPlan

  /// Trains on the mini-batches from `position.samples` on, in order; all members of the team run this together.
  ///
  /// Two barriers a mini-batch: each member updates its own panels and computes the first layer of the next
  /// mini-batch with them at once, because no other member reads or writes those panels.
  ///
  /// - Parameter probe: is told what the member did.
  func train<Probe: PassProbe>(
    _ member: TeamMember, _ progress: TrainingProgress, _ position: UnsafeMutablePointer<EpochPosition>,
    _ probe: Probe
  ) {
    var (pass, nextPass) = passes
    var done = position.pointee.samples
    var powers = position.pointee.powers
    var batch = miniBatch(from: done)
    probe.begin(at: done, miniBatchSize: miniBatchSize)
    pass.pointee.setInput(batch, rows: member.share(of: batch.count), member: member.index)
    probe.did(.input)
    member.barrier()
    probe.did(.barrier)
    pass.pointee.feedforwardFirst(batch, member)
    probe.did(.feedforward)
    while true {
      member.barrier()
      probe.did(.barrier)
      let start = done
      done += batch.count
      propagate(pass, batch, member, probe)
      let next = miniBatch(from: done)
      nextPass.pointee.setInput(next, rows: member.share(of: next.count), member: member.index)
      probe.did(.input)
      if member.index == 0 {
        position.pointee.isStopped =
          position.pointee.pace.ends(at: done) || progress.isPauseRequested || done >= end
      }
      member.barrier()
      probe.did(.barrier)

      powers.advance(plan.rule)
      if member.index == 0 {
        addCost(pass, batch, &position.pointee.cost)
        position.pointee.powers = powers
        position.pointee.samples = done
        progress.report(samplesDone: done)
        probe.did(.bookkeeping)
      }
      pass.pointee.descend(batch, plan.step(start: start, count: batch.count, powers), member, probe)
      if done == count || position.pointee.isStopped { return probe.end() }
      probe.begin(at: done, miniBatchSize: miniBatchSize)
      if !ownsPanels(member) {
        member.barrier()
        probe.did(.barrier)
      }
      nextPass.pointee.feedforwardFirst(next, member)
      probe.did(.feedforward)
      batch = next
      swap(&pass, &nextPass)
    }
  }

  /// True if each member owns whole panels of the first layer; otherwise members split one by inputs (update) but
  /// by samples (forward), so a barrier must separate them.
  private func ownsPanels(_ member: TeamMember) -> Bool {
    passes.0.pointee.x == nil || passes.0.pointee.layers[0].paddedOutputs / panelWidth >= member.count
  }

  /// Steps 2 (but for the first layer) to 4.
  private func propagate<Probe: PassProbe>(
    _ pass: UnsafePointer<Pass>, _ batch: MiniBatch, _ member: TeamMember, _ probe: Probe
  ) {
    if pass.pointee.layerCount <= 2 || batch.count >= 8 * member.count {
      let rows = member.share(of: batch.count)
      pass.pointee.feedforwardRest(rows: rows, probe)
      pass.pointee.outputError(batch, rows: rows)
      probe.did(.outputError)
      pass.pointee.backpropagateError(rows: rows, probe)
    } else {
      pass.pointee.propagateByNeurons(batch, member, probe)
    }
  }

  /// The mini-batch that begins at `start` of the order, empty at its end.
  @inline(__always)
  func miniBatch(from start: Int) -> MiniBatch {
    let samples = min(miniBatchSize, count - start)
    return MiniBatch(
      data: data, rows: rows + start, numbers: order + start, weights: weights, count: samples,
      following: count - start - samples)
  }

  /// Adds the cost of a mini-batch's samples, in their order.
  @inline(__always)
  func addCost(_ pass: UnsafePointer<Pass>, _ batch: MiniBatch, _ cost: inout CostSum) {
    let output = pass.pointee.output
    guard let labels = batch.data.labels, weights == nil else { return addOtherCost(pass, batch, &cost) }
    for s in 0..<batch.count {
      cost.add(
        output.a + s * output.paddedOutputs, count: output.outputs, label: Int(labels[batch.row(s)]))
    }
  }

  /// The cost of weighted samples, and of real targets.
  @inline(never)
  private func addOtherCost(_ pass: UnsafePointer<Pass>, _ batch: MiniBatch, _ cost: inout CostSum) {
    let output = pass.pointee.output
    for s in 0..<batch.count {
      let a = output.a + s * output.paddedOutputs
      let weight = batch.weights?[batch.number(s)] ?? 1
      if let labels = batch.data.labels {
        cost.add(a, count: output.outputs, label: Int(labels[batch.row(s)]), weight: weight)
      } else if let target = pass.pointee.target {
        cost.add(a, target: target + s * output.paddedOutputs, count: output.outputs, weight: weight)
      }
    }
  }
}
