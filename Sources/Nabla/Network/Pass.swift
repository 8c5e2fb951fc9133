/// One mini-batch on its way through the layers, in the book's five steps, on memory that is allocated once.
///
/// | step | equation | shapes, m samples a mini-batch |
/// |---|---|---|
/// | 1 input | a^1 = x | [m, inputs] |
/// | 2 feedforward | z^l = w^l a^(l-1) + b^l, a^l = f(z^l) | w [out, in], a [m, out] |
/// | 3 output error (BP1) | δ^L = ∇aC ⊙ f′(z^L) | [m, outputs] |
/// | 4 backpropagated error (BP2) | δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ f′(z^l) | [m, out] |
/// | 5 output (BP3, BP4) | ∂C/∂b^l = δ^l, ∂C/∂w^l = δ^l (a^(l-1))ᵀ | as b^l, as w^l |
///
/// Members of a team share a step in one of two ways. Steps 1, 3, 4 and the later layers of step 2 take `rows`,
/// samples that one member follows through the network alone. The first layer of step 2, and step 5, take the
/// `member`: it owns panels of neurons, computes them for all samples and updates their weights, so that the
/// largest matrix never moves between cores. Where one meets the other stands a barrier, in the caller.
///
/// Sparse data is read where it lies, dense data is copied to `x` in step 1. Step 1 is also where a stage may write
/// fresh input for each sample: augmentation does, and dropout of inputs. Dropout of hidden neurons keeps the
/// activations, for f′, and writes what the next layer reads beside them; in step 4 their errors are dropped by the same
/// masks.
///
/// Source: Nielsen, "Neural Networks and Deep Learning", chapter 2.
struct Pass: BitwiseCopyable {
  /// The layers with parameters, first to last.
  let layers: UnsafePointer<DenseLayer>
  let layerCount: Int
  let cost: Cost
  let outputActivation: Activation
  /// Dense a^1 [m, xStride]; nil if the data is sparse.
  let x: UnsafeMutablePointer<Float>?
  let xStride: Int
  /// Sparse rows that step 1 writes; nil if the first layer reads the data's own.
  let fresh: FreshRows?
  /// For each layer the dropout of its inputs; nil if nothing is dropped anywhere.
  let dropout: UnsafePointer<Dropout>?
  /// Distorts the pictures of step 1; nil if they are taken as they are.
  let distorter: UnsafePointer<PictureDistorter>?
  /// y [m, padded outputs]: 1 for the right class, else 0; or real targets, scaled; nil if steps 3 to 5 will not run.
  let target: UnsafeMutablePointer<Float>?

  var output: DenseLayer { layers[layerCount - 1] }

  /// What the first layer reads.
  @inline(__always)
  func input(of batch: MiniBatch) -> Input {
    if let x { return .dense(x, stride: xStride) }
    if let fresh {
      return .sparse(SparseBatch(fresh.rows, count: batch.count, samples: nil, following: 0))
    }
    guard case .sparse(let rows) = batch.data.samples else {
      preconditionFailure("dense data needs room for x")
    }
    return .sparse(
      SparseBatch(rows, count: batch.count, samples: batch.rows, following: batch.following))
  }

  /// Step 1: the samples `rows` of `batch` become a^1 and y.
  ///
  /// - Parameter member: whose memory distorts pictures.
  @inline(__always)
  func setInput(_ batch: MiniBatch, rows: Range<Int>, member: Int = 0) {
    if let distorter {
      setDistorted(distorter, batch, rows: rows, member: member)
    } else if let x {
      for s in rows { batch.data.copyInput(row: batch.row(s), to: x + s * xStride) }
    }
    if let target { setTarget(target, batch, rows: rows) }
    if let dropout { drawMasks(dropout, batch, rows: rows) }
  }

  /// Distorts the pictures of `rows` and writes them as the first layer reads them.
  @inline(never)
  private func setDistorted(
    _ distorter: UnsafePointer<PictureDistorter>, _ batch: MiniBatch, rows: Range<Int>, member: Int
  ) {
    let size = batch.data.inputSize
    for s in rows {
      let picture = distorter.pointee.distort(
        batch.data, row: batch.row(s), sample: batch.number(s), member: member)
      if let x {
        Kernels.pixels(picture, count: size, into: x + s * xStride)
      } else {
        fresh?.pack(picture, count: size, to: s)
      }
    }
  }

  @inline(__always)
  private func setTarget(_ target: UnsafeMutablePointer<Float>, _ batch: MiniBatch, rows: Range<Int>) {
    let stride = output.paddedOutputs
    switch batch.data.target {
    case .classes(let labels):
      for s in rows {
        (target + s * stride).update(repeating: 0, count: stride)
        target[s * stride + Int(labels[batch.row(s)])] = 1
      }
    case .values(let values, let scales, let count):
      for s in rows {
        let y = values + batch.row(s) * count
        for j in 0..<count { target[s * stride + j] = (y[j] - scales[j].offset) * scales[j].factor }
      }
    case .none: break
    }
  }

  /// Draws the masks of all layers, and drops inputs.
  @inline(never)
  private func drawMasks(_ dropout: UnsafePointer<Dropout>, _ batch: MiniBatch, rows: Range<Int>) {
    for l in 0..<layerCount where dropout[l].isActive { dropout[l].draw(samples: batch.numbers, rows: rows) }
    guard dropout[0].isActive else { return }
    if let x { dropout[0].apply(x, to: x, rows: rows) }
    guard let fresh, case .sparse(let source) = batch.data.samples else { return }
    for s in rows {
      if distorter == nil {
        fresh.copy(row: batch.row(s), of: source, mask: dropout[0].mask(s), to: s)
      } else {
        fresh.drop(from: s, mask: dropout[0].mask(s))
      }
    }
  }

