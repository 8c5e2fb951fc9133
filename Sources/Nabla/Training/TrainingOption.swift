/// One option of a training run: its names, its default and its limits, written once.
public struct TrainingOption<Value: Sendable>: Sendable {
  /// What it is called in a sentence: "mini-batch size".
  public let name: String
  /// Its key in a model file's metadata: "batch_size". With hyphens it is the word people type.
  public let key: String
  /// The default in words: "10".
  public let standard: String
  /// What is allowed, in words: "a number above 0".
  public let expected: String
  private let isAllowed: @Sendable (Value) -> Bool

  init(
    _ name: String, key: String, standard: String, expected: String,
    isAllowed: @escaping @Sendable (Value) -> Bool
  ) {
    (self.name, self.key, self.standard, self.expected) = (name, key, standard, expected)
    self.isAllowed = isAllowed
  }

  /// Returns whether `value` is allowed.
  public func allows(_ value: Value) -> Bool { isAllowed(value) }

  /// Throws `NablaError.invalidSetting` for a value that is not allowed.
  public func check(_ value: Value) throws(NablaError) {
    guard isAllowed(value) else { throw .invalidSetting(name: name, expected: expected, found: "\(value)") }
  }
}

extension TrainingOption where Value == Int {
  /// A whole number in `range`.
  init(_ name: String, key: String, standard: String, _ range: ClosedRange<Int>) {
    let expected =
      range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
    self.init(name, key: key, standard: standard, expected: expected) { range.contains($0) }
  }
}

extension TrainingConfiguration {
  /// Every option that is a number, with its limits.
  public enum Options {
    /// Neurons of every layer, input first.
    public static let layers = TrainingOption<[Int]>(
      "layer sizes", key: "topology", standard: "784,30,10", expected: "two or more sizes from 1 up"
    ) { $0.count >= 2 && $0.allSatisfy { $0 >= 1 && $0 <= Int(Int32.max) } }
    /// Passes over the training set.
    public static let epochs = TrainingOption("epochs", key: "epochs", standard: "30", 1...1_000_000)
    /// Samples of a step, m.
    public static let miniBatchSize = TrainingOption(
      "mini-batch size", key: "batch_size", standard: "10", 1...1 << 20)
    /// The step length η.
    public static let learningRate = positive(
      "learning rate", key: "learning_rate", standard: "by network, cost and update rule")
    /// λ of L2 regularization.
    public static let l2 = fromZero("L2 regularization", key: "l2", standard: "0")
    /// λ1 of L1 regularization.
    public static let l1 = fromZero("L1 regularization", key: "l1", standard: "0")
    /// μ of momentum and Nesterov, β1 of Adam and AdamW.
    public static let momentum = share("momentum", key: "momentum", standard: "0.9")
    /// β2 of Adam and AdamW.
    public static let beta2 = share("beta2", key: "beta2", standard: "0.999")
    /// ε of Adam and AdamW.
    public static let epsilon = positive("epsilon", key: "epsilon", standard: "1e-8")
    /// The weight decay of AdamW.
    public static let weightDecay = fromZero("weight decay", key: "weight_decay", standard: "0.01")
    /// The share of a layer's neurons that is dropped.
    public static let dropout = share("dropout", key: "dropout", standard: "0")
    /// Epochs without improvement that end a run.
    public static let patience = TrainingOption(
      "patience", key: "patience", standard: "none", 1...1_000_000)
    /// The most threads to train with.
    public static let threads = TrainingOption(
      "threads", key: "threads", standard: "auto", 1...Team.maximumMembers)

    private static func positive(_ name: String, key: String, standard: String) -> TrainingOption<Float> {
      TrainingOption(name, key: key, standard: standard, expected: "a number above 0") {
        $0 > 0 && $0.isFinite
      }
    }

    private static func fromZero(_ name: String, key: String, standard: String) -> TrainingOption<Float> {
      TrainingOption(name, key: key, standard: standard, expected: "a number from 0 up") {
        $0 >= 0 && $0.isFinite
      }
    }

    private static func share(_ name: String, key: String, standard: String) -> TrainingOption<Float> {
      TrainingOption(name, key: key, standard: standard, expected: "a number from 0 up, below 1") {
        $0 >= 0 && $0 < 1
      }
    }
  }
}
