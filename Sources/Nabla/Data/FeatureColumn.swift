/// One column of a table that a network learns from.
public struct FeatureColumn: Hashable, Sendable {
  /// What its cells are.
  public enum Kind: Hashable, Sendable {
    /// Numbers, one input of the network.
    case number
    /// Words; the network has an input for each, 1 for the word that stands in the cell and 0 for the others.
    case category([String])
  }

  /// The name in the table's header, or "x1", "x2", ... where there is none.
  public let name: String
  /// What its cells are.
  public let kind: Kind

  /// Creates a column.
  public init(name: String, kind: Kind = .number) {
    self.name = name
    self.kind = kind
  }

  /// Inputs of the network that the column becomes.
  public var inputCount: Int {
    switch kind {
    case .number: 1
    case .category(let words): words.count
    }
  }
}
