extension TrainingConfiguration {
  /// What a model file tells of this configuration, for `init(metadata:)` to read back. Nothing that does not
  /// decide a bit, and no default of an option younger than the files it would change.
  ///
  /// A configuration that is not resolved leaves out what is still open.
  public var metadata: [String: String] {
    var strings = [
      Options.epochs.key: String(epochs),
      Options.miniBatchSize.key: String(miniBatchSize),
      Options.l2.key: String(l2),
      "seed": String(seed),
    ]
    strings[Options.layers.key] = layers.map { $0.map(String.init).joined(separator: ",") }
    strings[Options.learningRate.key] = learningRate.map { String($0) }
    strings["cost"] = cost?.rawValue
    strings["init"] = initialization?.rawValue
    strings["activations"] = activationText
    let standard = TrainingConfiguration()
    let standardRule = rule.kind.rule()
    func add<Value: Equatable>(
      _ key: String, _ value: Value, unless standard: Value, _ text: (Value) -> String
    ) {
      if value != standard { strings[key] = text(value) }
    }
    func add(_ option: TrainingOption<Float>, _ value: Float?, unless standard: Float?) {
      add(option.key, value, unless: standard) { $0.map { String($0) } ?? "" }
    }
    add("update", rule.name, unless: standard.rule.name) { $0 }
    add(Options.momentum, rule.momentum, unless: standardRule.momentum)
    add(Options.beta2, rule.beta2, unless: standardRule.beta2)
    add(Options.epsilon, rule.epsilon, unless: standardRule.epsilon)
    add(Options.weightDecay, rule.weightDecay, unless: standardRule.weightDecay)
    add(Options.l1, l1, unless: standard.l1)
    add(Options.dropout.key, dropout, unless: []) { $0.map { String($0) }.joined(separator: ",") }
    add("augment", augmentation, unless: .none, \.description)
    add("schedule", schedule, unless: standard.schedule, \.description)
    add("class_weight", classWeight, unless: standard.classWeight, \.rawValue)
    add(Options.patience.key, patience, unless: nil) { $0.map { String($0) } ?? "" }
    add("patience_measure", patienceMeasure, unless: standard.patienceMeasure, \.rawValue)
    add("keep", keep, unless: standard.keep, \.rawValue)
    return strings
  }

  /// "relu,softmax", one word a layer; nil if all are sigmoid, or the output's is open.
  private var activationText: String? {
    guard let outputActivation else { return nil }
    let hiddenCount = max(0, (layers?.count ?? 3) - 2)
    let all = [Activation](repeating: hiddenActivation, count: hiddenCount) + [outputActivation]
    return Activation.text(of: all)
  }

  /// Creates the configuration that a model file tells of; what it does not mention has its default. Keys that are
  /// no option are ignored.
  ///
  /// - Throws: `NablaError.invalidSetting` for a value that cannot be read or is out of range.
  public init(metadata: [String: String]) throws(NablaError) {
    self.init()
    let read = Reader(strings: metadata)
    layers = try read.list(Options.layers.key, "sizes") { Int($0) }
    epochs = try read(Options.epochs.key, "a whole number") { Int($0) } ?? epochs
    miniBatchSize = try read(Options.miniBatchSize.key, "a whole number") { Int($0) } ?? miniBatchSize
    learningRate = try read.float(Options.learningRate.key)
    l2 = try read.float(Options.l2.key) ?? l2
    l1 = try read.float(Options.l1.key) ?? l1
    seed = try read("seed", "a whole number") { UInt64($0) } ?? seed
    cost = try read("cost", "a cost", Cost.init(rawValue:))
    initialization = try read("init", "an initialization", Initialization.init(rawValue:))
    let kind = try read("update", "an update rule", UpdateRule.Kind.init(rawValue:)) ?? .sgd
    rule = kind.rule(
      momentum: try read.float(Options.momentum.key), beta2: try read.float(Options.beta2.key),
      epsilon: try read.float(Options.epsilon.key), weightDecay: try read.float(Options.weightDecay.key))
    dropout = try read.list(Options.dropout.key, "numbers") { Float($0) } ?? []
    augmentation = try read("augment", "an augmentation") { Augmentation($0) } ?? .none
    schedule = try read("schedule", "a schedule") { Schedule($0) } ?? schedule
    classWeight = try read("class_weight", "a class weight", ClassWeight.init(rawValue:)) ?? .equal
    patience = try read(Options.patience.key, "a whole number") { Int($0) }
    patienceMeasure = try read("patience_measure", "a measure", Measure.init(rawValue:)) ?? .accuracy
    keep = try read("keep", "best or last", Keep.init(rawValue:)) ?? .last
    if let all = try read.list("activations", "activations", Activation.init(rawValue:)), let last = all.last
    {
      outputActivation = last
      hiddenActivation = all.count > 1 ? all[0] : .sigmoid
    } else if layers != nil {
      outputActivation = .sigmoid
    }
    try validate()
  }

  private struct Reader {
    let strings: [String: String]

    func callAsFunction<Value>(
      _ key: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(NablaError) -> Value? {
      guard let text = strings[key] else { return nil }
      guard let value = parse(text) else { throw .invalidSetting(name: key, expected: expected, found: text) }
      return value
    }

    func float(_ key: String) throws(NablaError) -> Float? { try self(key, "a number") { Float($0) } }

    func list<Value>(
      _ key: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(NablaError) -> [Value]? {
      try self(key, expected) { text in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { parse(String($0)) }
        return values.count == parts.count ? values : nil
      }
    }
  }
}

extension Activation {
  /// "relu,softmax", one word a layer, as a model file keeps it; nil if all are sigmoid.
  public static func text(of layers: [Activation]) -> String? {
    layers.allSatisfy { $0 == .sigmoid } ? nil : layers.map(\.rawValue).joined(separator: ",")
  }
}
