import Nabla

extension TablePlan {
  /// Lines about columns that are read in a way that people may not expect.
  ///
  /// - Parameter forced: columns that were asked for as words.
  func notes(on sample: TableSample, forced: Set<Int>) -> [String] {
    let large = features.filter { roles[$0].kind == .number && sample.columns[$0].hasLargeWhole }
    let mixed = (features + targets).filter { index in
      let column = sample.columns[index]
      return roles[index].kind == .word && !forced.contains(index) && column.words > 0
        && column.numbers > column.words
    }
    return Self.listed(large) { index in
      "\(names.words(index)) has whole numbers of 16,777,216 and more: they are kept to seven digits"
    }
      + Self.listed(mixed) { index in
        let column = sample.columns[index]
        return
          "\(names.words(index)) is taken as words: \(column.words.grouped) of its first cells are words, "
          + "\(column.numbers.grouped) are numbers"
      }
  }

  /// Lines about categories that name rows rather than kinds, after `rows` rows.
  func identifierNotes(rows: Int) -> [String] {
    let columns = wordColumns.filter { column in
      guard case .feature = column.meaning else { return false }
      return column.isOpen && column.words.count > 20 && column.words.count * 2 > rows
    }
    return Self.listed(columns) { column in
      "\(names.words(column.column)) has \(column.words.count.grouped) different words in \(rows.grouped) rows: "
        + "an identifier? --ignore '\(names.all[column.column])' leaves it out"
    }
  }

  /// A line for each of the first columns, and one for the rest: a table may have thousands.
  private static func listed<Column>(_ columns: [Column], _ line: (Column) -> String) -> [String] {
    let most = 4
    let rest = columns.count - most
    return columns.prefix(most).map(line)
      + (rest > 0 ? ["so \(rest == 1 ? "is another column" : "are \(rest.grouped) other columns")"] : [])
  }
}
