/// How a table's text is written.
///
/// The separator is a tab, a semicolon or a comma: the first of these that stands equally often, at least once, in each
/// of the first 100 rows, outside of quotes; where none does, the one that most rows agree on. Where it is not the
/// comma, numbers have a decimal comma if more of their cells need one than need a point.
struct Dialect: Equatable, Sendable {
  var separator: UInt8
  /// What stands before a number's fraction: a point or a comma.
  var decimal = Byte.point

  var cells: CellReader { CellReader(separator: separator) }

  /// Rows that are looked at.
  private static let sample = 100

  init(separator: UInt8, decimal: UInt8 = Byte.point) {
    self.separator = separator
    self.decimal = decimal
  }

  /// Finds out how the text from `start` to `end` is written.
  ///
  /// - Precondition: the text ends behind a line break, with `FloatParser.padding` readable bytes behind it.
  init(detecting start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
    let candidates = [Byte.tab, Byte.semicolon, Byte.comma]
    var counts: [[Int]] = []
    let lines = CellReader(separator: Byte.comma)
    var place = start
    while counts.count < Self.sample, let rowEnd = lines.rowEnd(place, end, hasQuotes: true) {
      if !lines.isBlank(place) {
        counts.append(candidates.map { Self.count($0, from: place, to: rowEnd) })
      }
      place = rowEnd + 1
    }
    // How many rows agree with the most usual number of each separator, 0 aside.
    let agreeing = candidates.indices.map { index in
      let usual = Dictionary(counts.map { ($0[index], 1) }, uniquingKeysWith: +).filter { $0.key > 0 }
      return usual.values.max() ?? 0
    }
    let best = agreeing.max() ?? 0
    separator =
      best == 0 ? Byte.comma : candidates[agreeing.firstIndex { $0 == best } ?? candidates.count - 1]
    if separator != Byte.comma, needsDecimalComma(start, place) { decimal = Byte.comma }
  }

  private static func count(
    _ separator: UInt8, from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
  ) -> Int {
    var count = 0
    var isQuoted = false
    for index in 0..<start.distance(to: end) {
      if start[index] == Byte.quote { isQuoted.toggle() }
      if start[index] == separator, !isQuoted { count += 1 }
    }
    return count
  }

  private func needsDecimalComma(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
    let (points, commas) = (FloatParser(), FloatParser(point: Byte.comma))
    var balance = 0
    var place = start
    let scratch = CellScratch()
    while place < end, let cell = try? cells.cell(at: place, end: end, scratch: scratch) {
      if let text = cell.text.baseAddress {
        let isPoint = points.number(text, count: cell.text.count) != nil
        let isComma = commas.number(text, count: cell.text.count) != nil
        balance += (isComma ? 1 : 0) - (isPoint ? 1 : 0)
      }
      place = cell.next + 1
    }
    return balance > 0
  }
}
