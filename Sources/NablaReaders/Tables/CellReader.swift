#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Finds where rows and cells end: a row at a line break, a cell at a separator, neither inside of quotes.
///
/// A cell that starts with a quote ends with one; two quotes inside stand for one. Blanks around a cell are no part of
/// it.
struct CellReader: Sendable {
  let separator: UInt8

  /// One cell, trimmed and out of its quotes.
  struct Cell {
    /// Valid until the next cell is read; `FloatParser.padding` bytes behind it are readable.
    var text: UnsafeBufferPointer<UInt8>
    /// Where the separator or the line break behind the cell stands.
    var next: UnsafePointer<UInt8>
    /// Line breaks inside of the quotes.
    var lineBreaks = 0
  }

  /// Why no cell could be read.
  enum Problem: Error {
    /// The closing quote is missing.
    case openQuote
    /// Something stands between a closing quote and the separator.
    case textAfterQuote
    /// A quote stands in a cell that does not start with one.
    case quoteInside

    var words: (problem: String, expected: String?) {
      switch self {
      case .openQuote: ("has a quote that does not end", "another '\"'")
      case .textAfterQuote:
        ("has text behind a closing quote", "a separator; two quotes inside quotes for one")
      case .quoteInside: ("has a quote inside a cell that starts without", "quotes around the whole cell")
      }
    }
  }

  /// Reads the cell at `start`.
  ///
  /// - Parameters:
  ///   - end: behind the line break that ends the last row.
  ///   - scratch: where a cell with doubled quotes is written without them.
  func cell(
    at start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>, scratch: CellScratch
  ) throws(Problem) -> Cell {
    var place = start
    while isSpace(place.pointee), place < end { place += 1 }
    if place < end, place.pointee == Byte.quote {
      return try quotedCell(at: place + 1, end: end, scratch: scratch)
    }
    let first = place
    var last = place
    while place < end, place.pointee != separator, place.pointee != Byte.lineFeed {
      if place.pointee == Byte.quote { throw .quoteInside }
      if !isSpace(place.pointee) { last = place + 1 }
      place += 1
    }
    return Cell(text: UnsafeBufferPointer(start: first, count: first.distance(to: last)), next: place)
  }

  private func quotedCell(
    at first: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>, scratch: CellScratch
  ) throws(Problem) -> Cell {
    var place = first
    var lineBreaks = 0
    var hasDoubled = false
    while true {
      guard place < end else { throw .openQuote }
      if place.pointee == Byte.quote {
        guard place + 1 < end, place[1] == Byte.quote else { break }
        hasDoubled = true
        place += 1
      } else if place.pointee == Byte.lineFeed {
        lineBreaks += 1
      }
      place += 1
    }
    var text = UnsafeBufferPointer(start: first, count: first.distance(to: place))
    place += 1
    while place < end, isSpace(place.pointee) { place += 1 }
    guard place == end || place.pointee == separator || place.pointee == Byte.lineFeed else {
      throw .textAfterQuote
    }
    if hasDoubled { text = unescaped(text, into: scratch) }
    return Cell(text: trimmed(text), next: place, lineBreaks: lineBreaks)
  }

  private func unescaped(
    _ text: UnsafeBufferPointer<UInt8>, into scratch: CellScratch
  ) -> UnsafeBufferPointer<UInt8> {
    let room = scratch.room(for: text.count)
    var count = 0
    var isSecond = false
    for byte in text {
      isSecond = byte == Byte.quote && !isSecond
      if isSecond { continue }
      room[count] = byte
      count += 1
    }
    return UnsafeBufferPointer(start: room, count: count)
  }

  private func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    let first = text.firstIndex { !isSpace($0) } ?? text.endIndex
    let last = text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? first
    return UnsafeBufferPointer(rebasing: text[first..<last])
  }

  /// Whether `byte` is blank around a cell; the carriage return before a line feed is too.
  @inline(__always)
  func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0D || (byte == Byte.tab && separator != Byte.tab)
  }

  /// Returns the line break that ends the row that `start` stands in; nil if there is none before `end`.
  ///
  /// - Parameters:
  ///   - hasQuotes: false promises that there are none.
  ///   - isInside: whether `start` stands inside of quotes.
  func rowEnd(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, hasQuotes: Bool, isInside: Bool = false
  ) -> UnsafePointer<UInt8>? {
    var place = start
    var isInside = isInside
    while let found = find(Byte.lineFeed, place, end) {
      if hasQuotes, hasOddQuotes(place, found) { isInside.toggle() }
      if !isInside { return found }
      place = found + 1
    }
    return nil
  }

  /// Whether an odd number of quotes stands from `start` to `end`.
  func hasOddQuotes(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
    var parity: UInt8 = 0
    for index in 0..<start.distance(to: end) { parity ^= start[index] == Byte.quote ? 1 : 0 }
    return parity == 1
  }

  /// Whether the row from `start` to its line break has nothing in it.
  @inline(__always)
  func isBlank(_ start: UnsafePointer<UInt8>) -> Bool {
    // Almost every row starts with something.
    if start.pointee > 0x20 { return false }
    var place = start
    while isSpace(place.pointee) { place += 1 }
    return place.pointee == Byte.lineFeed
  }
}

/// Room for one cell's text; it grows to the longest.
final class CellScratch {
  private var buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)

  init() { buffer.initialize(repeating: 0) }

  deinit { buffer.deallocate() }

  /// Returns room for `count` bytes with `FloatParser.padding` behind them; what it held before is gone.
  func room(for count: Int) -> UnsafeMutablePointer<UInt8> {
    if buffer.count < count + FloatParser.padding {
      buffer.deallocate()
      buffer = .allocate(capacity: (count + FloatParser.padding) * 2)
      buffer.initialize(repeating: 0)
    }
    return buffer.baseAddress!
  }
}

/// Bytes that mean something in a table's text.
enum Byte {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let quote: UInt8 = 0x22
  static let comma: UInt8 = 0x2C
  static let point: UInt8 = 0x2E
  static let semicolon: UInt8 = 0x3B
}

/// Returns where `byte` first stands from `start` on; nil if it does not before `end`.
@inline(__always)
func find(
  _ byte: UInt8, _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> UnsafePointer<UInt8>? {
  guard start < end, let found = memchr(start, Int32(byte), start.distance(to: end)) else { return nil }
  return UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
}

/// Whether a cell's text stands for a missing value: nothing, NA, N/A, NaN, null or ?, in any case.
func isMissing(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  switch text.count {
  case 0: return true
  case 1: return text[0] == UInt8(ascii: "?")
  case 2...4:
    let lowercase = text.reduce(0) { $0 << 8 | UInt32($1 == UInt8(ascii: "/") ? $1 : $1 | 0x20) }
    return missingWords.contains(lowercase)
  default: return false
  }
}

/// Whether a cell's text stands for an infinity: inf or infinity, in any case, with or without a sign.
func isInfinity(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  guard let first = text.first else { return false }
  let letters = first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
  guard letters.count == 3 || letters.count == 8 else { return false }
  return "infinity".utf8.starts(with: letters.map { $0 | 0x20 })
}

/// "na", "nan", "n/a" and "null", the first letter in the highest byte.
private let missingWords: [UInt32] = [0x6E61, 0x6E_616E, 0x6E_2F61, 0x6E75_6C6C]
