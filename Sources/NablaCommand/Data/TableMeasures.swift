import Nabla

/// What can be counted in a table: each of its columns, and the target.
struct TableMeasures {
  /// A column of features.
  struct Column {
    let name: String
    /// Cells without a value.
    let missing: Int
    let values: Values
  }

  /// What stands in the cells that have a value.
  enum Values {
    case numbers(Range)
    /// How often each word occurs, the most frequent first.
    case words([(name: String, count: Int)])
  }

  /// Where numbers lie.
  struct Range {
    private(set) var least = Double.infinity
    private(set) var largest = -Double.infinity
    private(set) var mean = 0.0
    /// Sum of squares around the mean.
    private var squares = 0.0
    private(set) var count = 0

    /// Of the population.
    var deviation: Double { count > 0 ? (squares / Double(count)).squareRoot() : .nan }

    /// Source: Welford 1962, so that one pass is enough.
    mutating func add(_ value: Float) {
      let value = Double(value)
      count += 1
      let difference = value - mean
      mean += difference / Double(count)
      squares += difference * (value - mean)
      (least, largest) = (min(least, value), max(largest, value))
    }
  }

  /// What is learned.
  enum Target {
    case classes([(name: String, count: Int)])
    case values([(name: String, range: Range)])
  }

  let count: Int
  let columns: [Column]
  let target: Target

  /// - Precondition: `data` is a table.
  init(_ data: Dataset) {
    count = data.count
    columns = (data.encoding.features?.columns ?? []).enumerated().map { place, column in
      switch column.kind {
      case .number:
        var range = Range()
        for row in 0..<data.count {
          let cell = data.cell(row, place)
          if !cell.isNaN { range.add(cell) }
        }
        return Column(name: column.name, missing: data.count - range.count, values: .numbers(range))
      case .category(let words):
        var counts = [Int](repeating: 0, count: words.count)
        for row in 0..<data.count {
          let cell = data.cell(row, place)
          if !cell.isNaN { counts[Int(cell)] += 1 }
        }
        let sorted = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        return Column(
          name: column.name, missing: data.count - counts.reduce(0, +),
          values: .words(sorted.map { (words[$0], counts[$0]) }))
      }
    }
    switch data.encoding.target {
    case .classes:
      var counts = [Int](repeating: 0, count: data.classCount)
      for row in 0..<data.count { counts[data.label(at: row)] += 1 }
      target = .classes(counts.enumerated().map { (data.encoding.className($0), $1) })
    case .values(let values):
      var ranges = [Range](repeating: Range(), count: values.count)
      for row in 0..<data.count {
        for (place, value) in data.values(at: row).enumerated() { ranges[place].add(value) }
      }
      target = .values(zip(values, ranges).map { ($0.name, $1) })
    }
  }
}

extension TableMeasures {
  /// Columns that people see; `--json` has all.
  static let mostColumns = 30

  /// A row for each column, at most 80 characters wide: numbers with their range, words with the most frequent ones.
  var columnLines: [String] {
    let shown = columns.prefix(Self.mostColumns)
    let nameWidth = min(24, max(6, shown.map(\.name.onOneLine.count).max() ?? 0))
    func line(_ name: String, _ cells: [String]) -> String {
      (name.onOneLine.cut(to: nameWidth).padded(to: nameWidth)
        + zip(cells, [10, 14, 14, 14]).map { $0.padded(to: $1, right: true) }.joined())
    }
    var lines = [line("column", ["missing", "least", "mean", "largest"])]
    for column in shown {
      let missing = column.missing.grouped
      switch column.values {
      case .numbers(let range) where range.count == 0:
        lines.append(line(column.name, [missing, "-", "-", "-"]))
      case .numbers(let range):
        lines.append(
          line(column.name, [missing] + [range.least, range.mean, range.largest].map(\.sixDigits)))
      case .words(let words):
        let start = line(column.name, [missing]) + "  "
        lines.append(start + Self.text(of: words, width: 80 - start.count))
      }
    }
    let rest = columns.count - shown.count
    if rest > 0 {
      lines.append("and \(rest.grouped) more \(rest == 1 ? "column" : "columns"); --json prints all")
    }
    return lines
  }

