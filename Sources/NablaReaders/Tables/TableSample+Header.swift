import Nabla

extension TableSample {
  /// Whether a first row is "150,4,setosa,versicolor,virginica" above rows with these many cells.
  static func isSummary(_ first: [String], columnCount: Int) -> Bool {
    guard first.count > 2, Int(first[0]) != nil, let features = Int(first[1]) else { return false }
    let words = first.dropFirst(2)
    return features == columnCount - 1 && words.allSatisfy { FloatParser().number($0) == nil && !$0.isEmpty }
  }

  /// Whether the first row names the columns, whose other cells `columns` count.
  static func isHeader(
    _ first: [String], _ columns: [Column], dialect: Dialect, expected: [FeatureColumn]?
  ) -> Bool {
    let parser = FloatParser(point: dialect.decimal)
    if let expected, !expected.isEmpty {
      if Set(first).isSuperset(of: expected.map(\.name)) { return true }
      if isRow(first, of: expected, parser) { return false }
    }
    let isNumber = first.map { parser.number($0) != nil }
    let isWord = first.indices.map { !isNumber[$0] && !isMissingText(first[$0]) }
    let ofNumbers = columns.indices.filter { columns[$0].numbers > 0 && !columns[$0].isCategorical }
    let words = ofNumbers.filter { isWord[$0] }
    let numbers = ofNumbers.filter { isNumber[$0] }
    if !words.isEmpty || !numbers.isEmpty {
      if words.isEmpty || words.count >= numbers.count { return !words.isEmpty }
      // Years, say. As a row it would be an error: a word among many numbers.
      return words.contains { columns[$0].words == 0 && columns[$0].numbers >= Column.fewNumbers }
        && areNames(numbers.compactMap { place in parser.number(first[place]).map { ($0, columns[place]) } })
    }
    // Names repeat nothing, not even each other. A separator at the end of each line makes a column of nothing.
    let named = first.indices.filter { index in
      !first[index].isEmpty || index > 0 && columns[index].numbers + columns[index].words > 0
    }
    return !named.isEmpty && named.allSatisfy { isWord[$0] && !columns[$0].repeatsFirst }
      && Set(named.map { first[$0] }).count == named.count
  }

  /// Whether numbers of a first row are rather the names of their columns: whole, all different, and unlike the cells
  /// below.
  private static func areNames(_ numbers: [(value: Float, column: Column)]) -> Bool {
    Set(numbers.map(\.value)).count == numbers.count
      && numbers.allSatisfy { value, column in
        value.rounded() == value && (!column.isWhole || value < column.smallest || value > column.largest)
      }
  }

  /// Whether cells are those of a row of a model's columns, found by their places: numbers where it has numbers, and
  /// words that it knows.
  private static func isRow(_ cells: [String], of expected: [FeatureColumn], _ parser: FloatParser) -> Bool {
    var places = Array(expected.indices)
    if let numbers = ColumnChoice.places(ofNumbered: expected) {
      places = numbers
    } else if !(expected.count...expected.count + 1).contains(cells.count) {
      return false
    }
    var hasValue = false
    for (column, place) in zip(expected, places) {
      guard place < cells.count else { return false }
      if isMissingText(cells[place]) { continue }
      hasValue = true
      switch column.kind {
      case .number: if parser.number(cells[place]) == nil { return false }
      case .category(let words): if !words.contains(cells[place]) { return false }
      }
    }
    return hasValue
  }

  /// What is worth saying about a first row that may be a header, and is taken for a row.
  static func doubt(about first: [String], _ columns: [Column], dialect: Dialect) -> String? {
    let parser = FloatParser(point: dialect.decimal)
    let words = columns.indices.filter { index in
      columns[index].numbers > 1 && columns[index].words == 0 && parser.number(first[index]) == nil
        && !isMissingText(first[index])
    }
    guard let place = words.first else { return nil }
    return "the first row looks like a header and is taken as a row: "
      + "it has the word \"\(first[place])\" above numbers in column \(place + 1)"
  }
}

/// Whether a header's cell stands for a missing value.
private func isMissingText(_ text: String) -> Bool {
  var text = text
  return text.withUTF8 { isMissing($0) }
}
