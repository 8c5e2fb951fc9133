import Nabla

/// What the targets of a training and a test set mean, decided for both together: the same classes have the same
/// numbers in both.
enum TargetPlan {
  case none
  case classes([ClassCollector.Name])
  case values(Int)

  /// Decides.
  ///
  /// - Parameter task: `automatic` looks at the training set's targets.
  /// - Throws: `FileError` where a set has targets that are not what the task or the other set needs.
  init(
    training: TargetColumn?, test: TargetColumn? = nil, task: TableOptions.Task = .automatic
  ) throws(FileError) {
    guard let training else {
      self = .none
      return
    }
    let columns = [training] + (test.map { [$0] } ?? [])
    let isClasses =
      switch task {
      case .automatic: training.looksLikeClasses
      case .classification: true
      case .regression: false
      }
    guard isClasses else {
      if let words = columns.first(where: \.isWords) {
        throw FileError(words.path, "has words as targets", expected: "numbers")
      }
      guard training.width == test?.width ?? training.width else {
        throw FileError(
          test?.path ?? "", "has another number of targets than the training set",
          expected: "\(training.width)", found: "\(test?.width ?? 0)")
      }
      self = .values(training.width)
      return
    }
    var names: Set<ClassCollector.Name> = []
    for column in columns {
      guard let classes = column.classes else {
        throw column.objection ?? FileError(column.path, "has no classes as targets")
      }
      guard column.isWords == training.isWords else {
        throw FileError(
          column.path, "has other targets than the training set",
          expected: training.isWords ? "words" : "numbers",
          found: column.isWords ? "words" : "numbers")
      }
      names.formUnion(classes.names)
    }
    guard names.count <= Dataset.mostClasses else {
      throw FileError(
        training.path, "has more classes than a network may have, with those of the test set",
        expected: "at most \(Dataset.mostClasses)", found: "\(names.count)")
    }
    self = .classes(Self.sorted(names))
  }

  /// Targets that a row of the storage needs room for.
  var width: Int {
    switch self {
    case .none: 0
    case .classes: 1
    case .values(let count): count
    }
  }

  /// Writes the targets of a set, whose features are in `storage` already.
  ///
  /// - Throws: `FileError` naming the column's file when the machine has too little memory.
  func write(_ column: TargetColumn?, to storage: TableStorage) throws(FileError) -> ArrayTarget {
    guard let column else { return .none }
    switch self {
    case .none: return .none
    case .values(let count):
      column.values.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        storage.targets.update(from: start, count: values.count)
      }
      return .values(count)
    case .classes(let names):
      guard let classes = column.classes else { preconditionFailure("classes were decided") }
      let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
      let order = classes.names.map { Float(places[$0, default: 0]) }
      for (row, place) in classes.rows.enumerated() { storage.targets[row] = order[Int(place)] }
      try FileError.at(column.path) { () throws(NablaError) in try storage.classify { Int($0) } }
      return .classes(names.map(\.text))
    }
  }

  /// Numerically if all names are numbers, else as text, by code points.
  private static func sorted(_ names: Set<ClassCollector.Name>) -> [ClassCollector.Name] {
    let numbers = names.compactMap { name -> (value: Double, name: ClassCollector.Name)? in
      switch name {
      case .number(let number): (Double(number), name)
      case .word(let word): Double(word).flatMap { $0.isNaN ? nil : ($0, name) }
      }
    }
    func isBefore(_ a: ClassCollector.Name, _ b: ClassCollector.Name) -> Bool {
      // Integers beyond 2^53 differ where their Doubles do not.
      if case (.number(let a), .number(let b)) = (a, b) { return a < b }
      return a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }
    guard numbers.count == names.count else { return names.sorted(by: isBefore) }
    return numbers.sorted { $0.value != $1.value ? $0.value < $1.value : isBefore($0.name, $1.name) }
      .map(\.name)
  }
}
