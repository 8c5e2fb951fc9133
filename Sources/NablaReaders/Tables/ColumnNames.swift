/// The names of a table's columns.
struct ColumnNames: Sendable {
  /// One a column: as in the header; "x3" where the third column has none; "name.2" where a column before has it too.
  let all: [String]
  let hasHeader: Bool
  /// Columns that the header gives no name.
  let unnamed: Set<Int>

  /// Names for `count` columns without a header.
  init(count: Int) {
    all = (1...count).map { "x\($0)" }
    hasHeader = false
    unnamed = Set(0..<count)
  }

  init(header: [String]) {
    var taken = Set(header)
    var seen = Set<String>()
    // Where to go on looking for a free number, so that thousands of columns of one name do not take squared time.
    var next: [String: Int] = [:]
    all = header.enumerated().map { index, name in
      if !name.isEmpty, seen.insert(name).inserted { return name }
      let stem = name.isEmpty ? "x\(index + 1)" : name
      var number = next[stem] ?? 2
      var candidate = name.isEmpty ? stem : "\(stem).\(number)"
      while taken.contains(candidate) {
        candidate = "\(stem).\(number)"
        number += 1
      }
      next[stem] = number
      taken.insert(candidate)
      return candidate
    }
    hasHeader = true
    unnamed = Set(header.indices.filter { header[$0].isEmpty })
  }

  /// Returns the column that `text` names, by its name or number; nil if there is none.
  func find(_ text: String) -> Int? {
    if let index = all.firstIndex(of: text) { return index }
    let alike = all.indices.filter { all[$0].lowercased() == text.lowercased() }
    if alike.count == 1 { return alike[0] }
    guard let number = Int(text), number != 0, number.magnitude <= all.count else { return nil }
    return number > 0 ? number - 1 : all.count + number
  }

  /// Returns the column that `text` names.
  ///
  /// - Throws: `FileError` of kind `invalidRequest` where there is none.
  func require(_ text: String, path: String) throws(FileError) -> Int {
    if let index = find(text) { return index }
    let expected =
      if let nearest = nearest(to: text) {
        "\"\(nearest)\""
      } else if hasHeader {
        "\(all.prefix(8).joined(separator: ", "))\(all.count > 8 ? ", ..." : ""), or 1 ... \(all.count)"
      } else {
        "1 ... \(all.count), for it has no header"
      }
    throw FileError(
      path, "has no such column", expected: expected, found: "\"\(text)\"", kind: .invalidRequest)
  }

  /// How messages call a column: "column 3 (petal length)", and "column 3" where the name says no more.
  func words(_ index: Int) -> String {
    unnamed.contains(index) ? "column \(index + 1)" : "column \(index + 1) (\(all[index]))"
  }

  /// The name that `text` was probably meant to be: at most a third of its letters differ.
  private func nearest(to text: String) -> String? {
    guard hasHeader, text.utf8.count <= 64 else { return nil }
    let candidates = all.prefix(10_000).map {
      (distance: editDistance($0.lowercased(), text.lowercased()), name: $0)
    }
    guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance * 3 <= text.count ? best.name : nil
  }
}

/// Letters to insert, delete or replace to turn one text into the other (Levenshtein 1965).
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a.prefix(64)), Array(b))
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in b.enumerated() {
      let replaced = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
