/// Words, each with its place in the order they came in; found by hashing, without a String a look-up.
final class WordTable: @unchecked Sendable {
  /// The words, one after the other.
  private var bytes: [UInt8] = []
  /// Where each word ends in `bytes`.
  private var ends: [Int] = []
  /// Places of words by hash, -1 where none is; a power of two of them, at most half in use.
  private var slots = [Int32](repeating: -1, count: 64)

  init() {}

  init(_ words: [String]) {
    for word in words {
      var word = word
      _ = word.withUTF8 { insert($0) }
    }
  }

  /// Words in the table.
  var count: Int { ends.count }

  /// Returns the place of `word`; nil if it is not in the table.
  func place(of word: UnsafeBufferPointer<UInt8>) -> Int? {
    let place = Int(slots[slot(for: word)])
    return place >= 0 ? place : nil
  }

  /// Returns the place of `word`, new at the end if it was not in the table.
  func insert(_ word: UnsafeBufferPointer<UInt8>) -> Int {
    let slot = slot(for: word)
    if slots[slot] >= 0 { return Int(slots[slot]) }
    bytes.append(contentsOf: word)
    ends.append(bytes.count)
    slots[slot] = Int32(count - 1)
    if count * 2 > slots.count { grow() }
    return count - 1
  }

  /// Calls `body` with the bytes of the word at `place`.
  func withBytes<Result>(at place: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range(place)])) }
  }

  /// The words as text, in their order.
  var texts: [String] { (0..<count).map { withBytes(at: $0, String.init(cell:)) } }

  private func range(_ place: Int) -> Range<Int> { (place > 0 ? ends[place - 1] : 0)..<ends[place] }

  private func slot(for word: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: Self.hash(word)) & mask
    while slots[slot] >= 0 {
      let range = range(Int(slots[slot]))
      if range.count == word.count, bytes.withUnsafeBufferPointer({ $0[range].elementsEqual(word) }) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for place in 0..<count {
      slots[withBytes(at: place) { slot(for: $0) }] = Int32(place)
    }
  }

  /// FNV-1a, its high bits folded in: they are the better mixed ones.
  private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ (hash >> 29)
  }
}

extension String {
  /// A cell's text: UTF-8, or where its bytes are none, Latin-1, in which older programs write.
  init(cell bytes: UnsafeBufferPointer<UInt8>) {
    self =
      String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
}

/// Words in the order of the classes and categories that they name: as numbers if all are, else as text; each once.
func sortedWords(_ words: [String]) -> [String] {
  let parser = FloatParser()
  let distinct = Array(Set(words))
  let numbers = distinct.compactMap { parser.number($0) }
  guard numbers.count == distinct.count else { return distinct.sorted() }
  return zip(numbers, distinct).sorted { $0 < $1 }.map(\.1)
}
