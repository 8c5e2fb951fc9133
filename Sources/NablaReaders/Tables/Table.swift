import Nabla

/// A table as it was read: numbers as they are, words as places of categories, NaN where there was nothing.
public struct Table: Sendable {
  /// What is learned from the features.
  public enum Target: Equatable, Sendable {
    /// Classes and their names: as numbers if all are, else as text; or in the order of `TableOptions.classNames`.
    case classes([String])
    /// Numbers, and the names of their columns.
    case values([String])
    /// The file has features alone.
    case none
  }

  /// The rows.
  package let storage: TableStorage
  /// One a feature.
  public let columns: [FeatureColumn]
  /// What is learned.
  public let target: Target
  /// The names of the target's columns.
  public let targetNames: [String]
  /// Cells without a value, one number a feature.
  public let missingCounts: [Int]
  /// Groups, in the order they came in; 0 without a group column.
  public let groupCount: Int
  /// Whether the first row named the columns.
  public let hasHeader: Bool
  /// What people should know about how the file was taken, a line each.
  public let notes: [String]

  /// Rows.
  public var rowCount: Int { storage.count }

  /// Creates a table that some reader filled.
  package init(
    storage: TableStorage, columns: [FeatureColumn], target: Target, targetNames: [String],
    missingCounts: [Int], groupCount: Int = 0, hasHeader: Bool, notes: [String] = []
  ) {
    self.storage = storage
    self.columns = columns
    self.target = target
    self.targetNames = targetNames
    self.missingCounts = missingCounts
    self.groupCount = groupCount
    self.hasHeader = hasHeader
    self.notes = notes
  }
}

extension Table {
  /// Returns the rows as a data set, without copying them.
  ///
  /// - Throws: `FileError` if the machine has too little memory.
  package func dataset(path: String) throws(FileError) -> Dataset {
    let target: DataEncoding.Target =
      switch target {
      case .classes(let names): .classes(names: names)
      case .values(let names): .values(names.map { DataEncoding.Value(name: $0) })
      case .none: .classes(names: [])
      }
    return try FileError.at(path) { () throws(NablaError) in
      try Dataset(table: storage, columns: columns, target: target)
    }
  }
}
