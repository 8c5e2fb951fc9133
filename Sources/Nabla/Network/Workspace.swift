/// The memory of passes over at most `capacity` samples: inputs, targets, activations, errors, dropout's masks.
///
/// A training loop asks for two passes that differ in their inputs, targets, masks and first activations and share
/// the rest, so that one mini-batch can enter the network while the one before is leaving it.
final class Workspace {
  /// What the passes are to do.
  struct Purpose {
    /// Whether the first layer reads sparse rows where they lie.
    var isSparse: Bool
    /// Whether steps 3 to 5 will run.
    var hasErrors = true
    var passCount = 1
    /// For each layer the share of its inputs that is dropped; empty if nothing is.
    var dropout: [Float] = []
    /// Draws the masks and the distortions.
    var seed: UInt64 = 0
    /// How pictures of `imageShape` are distorted, by as many members.
    var augmentation = Augmentation.none
    var imageShape = Dataset.ImageShape(rows: 1, columns: 1)
    var members = 1
    /// The most entries of a sparse row of the data: the room for a row that dropout writes.
    var longestRow = 0
    /// Arenas of the update rule's states, laid out like the parameters.
    var states: [UnsafeMutablePointer<Float>] = []

    static func feedforward(isSparse: Bool) -> Purpose { Purpose(isSparse: isSparse, hasErrors: false) }

    /// The room for a row that step 1 writes: a distorted picture may have more ink than any.
    var freshRow: Int { augmentation.isNone ? longestRow : imageShape.rows * imageShape.columns }
  }

  let capacity: Int
  /// The passes, one after the other.
  private let passes: AlignedBuffer<Pass>
  private let floats: AlignedBuffer<Float>
  private let masks: AlignedBuffer<UInt16>
  private let places: AlignedBuffer<UInt64>
  private let layers: AlignedBuffer<DenseLayer>
  private let updated: AlignedBuffer<UpdatedLayer>
  private let dropouts: AlignedBuffer<Dropout>
  private let distorter: DistorterMemory?
  private let network: Network

  /// - Throws: `NablaError.outOfMemory`.
  init(network: Network, capacity: Int, _ purpose: Purpose) throws(NablaError) {
    self.network = network  // keeps the parameters alive as long as the pointers to them
    self.capacity = capacity
    let rooms = Rooms(network.layout, purpose)
    let passCount = purpose.passCount
    let layerCount = network.layout.layers.count
    floats = try AlignedBuffer(count: Self.product(rooms.floatsPerSample, capacity, plus: 256))
    masks = try AlignedBuffer(count: Self.product(passCount * rooms.words.reduce(0, +), capacity))
    places = try AlignedBuffer(count: rooms.hasFreshRows ? passCount * 2 * capacity : 0)
    passes = try AlignedBuffer(count: passCount)
    layers = try AlignedBuffer(count: passCount * layerCount)
    updated = try AlignedBuffer(count: layerCount)
    dropouts = try AlignedBuffer(count: rooms.dropsAnything ? passCount * layerCount : 0)
    if purpose.augmentation.isNone {
      distorter = nil
    } else {
      distorter = try DistorterMemory(
        purpose.augmentation, shape: purpose.imageShape, seed: purpose.seed, members: purpose.members)
    }
    setUp(rooms, purpose)
  }

  private static func product(_ first: Int, _ second: Int, plus rest: Int = 0) throws(NablaError) -> Int {
    let (product, overflow) = first.multipliedReportingOverflow(by: second)
    guard !overflow, product < Int.max - rest else { throw .outOfMemory(bytes: nil) }
    return product + rest
  }

  /// How much of each kind one sample takes.
  private struct Rooms {
    let dropsAnything: Bool
    /// Whether each layer's inputs are dropped.
    let drops: [Bool]
    let hasFreshRows: Bool
    /// Floats of dense input in a pass.
    let inputStride: Int
    /// Floats of targets in a pass.
    let classes: Int
    let floatsPerSample: Int
    /// 16-bit words in a pass: each layer's masks, then the entries of fresh rows.
    let words: [Int]

    init(_ layout: ParameterLayout, _ purpose: Purpose) {
      let shapes = layout.layers
      let drops = shapes.indices.map { $0 < purpose.dropout.count && purpose.dropout[$0] > 0 }
      self.drops = drops
      dropsAnything = drops.contains(true)
      hasFreshRows = purpose.isSparse && (drops[0] || !purpose.augmentation.isNone)
      inputStride = purpose.isSparse ? 0 : paddedToPanels(shapes[0].inputs)
      classes = purpose.hasErrors ? shapes[shapes.count - 1].paddedOutputs : 0
      let dropped = shapes.indices.dropFirst().reduce(0) {
        $0 + (drops[$1] ? shapes[$1 - 1].paddedOutputs : 0)
      }
      let neurons = shapes.reduce(0) { $0 + $1.paddedOutputs }
      let ownPerPass = inputStride + classes + (purpose.passCount > 1 ? shapes[0].paddedOutputs : 0)
      floatsPerSample = purpose.passCount * ownPerPass + neurons * (purpose.hasErrors ? 2 : 1) + dropped
      words =
        shapes.indices.map { drops[$0] ? paddedToPanels(shapes[$0].inputs) / panelWidth : 0 }
        + [hasFreshRows ? purpose.freshRow : 0]
    }
  }

