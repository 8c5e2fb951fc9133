import Nabla

extension DataSource {
  /// Reads a file of numbers, or a folder of NPY files; columns are called x1, x2, ... or as the model's.
  static func load(
    _ format: ArrayFormat, _ path: String, classCount: Int?, _ options: TableOptions, maxBytes: Int
  ) throws(FileError) -> LoadedData {
    try refuseColumns(options, path: path)
    let parts =
      format == .svmlight
      ? ArrayParts(
        training: try SVMLight.read(
          path, featureCount: options.columns?.count, firstIndex: firstIndex(of: options.columns),
          task: options.task, maxBytes: maxBytes), test: nil)
      : try format.read(path, task: options.task, maxBytes: maxBytes)
    if options.missing == .refuse {
      try refuseMissing(parts.training, of: parts.test == nil ? "" : " of the training set", path: path)
      try parts.test.map { (data) throws(FileError) in
        try refuseMissing(data, of: " of the test set", path: path)
      }
    }
    let training = try dataset(parts.training, classCount: classCount, options, path: path)
    let test = try parts.test.map { (data) throws(FileError) in
      try dataset(data, classCount: classCount, options, path: path)
    }
    return LoadedData(
      training: training, test: test, name: path, targetNames: training.isTable ? ["y"] : [])
  }

  /// What a model's first column is called in svmlight text; nil lets the file tell.
  private static func firstIndex(of columns: [FeatureColumn]?) -> Int? {
    columns.map { $0.first?.name == "x0" ? 0 : 1 }
  }

  /// Refuses the first number that is missing; rows count from 0, as in NumPy.
  private static func refuseMissing(_ data: ArrayData, of part: String, path: String) throws(FileError) {
    guard case .table(let storage, let columns, _) = data, let (row, column) = storage.firstMissing else {
      return
    }
    throw FileError(
      path, "row \(row)\(part) has no value in column \(columns[column].name)",
      expected: "one in every row", found: "nan", remedy: .fillMissing)
  }

  private static func refuseColumns(_ options: TableOptions, path: String) throws(FileError) {
    let asked: [(name: String?, what: String)] = [
      (options.columns == nil ? options.target : nil, "target"), (options.weights, "weights"),
      (options.group, "group"), (options.ignored.first, "column to leave out"),
      (options.categorical.first, "column of words"),
    ]
    for case let (name?, what) in asked {
      throw FileError(
        path, "has no columns with names", expected: "a table of text for the \(what) \(name)",
        found: "arrays", kind: .invalidRequest)
    }
  }

  private static func dataset(
    _ data: ArrayData, classCount: Int?, _ options: TableOptions, path: String
  ) throws(FileError) -> Dataset {
    switch data {
    case .pictures(let pictures, let hasLabels):
      guard hasLabels else {
        throw FileError(
          path, "has no labels", expected: "y beside X, or labels beside images", found: "images alone")
      }
      guard let classCount else { return pictures }
      return try FileError.at(path) { () throws(NablaError) in try pictures.withClassCount(classCount) }
    case .table(let storage, var columns, let target):
      if let expected = options.columns {
        guard expected.count == columns.count else {
          throw FileError(
            path, "has another number of columns than the model", expected: "\(expected.count)",
            found: "\(columns.count)")
        }
        if expected.allSatisfy({ $0.kind == .number }) { columns = expected }
      }
      return try FileError.at(path) { () throws(NablaError) in
        switch target {
        case .none: throw .mismatch("expected targets, y beside X, found features alone")
        case .values(let count):
          let names = count == 1 ? ["y"] : (1...max(count, 1)).map { "y\($0)" }
          return try Dataset(
            table: storage, columns: columns, target: .values(names.map { .init(name: $0) }))
        case .classes(let names):
          let known = options.classNames ?? names
          try storage.relabel(from: names, to: known)
          return try Dataset(table: storage, columns: columns, target: .classes(names: known))
        }
      }
    }
  }
}
