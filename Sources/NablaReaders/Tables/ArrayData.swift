import Nabla

/// What a file of arrays or of svmlight text holds.
package enum ArrayData {
  /// Bytes that are pictures. Without an array of labels every label is 0.
  case pictures(Dataset, hasLabels: Bool)
  /// Numbers; the columns are called x1, x2, ..., or x0, x1, ... where svmlight text counts from 0.
  case table(storage: TableStorage, columns: [FeatureColumn], target: ArrayTarget)
}

/// What there is to learn in a table of arrays.
package enum ArrayTarget: Equatable {
  /// Features only.
  case none
  /// The storage has a label for each row; class i is called as the i-th name says.
  case classes([String])
  /// The storage has so many real targets for each row.
  case values(Int)
}

/// The sets that lie in one file, or beside each other.
package struct ArrayParts {
  /// What to learn from.
  package let training: ArrayData
  /// nil where the names speak of no test set. Its classes are those of the training set.
  package let test: ArrayData?

  package init(training: ArrayData, test: ArrayData?) {
    self.training = training
    self.test = test
  }
}

/// The memory that samples take once they are loaded.
package struct SampleMemory: Equatable, Sendable {
  /// Samples to train with; as many at most where only reading tells.
  package var trainingCount: Int
  /// Bytes of all sets: a pixel takes one, and a number of a table four. Images with many zeros will take less.
  package var bytes: Int

  package init(trainingCount: Int, bytes: Int) {
    self.trainingCount = trainingCount
    self.bytes = bytes
  }
}
