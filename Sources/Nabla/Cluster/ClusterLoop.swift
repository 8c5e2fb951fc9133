/// The loop over the mini-batches of an epoch on several ranks: what `EpochLoop` does, with every rank a part of one
/// team.
///
/// As there, a member owns panels of neurons (the first layer's forward pass, every layer's update) or follows samples
/// through the later layers, and no sum is ever divided; a rank's own panels and samples are divided among its threads.
/// So the bits are those of one process. Where the members of a team meet at a barrier, ranks exchange what the next
/// step reads: after the errors each sample's later activations and δ, after the update the later layers' panels and
/// the first layer's activations of the next mini-batch. The first layer's weights, the largest, never travel while
/// training. Member 0 of each rank speaks, the others wait.
final class ClusterLoop {
  private let communicator: any Communicator
  private let passes: (UnsafePointer<Pass>, UnsafePointer<Pass>)
  /// For each pass every layer's panels that are this rank's, as layers; of no outputs where there are none.
  private let own: AlignedBuffer<DenseLayer>
  private let updated: AlignedBuffer<UpdatedLayer>
  private let layout: ParameterLayout
  /// Parameters and rule states, with room for each layer's panels and biases.
  private let arenas: [UnsafeMutablePointer<Float>]
  private let exchange: Exchange
  /// The samples, where ranks give them to each other: two blocks of mini-batches in turn, because one mini-batch is
  /// leaving the network while the next one enters it. nil where each rank reads them itself.
  private let blocksOfSamples: (SampleExchange, SampleExchange)?
  /// What is gathered in one call, written anew each time.
  private let blocks: AlignedBuffer<SharedBlock>

  private var layerCount: Int { layout.layers.count }

  /// - Parameters:
  ///   - arenas: parameters, then rule states.
  ///   - capacity: the most samples of a mini-batch.
  ///   - samples: two exchanges of samples; nil where each rank reads all of them.
  /// - Throws: `NablaError.outOfMemory`.
  init(
    _ communicator: any Communicator, passes: (UnsafePointer<Pass>, UnsafePointer<Pass>),
    layout: ParameterLayout, arenas: [UnsafeMutablePointer<Float>], capacity: Int,
    samples: (SampleExchange, SampleExchange)?
  ) throws(NablaError) {
    blocksOfSamples = samples
    (self.communicator, self.passes, self.layout, self.arenas) = (communicator, passes, layout, arenas)
    let layers = layout.layers
    own = try AlignedBuffer(count: 2 * layers.count)
    updated = try AlignedBuffer(count: layers.count)
    blocks = try AlignedBuffer(count: 2 * layers.count * arenas.count + 2)
    // The columns of a^1, and all other blocks as far as they are packed.
    let columns = layers[0].paddedOutputs * capacity * MemoryLayout<Float>.size
    let packed = layers.reduce(0) { bytes, layer in
      let rows = 3 * min(Exchange.mostPacked, layer.paddedOutputs * capacity * MemoryLayout<Float>.size)
      let weights = min(Exchange.mostPacked, layer.weightsCount * MemoryLayout<Float>.size)
      return bytes + rows
        + arenas.count
        * (weights + min(Exchange.mostPacked, layer.paddedOutputs * MemoryLayout<Float>.size))
    }
    exchange = try Exchange(communicator, bytes: columns + packed)
    for (l, layer) in layers.enumerated() {
      let panels = communicator.part(of: layer.panelCount)
      let place = layer.taking(panels)
      (updated.pointer + l).initialize(to: UpdatedLayer(place, of: arenas))
      for (index, pass) in [passes.0, passes.1].enumerated() {
        (own.pointer + index * layers.count + l).initialize(
          to: pass.pointee.layers[l].taking(panels, outputs: place.outputs, updated: updated.pointer + l))
      }
    }
  }

