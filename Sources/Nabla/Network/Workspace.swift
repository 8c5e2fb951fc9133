/// The memory of one pass over at most `capacity` samples: inputs, targets, activations and errors of all layers,
/// in one allocation.
final class Workspace {
  let capacity: Int
  let pass: Backpropagation
  private let arena: AlignedBuffer<Float>
  private let layers: AlignedBuffer<DenseLayer>
  private let network: Network

  /// - Parameter errors: whether steps 3 to 5 will run; feedforward alone needs no room for δ.
  /// - Throws: `NablaError.outOfMemory`.
  init(network: Network, capacity: Int, errors: Bool) throws(NablaError) {
    let topology = network.topology
    let inputStride = (topology.inputSize + panelWidth - 1) / panelWidth * panelWidth
    let neurons = topology.layers.reduce(0) { $0 + $1.paddedOutputs }
    let classes = topology.layers[topology.layers.count - 1].paddedOutputs
    let rowLength = inputStride + classes + neurons * (errors ? 2 : 1)
    let (floats, overflow) = rowLength.multipliedReportingOverflow(by: capacity)
    guard !overflow else { throw .outOfMemory(bytes: nil) }
    arena = try AlignedBuffer(count: floats)
    layers = try AlignedBuffer(count: topology.layers.count)

    var next = arena.pointer
    func take(_ rowLength: Int) -> UnsafeMutablePointer<Float> {
      defer { next += rowLength * capacity }
      return next
    }
    let input = take(inputStride)
    let target = take(classes)
    var x = input
    var xStride = inputStride
    for (l, shape) in topology.layers.enumerated() {
      let a = take(shape.paddedOutputs)
      let delta = errors ? take(shape.paddedOutputs) : a
      (layers.pointer + l).initialize(
        to: DenseLayer(
          inputs: shape.inputs, outputs: shape.outputs, paddedOutputs: shape.paddedOutputs,
          panels: network.panels(l), biases: network.biasPointer(l), x: x, xStride: xStride, a: a, delta: delta))
      x = a
      xStride = shape.paddedOutputs
    }
    pass = Backpropagation(
      layers: layers.pointer, layerCount: topology.layers.count, cost: network.cost, input: input,
      inputSize: topology.inputSize, inputStride: inputStride, target: target)
    self.capacity = capacity
    self.network = network  // keeps the parameters alive as long as the pointers to them
  }

  /// Activations of the output layer [capacity, paddedOutputs].
  var output: UnsafePointer<Float> { UnsafePointer(layers.pointer[pass.layerCount - 1].a) }
}

extension Workspace {
  /// Row length of `output`.
  var outputStride: Int { pass.layers[pass.layerCount - 1].paddedOutputs }

  /// Steps 1 and 2 for `samples` pictures from `start` on, in the data set's own order, on this thread.
  func feedforward(_ data: DatasetView, start: Int, samples m: Int) {
    for s in 0..<m {
      Kernels.pixels(
        data.images + (start + s) * pass.inputSize, count: pass.inputSize, into: pass.input + s * pass.inputStride)
    }
    pass.feedforward(samples: m, nil)
  }
}
