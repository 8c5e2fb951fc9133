/// What a network's inputs and outputs mean: all that a model needs besides its parameters to read raw data and answer
/// in its words and units.
public struct DataEncoding: Hashable, Sendable {
  /// What the outputs mean.
  public enum Target: Hashable, Sendable {
    /// An output for each class; names are empty where a class is called by its number.
    case classes(names: [String])
    /// Real numbers.
    case values([Value])
  }

  /// One real target: the network learns (y - offset) * factor.
  public struct Value: Hashable, Sendable {
    /// The name of its column.
    public let name: String
    /// Subtracted first.
    public var offset: Float
    /// Multiplied with then.
    public var factor: Float

    /// Creates a target; as it is by default.
    public init(name: String, offset: Float = 0, factor: Float = 1) {
      (self.name, self.offset, self.factor) = (name, offset, factor)
    }
  }

  /// How a table's rows are read; nil for pictures, whose pixels are divided by 255.
  public var features: FeatureEncoding?
  /// What the outputs mean.
  public var target: Target

  /// Creates an encoding; that of pictures with numbered classes by default.
  public init(features: FeatureEncoding? = nil, target: Target = .classes(names: [])) {
    (self.features, self.target) = (features, target)
  }

  /// The name of class `index`.
  public func className(_ index: Int) -> String {
    if case .classes(let names) = target, names.indices.contains(index) { names[index] } else { "\(index)" }
  }

  /// True if the outputs are real numbers.
  public var isRegression: Bool { if case .values = target { true } else { false } }

  /// Returns outputs in the units of the target: a / factor + offset; those of classes as they are.
  ///
  /// Shapes: `outputs` [n, targets].
  public func decoded(_ outputs: [Float]) -> [Float] {
    guard case .values(let values) = target, !values.isEmpty else { return outputs }
    return outputs.enumerated().map { index, output in
      let value = values[index % values.count]
      return Float(Double(output) / Double(value.factor) + Double(value.offset))
    }
  }
}