  /// Trains on the mini-batches from `position.samples` on; all members of this rank's team run this together, and all
  /// ranks do.
  func train(
    _ loop: EpochLoop, _ member: TeamMember, _ progress: TrainingProgress,
    _ position: UnsafeMutablePointer<EpochPosition>
  ) {
    var (pass, nextPass) = passes
    var (first, nextFirst) = (own.pointer, own.pointer + layerCount)
    var done = position.pointee.samples
    var powers = position.pointee.powers
    var batch = miniBatch(loop, from: done, member)
    pass.pointee.setInput(batch, rows: member.share(of: batch.count), member: member.index)
    member.barrier()
    feedforward(first, pass, batch, member)
    member.barrier()
    if member.index == 0 { gatherPanels(pass, samples: batch.count, withWeights: false) }
    while true {
      member.barrier()
      let start = done
      done += batch.count
      propagate(pass, batch, member)
      let next = miniBatch(loop, from: done, member)
      nextPass.pointee.setInput(next, rows: member.share(of: next.count), member: member.index)
      member.barrier()
      if member.index == 0 {
        // The others follow: rank 0's clock, or a signal to any rank, ends the epoch for all after this mini-batch.
        let wantsEnd = progress.isPauseRequested || (communicator.rank == 0 && done >= loop.end)
        position.pointee.isStopped = gatherErrors(pass, samples: batch.count, wantsEnd: wantsEnd)
      }
      member.barrier()

      powers.advance(loop.plan.rule)
      if member.index == 0 {
        loop.addCost(pass, batch, &position.pointee.cost)
        position.pointee.powers = powers
        position.pointee.samples = done
        progress.report(samplesDone: done)
      }
      let step = loop.plan.step(start: start, count: batch.count, powers)
      for l in 0..<layerCount where first[l].outputs > 0 {
        first[l].descend(
          step, l == 0 ? pass.pointee.input(of: batch) : first[l].input, samples: batch.count, member)
      }
      if done == loop.count || position.pointee.isStopped { return }
      // Members divide a panel by inputs in the update, but by samples in the forward pass.
      member.barrier()
      feedforward(nextFirst, nextPass, next, member)
      member.barrier()
      if member.index == 0 { gatherPanels(nextPass, samples: next.count, withWeights: true) }
      batch = next
      swap(&pass, &nextPass)
      swap(&first, &nextFirst)
    }
  }

  /// Draws from the streams of `epoch` from now on.
  func setEpoch(_ epoch: Int) {
    blocksOfSamples?.0.setEpoch(epoch)
    blocksOfSamples?.1.setEpoch(epoch)
  }

  /// The mini-batch that begins at `start` of the order, with its samples at hand.
  private func miniBatch(_ loop: EpochLoop, from start: Int, _ member: TeamMember) -> MiniBatch {
    guard let (first, second) = blocksOfSamples, start < loop.count else {
      return loop.miniBatch(from: start)
    }
    // The block that the mini-batch before is read from stays.
    let block =
      first.samples.contains(start) || !first.samples.contains(start - 1) && !second.has(start)
      ? first : second
    if !block.has(start) { block.fetch(from: start, loop.order, loop.data, member) }
    return block.miniBatch(
      from: start, size: min(loop.miniBatchSize, loop.count - start), numbers: loop.order,
      weights: loop.weights)
  }

  /// Step 2, the first layer: all samples, the neurons of this rank.
  private func feedforward(
    _ own: UnsafePointer<DenseLayer>, _ pass: UnsafePointer<Pass>, _ batch: MiniBatch, _ member: TeamMember
  ) {
    guard own[0].outputs > 0 else { return }
    own[0].feedforward(pass.pointee.input(of: batch), samples: batch.count, member)
  }

