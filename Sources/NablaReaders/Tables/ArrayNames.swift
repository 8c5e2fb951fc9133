/// Which arrays are the features and the targets, by the names NumPy people give them: the first of each list that is
/// there, in small or capital letters. "X_train" or "train_X" and "X_test" or "test_X" make two sets.
struct ArrayNames {
  /// The names of one set.
  struct Pair: Equatable {
    let features: String
    let targets: String?
  }

  let training: Pair
  let test: Pair?

  static let features = ["x", "data", "features", "images", "inputs"]
  static let targets = ["y", "target", "targets", "label", "labels"]
  static let expected =
    "X and y, data and target, features or images and labels, or X_train, y_train, X_test and y_test"

  /// Finds the sets among all arrays of a file or folder.
  ///
  /// - Returns: nil where no name is one of features to train with.
  /// - Throws: `FileError` for names that differ in capitals alone, or a set that lacks its targets.
  init?(_ names: some Sequence<String>, path: String) throws(FileError) {
    let table = NameTable(names, path: path)
    var training = try table.pair(of: .training)
    if training == nil { training = try table.pair(of: .only) }
    if training == nil { training = try table.positional() }
    guard let training else { return nil }
    try self.init(training, test: table.pair(of: .test), path: path)
  }

  /// Finds what belongs to the file with the name `stem`, among the names of its folder.
  ///
  /// - Returns: features alone where `stem` is none of the names.
  init(around stem: String, among names: some Sequence<String>, path: String) throws(FileError) {
    let table = NameTable(names, path: path)
    for role in [Role.only, .training, .test] where role.names(Self.features).contains(stem.lowercased()) {
      let targets = try table.first(role.names(Self.targets))
      try self.init(
        Pair(features: stem, targets: targets), test: role == .training ? table.pair(of: .test) : nil,
        path: path)
      return
    }
    try self.init(Pair(features: stem, targets: nil), test: nil, path: path)
  }

  private init(_ training: Pair, test: Pair?, path: String) throws(FileError) {
    self.training = training
    self.test = test
    guard let test, (test.targets == nil) != (training.targets == nil) else { return }
    throw FileError(
      path, "has targets for only one of its training and test sets",
      expected: "targets for \(training.features) and for \(test.features)",
      found: training.targets ?? test.targets)
  }

  /// Names in a message: the first ten, in alphabetical order.
  static func list(_ names: some Sequence<String>) -> String? {
    let sorted = names.sorted()
    let rest = sorted.count > 10 ? " and \(sorted.count - 10) more" : ""
    return sorted.isEmpty ? nil : sorted.prefix(10).joined(separator: ", ") + rest
  }
}

/// What the arrays of a set are for.
private enum Role {
  case only
  case training
  case test

  func names(_ stems: [String]) -> [String] {
    switch self {
    case .only: stems
    case .training: stems.flatMap { ["\($0)_train", "train_\($0)"] }
    case .test: stems.flatMap { ["\($0)_test", "test_\($0)"] }
    }
  }
}

/// The names that are there, by their small letters.
private struct NameTable {
  private let path: String
  private var names: [String: [String]] = [:]

  init(_ names: some Sequence<String>, path: String) {
    self.path = path
    for name in names { self.names[name.lowercased(), default: []].append(name) }
  }

  func first(_ candidates: [String]) throws(FileError) -> String? {
    guard let found = candidates.lazy.compactMap({ names[$0] }).first else { return nil }
    guard found.count == 1 else {
      throw FileError(
        path, "has arrays whose names differ in capitals alone", expected: "one of them",
        found: found.sorted().joined(separator: " and "))
    }
    return found.first
  }

  func pair(of role: Role) throws(FileError) -> ArrayNames.Pair? {
    guard let features = try first(role.names(ArrayNames.features)) else { return nil }
    return ArrayNames.Pair(features: features, targets: try first(role.names(ArrayNames.targets)))
  }

  /// What `np.savez(file, X)` and `np.savez(file, X, y)` call their arrays.
  func positional() throws(FileError) -> ArrayNames.Pair? {
    guard names.keys.allSatisfy({ ["arr_0", "arr_1"].contains($0) }), let features = try first(["arr_0"])
    else { return nil }
    return ArrayNames.Pair(features: features, targets: try first(["arr_1"]))
  }
}
