import Nabla

/// Which columns of a file are the features, the targets, the weights, the group and the id.
struct ColumnChoice {
  private(set) var targets: [Int] = []
  private(set) var weights: Int?
  private(set) var group: Int?
  private(set) var id: Int?
  private(set) var notes: [String]
  private let sample: TableSample
  private let path: String
  /// What each column was asked for as.
  private var uses: [Int: String] = [:]

  private static let targetNames = ["label", "class", "target", "y", "species"]

  init(_ sample: TableSample, path: String) {
    self.sample = sample
    notes = sample.notes
    self.path = path
  }

  private var names: ColumnNames { sample.names }

  /// Takes the columns that `options` name.
  ///
  /// - Parameter needsTarget: false for rows to predict, whose targets are left out where they are there.
  mutating func take(_ options: TableOptions, needsTarget: Bool) throws(FileError) {
    for name in options.ignored { uses[try names.require(name, path: path)] = "left out" }
    weights = try use(options.weights, as: "the weights")
    group = try use(options.group, as: "the group")
    id = try use(options.id, as: "the id")
    guard let target = options.target else { return }
    guard needsTarget else {
      leaveOutTarget(target, options)
      return
    }
    if let column = names.find(target) {
      targets = [try use(column, as: "the target")]
    } else {
      // A name may hold a comma itself, so the whole is looked for first.
      for part in target.split(separator: ",", omittingEmptySubsequences: false) {
        let name = part.drop { $0 == " " }
        targets.append(try use(names.require(String(name), path: path), as: "a target"))
      }
    }
  }

  /// Leaves out the columns that a model learned, as far as the table has them: by their exact names, or by place
  /// where it has no header and more columns than features.
  private mutating func leaveOutTarget(_ target: String, _ options: TableOptions) {
    guard names.hasHeader || names.all.count != options.columns?.count else { return }
    for name in [target] + target.split(separator: ",").map(String.init) {
      if let column = names.all.firstIndex(of: name), uses[column] == nil {
        targets.append(column)
        uses[column] = "a target"
      }
    }
  }

  private mutating func use(_ name: String?, as use: String) throws(FileError) -> Int? {
    guard let name else { return nil }
    return try self.use(names.require(name, path: path), as: use)
  }

  private mutating func use(_ column: Int, as use: String) throws(FileError) -> Int {
    if let other = uses[column] {
      throw FileError(
        path, "\(names.words(column)) is asked for as two things", expected: "one",
        found: "\(other) and \(use)", kind: .invalidRequest)
    }
    uses[column] = use
    return column
  }

  /// Returns the columns of the features, those of `options.columns` in its order, after it has chosen a target where
  /// none was named.
  mutating func features(_ options: TableOptions, needsTarget: Bool) throws(FileError) -> [Int] {
    let choosesTarget = needsTarget && options.target == nil
    if let expected = options.columns {
      let features = try find(expected, choosesTarget: choosesTarget)
      try refuseOtherUses(of: features, needsTarget: needsTarget)
      if choosesTarget, targets.isEmpty {
        leaveOutEmptyColumns(besides: Set(features))
        try chooseTarget(formerly: options.formerTarget, besides: Set(features))
      }
      return features
    }
    leaveOutRowNumbers()
    leaveOutEmptyColumns(besides: [])
    if choosesTarget {
      guard names.all.count > 1 else {
        throw FileError(
          path, "has one column", expected: "features and a target with ',', ';' or tabs between them")
      }
      chooseTarget(besides: [])
    }
    let features = names.all.indices.filter { uses[$0] == nil }
    guard !features.isEmpty else {
      throw FileError(path, "has no column to learn from", expected: "one more", kind: .invalidRequest)
    }
    return features
  }

  /// Leaves out a first column of whole numbers that has no name where others have: pandas writes its row numbers so.
  private mutating func leaveOutRowNumbers() {
    guard names.hasHeader, names.unnamed.contains(0), uses[0] == nil, names.unnamed.count < names.all.count
    else { return }
    let first = sample.columns[0]
    guard first.words == 0, first.missing == 0, first.isWhole else { return }
    uses[0] = "left out"
    notes.append("column 1 has no name and is left out as row numbers")
  }

