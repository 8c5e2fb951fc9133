/// What an epoch tells besides the parameters; written by member 0, read by all after a barrier.
struct EpochOutcome {
  var cost: CostSum
  var pace: TeamPace
  var samples = 0
  /// Whether the region ends after the mini-batch under way.
  var isStopped = false
}

/// One epoch as the members of a team see it: pointers and numbers, nothing to retain, nothing to allocate.
struct EpochPlan: BitwiseCopyable {
  let passes: (Backpropagation, Backpropagation)
  let data: DatasetView
  let order: UnsafePointer<UInt32>
  let count: Int
  let miniBatchSize: Int
  let learningRate: Float
  let decay: Float

  /// Trains on the mini-batches from `outcome.samples` on, in order; all members of the team run this together.
  ///
  /// Two barriers a mini-batch: each member updates its own panels and computes the first layer of the next
  /// mini-batch with them at once, because nobody else reads or writes those panels.
  func train(
    _ member: TeamMember, _ progress: TrainingProgress, _ outcome: UnsafeMutablePointer<EpochOutcome>
  ) {
    var (pass, nextPass) = passes
    var done = outcome.pointee.samples
    var batch = miniBatch(from: done)
    pass.setInput(batch, rows: member.share(of: batch.count))
    member.barrier()
    pass.feedforwardFirst(batch, member)
    while true {
      member.barrier()
      done += batch.count
      propagate(pass, batch, member)
      let next = miniBatch(from: done)
      nextPass.setInput(next, rows: member.share(of: next.count))
      if member.index == 0 {
        outcome.pointee.isStopped = outcome.pointee.pace.ends(at: done) || progress.isStopRequested
      }
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
    passes.0.input == nil || passes.0.layers[0].paddedOutputs / panelWidth >= member.count
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

  /// The mini-batch that begins at `start` of the order, empty at its end.
  private func miniBatch(from start: Int) -> MiniBatch {
    let samples = min(miniBatchSize, count - start)
    return MiniBatch(data: data, indices: order + start, count: samples, following: count - start - samples)
  }

  private func addCost(_ pass: Backpropagation, _ batch: MiniBatch, _ cost: inout CostSum) {
    let output = pass.output
    for s in 0..<batch.count {
      cost.add(
        output.a + s * output.paddedOutputs, count: output.outputs,
        label: Int(data.labels[batch.image(s)]))
    }
  }
}
