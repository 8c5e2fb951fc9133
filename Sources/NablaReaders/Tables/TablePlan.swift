import Nabla

/// What each column of a table is read as.
struct TablePlan {
  /// What a cell becomes.
  struct Role {
    enum Kind: UInt8 {
      /// Nothing.
      case skipped
      /// Feature number `place`.
      case number
      /// The place of its word in word column number `place`.
      case word
      /// Target number `place`.
      case target
      /// The place of its number among the classes of a model.
      case classNumber
      case weight
    }

    var kind = Kind.skipped
    var place = 0
    /// Whether it names its row, besides.
    var isID = false
  }

  /// A column whose cells are words.
  struct WordColumn {
    enum Meaning: Equatable {
      /// The categories of a feature.
      case feature(Int)
      case target
      case group
    }

    let meaning: Meaning
    /// The column in the file.
    let column: Int
    /// The words so far, or those that a model knows.
    let words: WordTable
    /// Whether other words may come.
    let isOpen: Bool

    /// The most different words there may be.
    var limit: Int {
      switch meaning {
      case .feature: TablePlan.greatestCategoryCount
      case .target: Dataset.mostClasses
      case .group: .max
      }
    }
  }

  /// The most categories of a column; a column with more is an identifier.
  static let greatestCategoryCount = 1000

  let names: ColumnNames
  let dialect: Dialect
  let options: TableOptions
  /// One a column of the file.
  private(set) var roles: [Role]
  private(set) var wordColumns: [WordColumn] = []
  /// The file's columns that the features are, in their order.
  let features: [Int]
  let targets: [Int]
  private(set) var hasWeights = false
  private(set) var hasGroups = false
  /// What people should know about how the columns were taken.
  private(set) var notes: [String] = []

  /// Decides what each column is.
  ///
  /// - Parameter needsTarget: whether a target is looked for where `options` name none.
  /// - Throws: `FileError` for columns that are asked for and not there, or that are asked for as two things.
  init(_ sample: TableSample, options: TableOptions, path: String, needsTarget: Bool) throws(FileError) {
    let names = sample.names
    self.names = names
    self.options = options
    dialect = sample.dialect
    roles = [Role](repeating: Role(), count: sample.columns.count)
    var choice = ColumnChoice(sample, path: path)
    try choice.take(options, needsTarget: needsTarget)
    features = try choice.features(options, needsTarget: needsTarget)
    targets = choice.targets
    notes = choice.notes
    var categorical = Set<Int>()
    for name in options.categorical { categorical.insert(try names.require(name, path: path)) }
    for (place, column) in features.enumerated() {
      let known = options.columns.map { $0[place].kind }
      switch known {
      case .number?: roles[column] = Role(kind: .number, place: place)
      case .category(let words)?: addWords(.feature(place), column: column, known: words)
      case nil where categorical.contains(column) || sample.columns[column].isCategorical:
        addWords(.feature(place), column: column)
      case nil: roles[column] = Role(kind: .number, place: place)
      }
    }
    if targets.count > 1, options.task == .classification {
      throw FileError(
        path, "has several targets", expected: "one column of classes", found: "\(targets.count)",
        kind: .invalidRequest)
    }
    for (place, column) in targets.enumerated() { roles[column] = Role(kind: .target, place: place) }
    if targets.count == 1, options.task != .regression {
      let forced = categorical.contains(targets[0])
      addClasses(sample.columns[targets[0]], column: targets[0], rows: sample.rows, isForced: forced)
    }
    if let weights = choice.weights {
      roles[weights].kind = .weight
      hasWeights = true
    }
    if let group = choice.group {
      addWords(.group, column: group)
      hasGroups = true
    }
    if let id = choice.id { roles[id].isID = true }
    if options.columns == nil { notes += notes(on: sample, forced: categorical) }
  }

  /// Whether the target's words are numbers that no Float holds, which are classes only if they are few.
  private(set) var targetMayBeValues = false
  /// Whether a target of numbers may be classes, as far as the first rows tell.
  private(set) var mayBeClasses = true

  /// The numbers of a model's classes, where all its classes are numbers.
  private(set) var classNumbers: [Float: Int] = [:]

  /// Reads the target as classes where that is known before the rows are read.
  private mutating func addClasses(
    _ target: TableSample.Column, column: Int, rows: Int, isForced: Bool
  ) {
    mayBeClasses = target.isWhole
    if let known = options.classNames {
      let numbers = known.compactMap { FloatParser().number($0) }
      let areExact = numbers.allSatisfy { $0.magnitude < ClassRule.firstInexact }
      if numbers.count == known.count, areExact, Set(numbers).count == known.count, !isForced {
        classNumbers = Dictionary(uniqueKeysWithValues: zip(numbers, known.indices))
        roles[column].kind = .classNumber
      } else {
        addWords(.target, column: column, known: known)
      }
    } else if isForced || target.isCategorical || (options.task == .classification && target.hasLargeNumber) {
      addWords(.target, column: column)
    } else if options.task == .automatic, target.isWhole, target.hasLargeWhole {
      if target.largeWholes.count <= ClassRule.most(among: rows) {
        addWords(.target, column: column)
        targetMayBeValues = true
      } else if rows < TableSample.rowLimit {
        // All rows were looked at.
        mayBeClasses = false
      }
    }
  }

  private mutating func addWords(_ meaning: WordColumn.Meaning, column: Int, known: [String]? = nil) {
    roles[column] = Role(kind: .word, place: wordColumns.count)
    wordColumns.append(
      WordColumn(meaning: meaning, column: column, words: WordTable(known ?? []), isOpen: known == nil))
  }

  /// The word column of the target; nil where its cells are numbers.
  var targetWords: WordColumn? { wordColumns.first { $0.meaning == .target } }

  /// The word column of a feature; nil where its cells are numbers.
  func words(feature: Int) -> WordColumn? {
    let role = roles[features[feature]]
    return role.kind == .word ? wordColumns[role.place] : nil
  }
}

extension TablePlan {
  /// Leaves out targets, weights and groups: a stream is for what a model reads.
  mutating func skipAllButFeatures() {
    let features = Set(features)
    for column in roles.indices where !features.contains(column) {
      roles[column] = Role(isID: roles[column].isID)
    }
  }
}
