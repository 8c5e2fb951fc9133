/// The memory of passes over at most `capacity` samples: inputs, targets, activations and errors of all layers.
///
/// A training loop asks for two passes that differ in their inputs, targets and first activations and share the
/// rest, so that one mini-batch can enter the network while the one before is leaving it.
final class Workspace {
  let capacity: Int
  let passes: [Backpropagation]
  private let arena: AlignedBuffer<Float>
  private let layers: AlignedBuffer<DenseLayer>
  private let network: Network

  /// - Parameters:
  ///   - denseInput: whether the pictures become a^1; rows without zeros can be read where they lie.
  ///   - errors: whether steps 3 to 5 will run; feedforward alone needs no room for δ.
  /// - Throws: `NablaError.outOfMemory`.
  init(
    network: Network, capacity: Int, passes passCount: Int = 1, denseInput: Bool = true, errors: Bool = true
  ) throws(NablaError) {
    let shapes = network.topology.layers
    let inputSize = network.topology.inputSize
    let inputStride = denseInput ? (inputSize + panelWidth - 1) / panelWidth * panelWidth : 0
    let classes = shapes[shapes.count - 1].paddedOutputs
    let neurons = shapes.reduce(0) { $0 + $1.paddedOutputs }
    let rowLength = passCount * (inputStride + classes + shapes[0].paddedOutputs) + neurons * (errors ? 2 : 1)
    let (floats, overflow) = rowLength.multipliedReportingOverflow(by: capacity)
    guard !overflow else { throw .outOfMemory(bytes: nil) }
    arena = try AlignedBuffer(count: floats)
    layers = try AlignedBuffer(count: passCount * shapes.count)

    var next = arena.pointer
    func take(_ rowLength: Int) -> UnsafeMutablePointer<Float> {
      defer { next += rowLength * capacity }
      return next
    }
    let shared = shapes.map { shape in
      let a = take(shape.paddedOutputs)
      return (a: a, delta: errors ? take(shape.paddedOutputs) : a)
    }
    var passes: [Backpropagation] = []
    for pass in 0..<passCount {
      let input = take(inputStride)
      let firstLayer = layers.pointer + pass * shapes.count
      var x = input
      var xStride = inputStride
      for (l, shape) in shapes.enumerated() {
        let a = l == 0 && passCount > 1 ? take(shape.paddedOutputs) : shared[l].a
        (firstLayer + l).initialize(
          to: DenseLayer(
            inputs: shape.inputs, outputs: shape.outputs, paddedOutputs: shape.paddedOutputs,
            panels: network.panels(l), biases: network.biasPointer(l), x: x, xStride: xStride, a: a,
            delta: shared[l].delta))
        x = a
        xStride = shape.paddedOutputs
      }
      passes.append(
        Backpropagation(
          layers: firstLayer, layerCount: shapes.count, cost: network.cost,
          input: denseInput ? input : nil, inputStride: inputStride, target: take(classes)))
    }
    self.passes = passes
    self.capacity = capacity
    self.network = network  // keeps the parameters alive as long as the pointers to them
  }

  /// Activations of the output layer [capacity, outputStride].
  var output: UnsafePointer<Float> { UnsafePointer(passes[0].output.a) }

  /// Row length of `output`.
  var outputStride: Int { passes[0].output.paddedOutputs }

  /// Steps 1 and 2 for one mini-batch, on this thread.
  func feedforward(_ batch: MiniBatch) {
    let rows = 0..<batch.count
    passes[0].setInput(batch, rows: rows)
    passes[0].feedforwardFirst(batch, nil)
    passes[0].feedforwardRest(rows: rows)
  }
}
