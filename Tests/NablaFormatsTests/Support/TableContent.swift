import Nabla
import NablaFormats

/// A table with everything that a test compares.
struct TableContent: Equatable {
  var rows: Int
  var columns: Int
  /// Bit patterns, so that NaN is compared too.
  var features: [UInt32]
  var labels: [Int]?
  /// Targets, where they are real.
  var values: [Float]?
  var names: [String]?

  init(
    _ rows: Int, _ columns: Int, _ features: [Float], labels: [Int]? = nil, values: [Float]? = nil,
    names: [String]? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.features = features.map(\.bitPattern)
    self.labels = labels
    self.values = values
    self.names = names
  }

  /// nil for pictures.
  init?(_ data: ArrayData?) {
    guard case .table(let storage, let columns, let target)? = data else { return nil }
    let (count, width) = (storage.count, storage.columnCount)
    let first = columns.first?.name == "x0" ? 0 : 1
    guard columns.map(\.name) == (first..<first + width).map({ "x\($0)" }) else { return nil }
    self.init(count, width, Array(UnsafeBufferPointer(start: storage.features, count: count * width)))
    switch target {
    case .none: break
    case .classes(let names):
      self.names = names
      labels = storage.labels.map { labels in (0..<count).map { Int(labels[$0]) } }
    case .values(let k): values = Array(UnsafeBufferPointer(start: storage.targets, count: count * k))
    }
    withExtendedLifetime(storage) {}
  }
}