  /// Steps 2 (but for the first layer) to 4 for this rank's samples.
  @inline(never)
  private func propagate(_ pass: UnsafePointer<Pass>, _ batch: MiniBatch, _ member: TeamMember) {
    let part = communicator.part(of: batch.count)
    let share = member.share(of: part.count)
    let rows = part.lowerBound + share.lowerBound..<part.lowerBound + share.upperBound
    pass.pointee.feedforwardRest(rows: rows)
    pass.pointee.outputError(batch, rows: rows)
    pass.pointee.backpropagateError(rows: rows)
    // The update of the second layer reads all samples of what dropout leaves of a^1; this rank's are done.
    guard let dropout = pass.pointee.dropout, layerCount > 1, dropout[1].isActive else { return }
    for others in [0..<part.lowerBound, part.upperBound..<batch.count] where !others.isEmpty {
      let share = member.share(of: others.count)
      dropout[1].apply(
        pass.pointee.layers[0].a, to: dropout[1].output,
        rows: others.lowerBound + share.lowerBound..<others.lowerBound + share.upperBound)
    }
  }

  // MARK: Exchanges

  /// Gives all ranks the first activations, and the later layers' parameters after an update.
  private func gatherPanels(_ pass: UnsafePointer<Pass>, samples: Int, withWeights: Bool) {
    let first = layout.layers[0]
    blocks.pointer[0] = SharedBlock(
      panelsOf: pass.pointee.layers[0].a, count: first.panelCount, rows: samples)
    var count = 1
    if withWeights { for l in 1..<max(layerCount, 1) { count = addParameters(l, of: arenas[0], at: count) } }
    _ = exchange.gather(UnsafeBufferPointer(start: blocks.pointer, count: count))
  }

  /// Gives all ranks what the update reads of each sample: the inputs of the layers after the second, whose inputs are
  /// there already, and the errors; and the outputs, for the cost. Returns whether a rank wants the epoch to end.
  private func gatherErrors(_ pass: UnsafePointer<Pass>, samples: Int, wantsEnd: Bool) -> Bool {
    var count = 0
    func add(_ rows: UnsafeMutablePointer<Float>, _ stride: Int) {
      blocks.pointer[count] = SharedBlock(rows, unit: stride * MemoryLayout<Float>.size, count: samples)
      count += 1
    }
    for l in 0..<layerCount {
      let layer = pass.pointee.layers[l]
      if l > 1 { add(layer.x, layer.xStride) }
      add(layer.delta, layer.paddedOutputs)
    }
    let output = pass.pointee.output
    if layerCount > 1 || pass.pointee.outputActivation == .softmax { add(output.a, output.paddedOutputs) }
    return exchange.gather(UnsafeBufferPointer(start: blocks.pointer, count: count), flag: wantsEnd)
  }

  /// Gives all ranks all parameters and rule states, which their owners have.
  func gatherState() {
    var count = 0
    for l in 0..<layerCount {
      for arena in arenas { count = addParameters(l, of: arena, at: count) }
    }
    _ = exchange.gather(UnsafeBufferPointer(start: blocks.pointer, count: count))
  }

  private func addParameters(_ l: Int, of arena: UnsafeMutablePointer<Float>, at count: Int) -> Int {
    let layer = layout.layers[l]
    let panel = panelWidth * MemoryLayout<Float>.size
    blocks.pointer[count] = SharedBlock(
      arena + layer.weightsOffset, unit: layer.inputs * panel, count: layer.panelCount)
    blocks.pointer[count + 1] = SharedBlock(
      arena + layer.biasesOffset, unit: panel, count: layer.panelCount)
    return count + 2
  }
}

extension ParameterLayout.Layer {
  /// Where the panels `panels` of this layer lie, as a layer of their own.
  func taking(_ panels: Range<Int>) -> ParameterLayout.Layer {
    let first = panels.lowerBound * panelWidth
    return ParameterLayout.Layer(
      inputs: inputs, outputs: max(0, min(outputs, panels.upperBound * panelWidth) - first),
      paddedOutputs: panels.count * panelWidth, weightsOffset: weightsOffset + first * inputs,
      biasesOffset: biasesOffset + first)
  }
}
