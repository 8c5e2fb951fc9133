#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Words, each with its place in the order they came in; found by hashing, without a String a look-up.
final class WordTable: @unchecked Sendable {
  /// The words, one after the other.
  private var bytes = GrowingBuffer<UInt8>()
  /// Where each word starts in `bytes`, and behind them where the last one ends.
  private var starts = GrowingBuffer<Int>()
  /// Places of words by hash, -1 where none is; a power of two of them, at most half in use. None before the first word:
  /// most tables stay empty.
  private var slots = GrowingBuffer<Int32>()

  init() {}

  init(_ words: [String]) {
    for word in words {
      var word = word
      _ = word.withUTF8 { insert($0) }
    }
  }

  deinit {
    bytes.free()
    starts.free()
    slots.free()
  }

  /// Words in the table.
  var count: Int { max(starts.count - 1, 0) }

  /// The table as it is now; valid until it changes.
  var lookup: WordLookup {
    WordLookup(
      bytes: bytes.pointer, starts: starts.pointer, slots: slots.pointer, mask: slots.count - 1)
  }

  /// Returns the place of `word`; nil if it is not in the table.
  func place(of word: UnsafeBufferPointer<UInt8>) -> Int? { lookup.place(of: word) }

  /// Returns the place of `word`, new at the end if it was not in the table.
  func insert(_ word: UnsafeBufferPointer<UInt8>) -> Int {
    if slots.count == 0 {
      starts.append(0)
      grow()
    }
    let slot = lookup.slot(for: word)
    if slots.pointer[slot] >= 0 { return Int(slots.pointer[slot]) }
    for byte in word { bytes.append(byte) }
    starts.append(bytes.count)
    slots.pointer[slot] = Int32(count - 1)
    if count * 2 > slots.count { grow() }
    return count - 1
  }

  /// Calls `body` with the bytes of the word at `place`.
  func withBytes<Result>(at place: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    body(lookup.word(place))
  }

  /// The words as text, in their order.
  var texts: [String] { (0..<count).map { withBytes(at: $0, String.init(cell:)) } }

  private func grow() {
    let size = max(64, slots.count * 2)
    slots.removeAll()
    for _ in 0..<size { slots.append(-1) }
    for place in 0..<count { slots.pointer[lookup.slot(for: lookup.word(place))] = Int32(place) }
  }
}

/// A `WordTable` that does not change, for many threads: no reference is counted and no access checked.
struct WordLookup: @unchecked Sendable {
  fileprivate let bytes: UnsafeMutablePointer<UInt8>
  fileprivate let starts: UnsafeMutablePointer<Int>
  fileprivate let slots: UnsafeMutablePointer<Int32>
  fileprivate let mask: Int

  /// Returns the place of `word`; nil if it is not in the table.
  func place(of word: UnsafeBufferPointer<UInt8>) -> Int? {
    guard mask > 0 else { return nil }
    let place = Int(slots[slot(for: word)])
    return place >= 0 ? place : nil
  }

  fileprivate func word(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: bytes + starts[place], count: starts[place + 1] - starts[place])
  }

  fileprivate func slot(for word: UnsafeBufferPointer<UInt8>) -> Int {
    var slot = Int(truncatingIfNeeded: hash(word)) & mask
    while slots[slot] >= 0 {
      let other = self.word(Int(slots[slot]))
      if other.count == word.count, isEqual(other, word) { break }
      slot = (slot &+ 1) & mask
    }
    return slot
  }

  private func isEqual(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let a = a.baseAddress, let start = b.baseAddress else { return true }
    return memcmp(a, start, b.count) == 0
  }

  /// FNV-1a, its high bits folded in: they are the better mixed ones.
  private func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ (hash >> 29)
  }
}

/// Elements at an address that only changes when they grow; freed by its owner.
private struct GrowingBuffer<Element: BitwiseCopyable> {
  private(set) var pointer = UnsafeMutablePointer<Element>.allocate(capacity: 8)
  private(set) var count = 0
  private var capacity = 8

  mutating func append(_ element: Element) {
    if count == capacity {
      let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: pointer, count: count)
      pointer.deallocate()
      pointer = larger
      capacity *= 2
    }
    (pointer + count).initialize(to: element)
    count += 1
  }

  mutating func removeAll() { count = 0 }

  func free() { pointer.deallocate() }
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