  /// Step 2, the first layer: all samples, the member's neurons.
  @inline(__always)
  func feedforwardFirst(_ batch: MiniBatch, _ member: TeamMember?) {
    layers[0].feedforward(input(of: batch), samples: batch.count, member)
  }

  /// Step 2, the other layers, and softmax.
  func feedforwardRest<Probe: PassProbe>(rows: Range<Int>, _ probe: Probe = NoProbe()) {
    for l in 1..<max(layerCount, 1) {
      if let dropout, dropout[l].isActive {
        dropout[l].apply(layers[l - 1].a, to: dropout[l].output, rows: rows)
      }
      let layer = layers[l].from(row: rows.lowerBound)
      layer.feedforward(layer.input, samples: rows.count, nil)
      probe.did(.feedforward, layer: l)
    }
    if outputActivation == .softmax {
      output.from(row: rows.lowerBound).softmax(samples: rows.count, nil)
      probe.did(.feedforward, layer: layerCount - 1)
    }
  }

  /// Step 3, BP1: the error of the output layer.
  @inline(__always)
  func outputError(_ batch: MiniBatch, rows: Range<Int>) {
    guard let target else { return }
    output.from(row: rows.lowerBound).outputError(
      cost, outputActivation, target: target + rows.lowerBound * output.paddedOutputs, samples: rows.count,
      nil)
    if let weights = batch.weights { weighErrors(weights, batch, rows: rows) }
  }

  /// Multiplies the output errors of `rows` by their samples' weights, and so everything that follows from them.
  @inline(never)
  private func weighErrors(_ weights: UnsafePointer<Float>, _ batch: MiniBatch, rows: Range<Int>) {
    for s in rows {
      let delta = output.delta + s * output.paddedOutputs
      let weight = weights[batch.number(s)]
      for j in 0..<output.outputs { delta[j] *= weight }
    }
  }

  /// Step 4, BP2: the error of every layer before, last to first.
  @inline(__always)
  func backpropagateError<Probe: PassProbe>(rows: Range<Int>, _ probe: Probe = NoProbe()) {
    for l in stride(from: layerCount - 1, to: 0, by: -1) {
      let before = layers[l - 1].from(row: rows.lowerBound)
      layers[l].from(row: rows.lowerBound).backpropagateError(to: before, samples: rows.count, nil)
      if let dropout, dropout[l].isActive {
        dropout[l].apply(layers[l - 1].delta, to: layers[l - 1].delta, rows: rows)
      }
      probe.did(.backpropagate, layer: l)
    }
  }

  /// Steps 2 (but for the first layer) to 4 with every layer's neurons shared by the team, for mini-batches with
  /// too few samples to go round. Ends with all members having finished.
  func propagateByNeurons<Probe: PassProbe>(_ batch: MiniBatch, _ member: TeamMember, _ probe: Probe) {
    guard let target else { return }
    let m = batch.count
    for l in 1..<max(layerCount, 1) {
      if let dropout, dropout[l].isActive {
        dropout[l].apply(layers[l - 1].a, to: dropout[l].output, rows: 0..<m, member)
        wait(member, after: .feedforward, layer: l, probe)
      }
      layers[l].feedforward(layers[l].input, samples: m, member)
      wait(member, after: .feedforward, layer: l, probe)
    }
    if outputActivation == .softmax {
      output.softmax(samples: m, member)
      wait(member, after: .feedforward, layer: layerCount - 1, probe)
    }
    output.outputError(cost, outputActivation, target: target, samples: m, member)
    wait(member, after: .outputError, layer: 0, probe)
    if let weights = batch.weights {
      weighErrors(weights, batch, rows: member.share(of: m))
      wait(member, after: .outputError, layer: 0, probe)
    }
    for l in stride(from: layerCount - 1, to: 0, by: -1) {
      layers[l].backpropagateError(to: layers[l - 1], samples: m, member)
      wait(member, after: .backpropagate, layer: l, probe)
      if let dropout, dropout[l].isActive {
        dropout[l].apply(layers[l - 1].delta, to: layers[l - 1].delta, rows: 0..<m, member)
        wait(member, after: .backpropagate, layer: l, probe)
      }
    }
  }

  /// A barrier, after which others read what this member did.
  @inline(__always)
  private func wait<Probe: PassProbe>(
    _ member: TeamMember, after phase: TrainingPhase, layer: Int, _ probe: Probe
  ) {
    probe.did(phase, layer: layer)
    member.barrier()
    probe.did(.barrier)
  }

  /// Step 5, BP3 and BP4: adds ∂C/∂w and ∂C/∂b of the samples to `arena`, or starts there from +0.
  func gradient(
    into arena: UnsafeMutablePointer<Float>, layout: borrowing [ParameterLayout.Layer], _ batch: MiniBatch,
    startsAtZero: Bool, _ member: TeamMember?
  ) {
    for l in 0..<layerCount {
      layers[l].accumulate(
        l == 0 ? input(of: batch) : layers[l].input, samples: batch.count, scale: 1,
        decay: startsAtZero ? 0 : 1, weights: arena + layout[l].weightsOffset,
        biases: arena + layout[l].biasesOffset, member)
    }
  }

  /// Step 5 and the update of the parameters in one.
  @inline(__always)
  func descend<Probe: PassProbe>(_ batch: MiniBatch, _ step: Step, _ member: TeamMember?, _ probe: Probe) {
    layers[0].descend(step, input(of: batch), samples: batch.count, member)
    probe.did(.descend)
    for l in 1..<max(layerCount, 1) {
      layers[l].descend(step, layers[l].input, samples: batch.count, member)
      probe.did(.descend, layer: l)
    }
  }
}