  /// Hands out memory, `capacity` rows at a time.
  private struct Cursor<Element: BitwiseCopyable> {
    var next: UnsafeMutablePointer<Element>
    let capacity: Int

    mutating func take(_ rowLength: Int) -> UnsafeMutablePointer<Element> {
      defer { next += rowLength * capacity }
      return next
    }
  }

  /// What a layer shares with the same layer of the other pass.
  private struct Shared {
    let a: UnsafeMutablePointer<Float>
    let delta: UnsafeMutablePointer<Float>
    /// What the layer reads where its inputs are dropped.
    let droppedInput: UnsafeMutablePointer<Float>?
  }

  private func setUp(_ rooms: Rooms, _ purpose: Purpose) {
    let shapes = network.layout.layers
    // The inputs that pixels stand for where inputs are dropped.
    let values = floats.pointer
    var floats = Cursor(next: floats.pointer + 256, capacity: capacity)
    var words = Cursor(next: masks.pointer, capacity: capacity)
    for (l, shape) in shapes.enumerated() {
      (updated.pointer + l).initialize(
        to: UpdatedLayer(shape, of: [network.parameters.pointer] + purpose.states))
    }
    let shared = shapes.enumerated().map { l, shape in
      let a = floats.take(shape.paddedOutputs)
      return Shared(
        a: a, delta: purpose.hasErrors ? floats.take(shape.paddedOutputs) : a,
        droppedInput: l > 0 && rooms.drops[l] ? floats.take(shapes[l - 1].paddedOutputs) : nil)
    }
    for index in 0..<purpose.passCount {
      let x = floats.take(rooms.inputStride)
      let target = purpose.hasErrors ? floats.take(rooms.classes) : nil
      setUpLayers(ofPass: index, x: x, shared, rooms, purpose, &floats, &words)
      let firstDropout = rooms.dropsAnything ? dropouts.pointer + index * shapes.count : nil
      var fresh: FreshRows?
      if rooms.hasFreshRows {
        let scale = firstDropout?.pointee.scale ?? 1
        for pixel in 0..<256 { values[pixel] = Float(pixel) / 255 * scale }
        let starts = places.pointer + 2 * index * capacity
        fresh = FreshRows(
          capacity: capacity, slot: purpose.freshRow, starts: starts, ends: starts + capacity,
          entries: words.take(purpose.freshRow), values: values)
      }
      (passes.pointer + index).initialize(
        to: Pass(
          layers: layers.pointer + index * shapes.count, layerCount: shapes.count, cost: network.cost,
          outputActivation: network.topology.outputActivation, x: purpose.isSparse ? nil : x,
          xStride: rooms.inputStride, fresh: fresh, dropout: firstDropout, distorter: distorter?.distorter,
          target: target))
    }
  }

  private func setUpLayers(
    ofPass index: Int, x input: UnsafeMutablePointer<Float>, _ shared: [Shared], _ rooms: Rooms,
    _ purpose: Purpose, _ floats: inout Cursor<Float>, _ words: inout Cursor<UInt16>
  ) {
    let shapes = network.layout.layers
    var x = input
    var xStride = rooms.inputStride
    for (l, shape) in shapes.enumerated() {
      let a = l == 0 && purpose.passCount > 1 ? floats.take(shape.paddedOutputs) : shared[l].a
      x = shared[l].droppedInput ?? x
      if rooms.dropsAnything {
        (dropouts.pointer + index * shapes.count + l).initialize(
          to: Dropout(
            width: shape.inputs, rate: rooms.drops[l] ? purpose.dropout[l] : 0, seed: purpose.seed,
            masks: words.take(rooms.words[l]), output: x))
      }
      (layers.pointer + index * shapes.count + l).initialize(
        to: DenseLayer(
          shape: shape, activation: network.topology.layers[l].activation, panels: network.panels(l),
          biases: network.biasPointer(l), updated: updated.pointer + l, x: x, xStride: xStride, a: a,
          delta: shared[l].delta))
      x = a
      xStride = shape.paddedOutputs
    }
  }

  /// Draws masks and distortions from the streams of `epoch` from now on.
  func setEpoch(_ epoch: Int) {
    distorter?.setEpoch(epoch)
    for index in 0..<dropouts.count {
      let layer = index % network.layout.layers.count
      dropouts.pointer[index].stream = RandomStream.dropout(layer: layer, epoch: epoch)
    }
  }

  /// The first pass.
  var pass: Pass { passes.pointer.pointee }

  /// The first pass and the second.
  var bothPasses: (UnsafePointer<Pass>, UnsafePointer<Pass>) {
    precondition(passes.count >= 2, "a workspace of one pass")
    return (UnsafePointer(passes.pointer), UnsafePointer(passes.pointer + 1))
  }

  /// Activations of the output layer [capacity, outputStride].
  var output: UnsafePointer<Float> { UnsafePointer(pass.output.a) }

  /// Row length of `output`.
  var outputStride: Int { pass.output.paddedOutputs }

  /// Steps 1 and 2 for one mini-batch, on this thread.
  func feedforward(_ batch: MiniBatch) {
    let rows = 0..<batch.count
    pass.setInput(batch, rows: rows)
    pass.feedforwardFirst(batch, nil)
    pass.feedforwardRest(rows: rows)
  }
}