  /// Chooses the columns that `former` names, or, where they are not there, the only one that is left.
  private mutating func chooseTarget(formerly former: String?, besides features: Set<Int>) throws(FileError) {
    guard let former else { return chooseTarget(besides: features) }
    let columns = former.split(separator: ",").map { names.find(String($0)) }
    let free = names.all.indices.filter { uses[$0] == nil && !features.contains($0) }
    if columns.allSatisfy({ $0.map { free.contains($0) } ?? false }) {
      targets = columns.compactMap(\.self)
    } else if free.count == 1, columns.count == 1 {
      targets = free
    } else {
      throw FileError(
        path, "has no target", expected: "a column named \(former), or one column besides the features",
        found: free.isEmpty ? "the features alone" : "\(free.count) columns besides the features")
    }
    for target in targets { uses[target] = "the target" }
  }

  /// Leaves out columns without a name and without a value: a separator at the end of each line makes one.
  private mutating func leaveOutEmptyColumns(besides features: Set<Int>) {
    let empty = names.all.indices.filter { uses[$0] == nil && !features.contains($0) && isEmpty($0) }
    guard let first = empty.first else { return }
    for column in empty { uses[column] = "left out" }
    notes.append(
      empty.count == 1
        ? "column \(first + 1) has no name and no values and is left out"
        : "\(empty.count.grouped) columns without a name and values are left out, column \(first + 1) the first"
    )
  }

  private func isEmpty(_ column: Int) -> Bool {
    names.unnamed.contains(column) && sample.columns[column].numbers + sample.columns[column].words == 0
  }

  /// Refuses a model's features that are asked for as something else. The id may be one of them: it is read as both.
  private mutating func refuseOtherUses(of features: [Int], needsTarget: Bool) throws(FileError) {
    let all = Set(features)
    if !needsTarget {
      // Its name may be "a, b", and one of the features "a".
      for column in targets where all.contains(column) { uses[column] = nil }
      targets.removeAll { all.contains($0) }
    }
    for column in features where column != id {
      guard uses[column] != nil else { continue }
      _ = try use(column, as: "a feature of the model")
    }
  }

  private mutating func chooseTarget(besides features: Set<Int>) {
    let others = names.all.indices.filter { uses[$0] == nil && !features.contains($0) }
    let named = Self.targetNames.lazy.compactMap { [names] name in
      others.first { names.all[$0].lowercased() == name }
    }.first
    guard let target = named ?? others.last else { return }
    targets = [target]
    uses[target] = "the target"
  }

  /// The places of columns that are called x1, x2, ...; nil if one is not.
  static func places(ofNumbered columns: [FeatureColumn]) -> [Int]? {
    let places = columns.compactMap { column -> Int? in
      column.name.hasPrefix("x") ? Int(column.name.dropFirst()).flatMap { $0 > 0 ? $0 - 1 : nil } : nil
    }
    return places.count == columns.count ? places : nil
  }

  /// Finds a model's columns.
  private mutating func find(_ expected: [FeatureColumn], choosesTarget: Bool) throws(FileError) -> [Int] {
    // A model from a table without a header knows columns by their numbers.
    let numbers = Self.places(ofNumbered: expected)
    let places = Dictionary(
      zip(names.all, names.all.indices), uniquingKeysWith: { first, _ in first })
    let isNamed = expected.allSatisfy { places[$0.name] != nil }
    if names.hasHeader, isNamed || numbers == nil {
      var features: [Int] = []
      for column in expected {
        guard let place = places[column.name] else {
          throw FileError(
            path, "has no column \"\(column.name)\"", expected: "the model's columns: \(expected.count)",
            found: "\(names.all.count) columns")
        }
        features.append(place)
      }
      return features
    }
    var free = names.all.indices.filter { uses[$0] == nil }
    if free.count == expected.count { return free }
    if let numbers, let last = numbers.max(), last < names.all.count { return numbers }
    let filled = free.filter { !isEmpty($0) }
    if filled.count < free.count, filled.count >= expected.count {
      leaveOutEmptyColumns(besides: [])
      free = filled
      if free.count == expected.count { return free }
    }
    // The id may be a feature.
    let withID = names.all.indices.filter { uses[$0] == nil || $0 == id }
    if withID.count == expected.count { return withID }
    if choosesTarget, free.count == expected.count + 1 {
      chooseTarget(besides: [])
      free.removeAll { targets.contains($0) }
      return free
    }
    throw FileError(
      path, "has no header that names its columns", expected: "the model's columns: \(expected.count)",
      found: "\(free.count) columns")
  }
}
