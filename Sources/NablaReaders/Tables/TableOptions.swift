import Nabla

/// How a table is read: which column is what, and what is expected of it.
///
/// A column is named as in the header, or by its number from 1; -1 is the last. A name that only differs in case is
/// found too, if it is the only one.
public struct TableOptions: Hashable, Sendable {
  /// What a cell without a value means.
  public enum Missing: String, Sendable {
    /// It is kept as NaN, to be filled later.
    case fill
    /// It is an error.
    case refuse
  }

  /// What is learned.
  public enum Task: String, Sendable {
    /// The target tells: words are classes. Numbers are if all are whole, there are at most max(20, √rows) different
    /// ones, and at least two rows a class on average.
    case automatic
    case classification
    case regression
  }

  /// The column of the targets; several, with commas between them, are learned together as numbers. nil takes a column
  /// named label, class, target, y or species, in any case, else the last.
  public var target: String?
  /// Columns to leave out.
  public var ignored: [String] = []
  /// Columns whose cells are words, even where they look like numbers.
  public var categorical: [String] = []
  public var missing = Missing.fill
  /// The column of the samples' weights.
  public var weights: String?
  /// The column that says which samples belong together.
  public var group: String?
  /// A column that names the rows; nothing is learned from it.
  public var id: String?
  public var task = Task.automatic
  /// The features that a model expects, in its order: found by name where the file has a header, else by position.
  /// Other columns are left out.
  public var columns: [FeatureColumn]?
  /// The columns that the training set's target had, with commas between, where `columns` are given and `target` is not:
  /// found by name, or the one column that is left.
  public var formerTarget: String?
  /// The classes that a model knows, in its order.
  public var classNames: [String]?

  /// True if something is asked of a file that only a table has.
  package var asksForTable: Bool {
    var silent = TableOptions()
    silent.task = task == .classification ? .classification : .automatic
    return self != silent
  }

  /// Creates options that let the file tell everything.
  public init() {}
}
