import Nabla

/// The targets of a set of samples as they were read, before it is known whether they are classes.
struct TargetColumn {
  let path: String
  /// Targets of a sample.
  let width: Int
  /// Targets [count, width]; empty where they are words.
  private(set) var values: [Float] = []
  /// The class of every sample; nil once they cannot be classes.
  private(set) var classes: ClassCollector? = ClassCollector()
  /// Whether the targets are words.
  private(set) var isWords = false
  /// Whether each row is one 1 among zeros.
  private var isOneHot = false
  /// Why the targets cannot be classes.
  private(set) var objection: FileError?

  init(path: String, width: Int = 1) {
    self.path = path
    self.width = width
  }

  /// Adds the target of the next sample.
  mutating func add(_ value: Double, at place: FileError.Place? = nil) throws(FileError) {
    let name = "target \(values.count)"
    guard !value.isNaN else {
      throw FileError(path, at: place, "\(name) is missing", expected: "a number", found: "nan")
    }
    guard Float(value).isFinite else { throw NPYArray.notFinite(value, name, path: path, at: place) }
    if let whole = Int(exactly: value) {
      collect(.number(whole), at: place)
    } else if classes != nil {
      classes = nil
      objection = FileError(
        path, at: place, "\(name) is not a class", expected: "a whole number", found: "\(value)")
    }
    values.append(Float(value))
  }

  /// Adds the target of the next sample, exactly.
  mutating func add(_ value: Int) {
    collect(.number(value), at: nil)
    values.append(Float(value))
  }

  /// Adds the class of the next sample.
  mutating func add(_ word: String) {
    isWords = true
    collect(.word(word), at: nil)
  }

  private mutating func collect(_ name: ClassCollector.Name, at place: FileError.Place?) {
    guard classes != nil, classes?.add(name) == false else { return }
    classes = nil
    objection = FileError(
      path, at: place, "has more classes than a network may have",
      expected: "at most \(Dataset.mostClasses)", found: "more")
  }

  /// Whether the targets look like classes: words always; whole numbers, of whatever type, as `ClassRule` says.
  var looksLikeClasses: Bool {
    guard !isWords, !isOneHot else { return true }
    guard let classes else { return false }
    return classes.names.count <= ClassRule.most(among: classes.rows.count)
  }

  /// Takes over targets [count, width] of several numbers. Where each row is one 1 among zeros, its place is the class.
  mutating func take(_ matrix: [Float]) {
    values = matrix
    classes = ClassCollector(oneHot: matrix, width: width)
    isOneHot = classes != nil
    if classes == nil {
      objection = FileError(
        path, "has \(width) targets a sample", expected: "one, or a 1 among zeros in every row")
    }
  }
}

/// The classes that occur in a set of samples, and the class of each, as they come.
struct ClassCollector {
  enum Name: Hashable {
    case number(Int)
    case word(String)

    var text: String {
      switch self {
      case .number(let number): "\(number)"
      case .word(let word): word
      }
    }
  }

  private(set) var names: [Name] = []
  /// For each sample the place of its class in `names`.
  private(set) var rows: [UInt16] = []
  private var places: [Name: UInt16] = [:]

  init() {}

  /// Collects the classes of rows of `width` numbers, one 1 among zeros; nil if one row is none.
  init?(oneHot matrix: [Float], width: Int) {
    guard width <= Dataset.mostClasses else { return nil }
    names = (0..<width).map { .number($0) }
    for start in stride(from: 0, to: matrix.count, by: width) {
      let row = matrix[start..<start + width]
      guard let place = row.firstIndex(of: 1), row.count(where: { $0 == 0 }) == width - 1 else { return nil }
      rows.append(UInt16(place - start))
    }
  }

  /// Adds a sample; false where its class would be one too many.
  mutating func add(_ name: Name) -> Bool {
    if let place = places[name] {
      rows.append(place)
      return true
    }
    guard names.count < Dataset.mostClasses else { return false }
    let place = UInt16(names.count)
    places[name] = place
    names.append(name)
    rows.append(place)
    return true
  }
}
