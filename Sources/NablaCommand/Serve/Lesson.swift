import Nabla

/// The page's copy of a network, which learns from single pictures, step by step, and can take each step back.
final class Lesson {
  /// What the page shows and teaches.
  private(set) var network: Network
  private let original: Network
  /// The networks before each step that can be undone, oldest first.
  private var before: [Network] = []
  /// Steps since the original.
  private(set) var steps = 0
  /// How many of the drawn digits each network read: (the original, after the last step); nil before the first step.
  private(set) var check: (original: Int, now: Int)?
  private lazy var checkSet = DrawnCheckSet()

  /// Memory for networks to go back to.
  private static let undoBytes = 256 << 20
  /// Digits that show what a step does to everything else.
  static let checkCount = 1000

  init(_ network: Network) throws(NablaError) {
    original = network
    self.network = try network.copy()
  }

  var canUndo: Bool { !before.isEmpty }

  /// w → w - η ∂C/∂w, b → b - η ∂C/∂b for one picture: gradient descent with a mini-batch of one. Source: (20), (21).
  ///
  /// - Throws: `NablaError.notFinite` if a parameter would be none; nothing has changed then.
  func step(image: [UInt8], label: Int, rate: Float) throws(NablaError) {
    let gradient = try network.backpropagate(image: image, label: label).gradient
    let next = try network.copy()
    for layer in network.topology.layers.indices {
      try next.setWeights(
        zip(network.weights(layer: layer), gradient.weights[layer]).map { $0 - rate * $1 }, layer: layer)
      try next.setBiases(
        zip(network.biases(layer: layer), gradient.biases[layer]).map { $0 - rate * $1 }, layer: layer)
    }
    before.append(network)
    let most = max(1, Self.undoBytes / (4 * max(network.topology.parameterCount, 1)))
    if before.count > most { before.removeFirst() }
    network = next
    steps += 1
    try measure()
  }

  /// Takes the last step back.
  func undo() throws(NablaError) {
    guard let last = before.popLast() else { return }
    network = last
    steps -= 1
    try measure()
  }

  /// Takes all steps back.
  func reset() throws(NablaError) {
    network = try original.copy()
    (before, steps, check) = ([], 0, nil)
  }

  /// Reads digits that no step was about: what one picture teaches, others may unlearn.
  private func measure() throws(NablaError) {
    guard network.topology.inputSize == SyntheticDigits.pixelsPerImage, network.topology.outputSize == 10
    else {
      return
    }
    let now = try checkSet.correct(by: network)
    if let check {
      self.check = (check.original, now)
    } else {
      check = (try checkSet.correct(by: original), now)
    }
  }

  /// The learning rate to begin with: what gradient descent gave each picture of a mini-batch, else a small one.
  func usualRate(_ update: UpdateFormula) -> Float {
    guard case .sgd = update.rule, let rate = update.learningRate else { return 0.01 }
    return rate / Float(update.miniBatchSize)
  }
}

/// Drawn digits that no model learned from.
private final class DrawnCheckSet {
  private let pixels: [UInt8]
  private let labels: [UInt8]

  init() {
    (pixels, labels) = SyntheticDigits(seed: 12, split: .test, pen: .varied).rendered(0..<Lesson.checkCount)
  }

  func correct(by network: Network) throws(NablaError) -> Int {
    let outputs = try network.predict(pixels, threads: 1)
    return labels.indices.count { indexOfLargest(Array(outputs[$0 * 10..<$0 * 10 + 10])) == labels[$0] }
  }
}