  /// "2 words: male 577, female 314", as many as fit.
  private static func text(of words: [(name: String, count: Int)], width: Int) -> String {
    var text = "\(words.count.grouped) \(words.count == 1 ? "word" : "words"):"
    for (place, word) in words.enumerated() {
      let piece = (place == 0 ? " " : ", ") + "\(word.name.onOneLine) \(word.count.grouped)"
      let isLast = place == words.count - 1
      guard text.count + piece.count + (isLast ? 0 : 5) <= width || place == 0 else { return text + ", ..." }
      text += piece
    }
    return text.cut(to: width)
  }

  var json: JSON {
    let columns: [JSON] = columns.map { column in
      let start: [(String, JSON)] = [("name", .string(column.name))]
      switch column.values {
      case .numbers(let range):
        return .object(start + [("kind", "number"), ("missing", .integer(column.missing))] + range.members)
      case .words(let words):
        return .object(
          start + [
            ("kind", "category"), ("missing", .integer(column.missing)), ("words", Self.json(words)),
          ])
      }
    }
    return ["count": .integer(count), "columns": .array(columns), "target": targetJSON]
  }

  private var targetJSON: JSON {
    switch target {
    case .classes(let classes): ["classes": Self.json(classes)]
    case .values(let values):
      ["values": .array(values.map { .object([("name", .string($0.name))] + $0.range.members) })]
    }
  }

  private static func json(_ counts: [(name: String, count: Int)]) -> JSON {
    .array(counts.map { ["name": .string($0.name), "count": .integer($0.count)] })
  }
}

extension TableMeasures.Range {
  /// Null where there is no number.
  var members: [(String, JSON)] {
    [
      ("least", .number(least)), ("mean", .number(count > 0 ? mean : .nan)), ("largest", .number(largest)),
      ("deviation", .number(deviation)),
    ]
  }
}

/// The targets of one or two parts of a table beside each other.
struct TargetLines {
  let names: [String]
  let parts: [(name: String, measures: TableMeasures)]

  /// Classes that people see; `--json` has all.
  private static let mostClasses = 30

  /// Classes with their counts and shares, or the range of each real target.
  var lines: [String] {
    guard case .classes(let classes)? = parts.first?.measures.target else { return parts.flatMap(ranges) }
    let counts = parts.map { part in
      if case .classes(let classes) = part.measures.target { classes.map(\.count) } else { [Int]() }
    }
    let shown = classes.prefix(Self.mostClasses)
    let title = (names.first ?? "class").onOneLine
    let width = min(40, max(title.count, shown.map(\.name.onOneLine.count).max() ?? 0))
    func line(_ name: String, _ cells: [String]) -> String {
      name.cut(to: width).padded(to: width)
        + cells.map { $0.padded(to: 20, right: true) }.joined()
    }
    var lines = [line(title, parts.map(\.name))]
    for (place, one) in shown.enumerated() {
      let cells = zip(parts, counts).map { part, counts in
        let count = counts.indices.contains(place) ? counts[place] : 0
        return
          "\(count.grouped)  \((Double(count) / Double(part.measures.count)).percent.padded(to: 7, right: true))"
      }
      lines.append(line(one.name.onOneLine, cells))
    }
    let rest = classes.count - shown.count
    if rest > 0 {
      lines.append("and \(rest.grouped) more \(rest == 1 ? "class" : "classes"); --json prints all")
    }
    return lines
  }

  private func ranges(_ part: (name: String, measures: TableMeasures)) -> [String] {
    guard case .values(let values) = part.measures.target else { return [] }
    let width = min(24, max(6, values.map(\.name.onOneLine.count).max() ?? 0))
    func line(_ name: String, _ cells: [String]) -> String {
      name.cut(to: width).padded(to: width) + cells.map { $0.padded(to: 14, right: true) }.joined()
    }
    let title = parts.count > 1 ? "target, \(part.name)" : "target"
    return [line(title, ["least", "mean", "largest", "deviation"])]
      + values.map { name, range in
        line(name.onOneLine, [range.least, range.mean, range.largest, range.deviation].map(\.sixDigits))
      }
  }
}

extension Double {
  /// The number with up to six digits that count: 5.84333, 17, 1.5e+06.
  var sixDigits: String { String(format: "%.6g", self) }
}
