/// Reads decimal numbers as text and gives the Float nearest to each, rounded once.
///
/// Up to 19 digits make a whole number, which one multiplication by a power of ten in Double scales: less than 7 units
/// in the last place of the Double are then wrong. Only where that could reach across the middle between two Floats
/// (16 in 2^29), and for longer, subnormal and huge numbers, the standard library decides. Eight digits at a time as in
/// Lemire, "Number parsing at a gigabyte per second" (2021).
package struct FloatParser: @unchecked Sendable {
  /// Bytes behind a number that must be readable.
  static let padding = 8

  /// What stands before the fraction: a point, or a comma.
  let point: UInt8
  private let powers: UnsafePointer<Double>
  private let wholePowers: UnsafePointer<UInt64>

  /// - Parameter point: what stands before the fraction.
  package init(point: UInt8 = UInt8(ascii: ".")) {
    self.point = point
    powers = Self.tables.powers
    wholePowers = Self.tables.wholePowers
  }

  /// Reads the number that starts at `position`, and moves `position` behind it.
  ///
  /// - Returns: nil, and `position` as it was, where no number starts; an infinity where it is too large for a Float.
  /// - Precondition: a byte that belongs to no number and `padding` bytes follow it.
  @inline(__always)
  package func number(at position: inout UnsafePointer<UInt8>) -> Float? {
    var next = position
    let isNegative = next.pointee == UInt8(ascii: "-")
    if isNegative || next.pointee == UInt8(ascii: "+") { next += 1 }
    let start = next
    var whole: UInt64 = 0
    var digit = next.pointee &- 0x30
    while digit < 10 {
      whole = whole &* 10 &+ UInt64(digit)
      next += 1
      digit = next.pointee &- 0x30
    }
    var digitCount = start.distance(to: next)
    var exponent = 0
    if next.pointee == point {
      let fraction = next + 1
      next = fraction
      appendDigits(&next, to: &whole)
      exponent = next.distance(to: fraction)
      digitCount &-= exponent
    }
    guard digitCount > 0 else { return nil }
    let end = next
    if next.pointee | 0x20 == UInt8(ascii: "e") {
      guard let power = readExponent(&next) else { return nil }
      exponent &+= power
    }
    position = next
    if digitCount > 19, digitCount - leadingZeros(start, end) > 19 {
      return exact(start, end, exponent: exponent, isNegative: isNegative)
    }
    let magnitude: Float
    if exponent == 0 || whole == 0 {
      magnitude = Float(whole)
    } else {
      guard Self.exponents.contains(exponent) else {
        return exact(start, end, exponent: exponent, isNegative: isNegative)
      }
      let value = Double(whole) * powers[exponent &- Self.exponents.lowerBound]
      // The bits of the Double that a Float has no room for; in the middle between two Floats they are 1000...0.
      let rest = value.bitPattern & 0x1FFF_FFFF
      let isNearMiddle = rest &- 0x0FFF_FFF8 <= 16
      guard !isNearMiddle, value >= 0x1p-126, value < 0x1.FFFFFEp127 else {
        return exact(start, end, exponent: exponent, isNegative: isNegative)
      }
      magnitude = Float(value)
    }
    return isNegative ? -magnitude : magnitude
  }

  /// Returns the number that `count` bytes from `start` are; nil if they are anything else.
  ///
  /// - Precondition: as for `number(at:)`.
  @inline(__always)
  package func number(_ start: UnsafePointer<UInt8>, count: Int) -> Float? {
    var end = start
    guard let value = number(at: &end), end == start + count else { return nil }
    return value
  }

  /// Returns the number that `text` is; nil if it is anything else.
  package func number(_ text: String) -> Float? {
    let bytes = Array(text.utf8)
    return (bytes + [UInt8](repeating: 0, count: Self.padding)).withUnsafeBufferPointer {
      number($0.baseAddress!, count: bytes.count)
    }
  }

  /// Appends the decimal digits from `next` on to `whole`, wrapping, and moves `next` behind them.
  @inline(__always)
  private func appendDigits(_ next: inout UnsafePointer<UInt8>, to whole: inout UInt64) {
    while true {
      let word = UInt64(
        littleEndian: UnsafeRawPointer(next).loadUnaligned(fromByteOffset: 0, as: UInt64.self))
      // The highest bit of each byte that is no digit; right up to the first of them.
      let others =
        ((word &+ 0x4646_4646_4646_4646) | (word &- 0x3030_3030_3030_3030)) & 0x8080_8080_8080_8080
      let count = others.trailingZeroBitCount &>> 3
      if count == 0 { return }
      var digits = (word ^ 0x3030_3030_3030_3030) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
      digits = digits &* 10 &+ (digits &>> 8)
      let high = (digits & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
      let low = ((digits &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
      whole = whole &* wholePowers[count] &+ ((high &+ low) &>> 32)
      next += count
      if count < 8 { return }
    }
  }

  /// Reads "e-12" at `next`; nil where no digit follows the e.
  private func readExponent(_ next: inout UnsafePointer<UInt8>) -> Int? {
    var place = next + 1
    let isNegative = place.pointee == UInt8(ascii: "-")
    if isNegative || place.pointee == UInt8(ascii: "+") { place += 1 }
    let start = place
    var value = 0
    while place.pointee &- 0x30 < 10 {
      // Beyond any Float, whatever digits come before.
      value = min(value * 10 + Int(place.pointee &- 0x30), 1 << 40)
      place += 1
    }
    guard place > start else { return nil }
    next = place
    return isNegative ? -value : value
  }

  /// Digits at the start of a number that say nothing but where the point is.
  private func leadingZeros(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
    var count = 0
    var place = start
    while place < end, place.pointee == 0x30 || place.pointee == point {
      if place.pointee == 0x30 { count += 1 }
      place += 1
    }
    return count
  }

  /// Returns the Float nearest to the digits from `start` to `end`, the point between them left out, times
  /// 10^`exponent`.
  @inline(never)
  private func exact(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, exponent: Int, isNegative: Bool
  ) -> Float {
    let digits = UnsafeBufferPointer(start: start, count: start.distance(to: end)).drop { $0 == 0x30 }
    let text = (isNegative ? "-" : "") + "0" + String(decoding: digits.filter { $0 != point }, as: UTF8.self)
    return Float("\(text)e\(exponent)") ?? .infinity
  }

  /// Powers of ten that take 19 digits to any normal Float.
  private static let exponents = -64...38

  private struct Tables: @unchecked Sendable {
    let powers: UnsafePointer<Double>
    let wholePowers: UnsafePointer<UInt64>
  }

  /// Made once and kept: pointers, because an array's checks would cost as much as the multiplication.
  private static let tables: Tables = {
    let powers = UnsafeMutableBufferPointer<Double>.allocate(capacity: exponents.count)
    _ = powers.initialize(from: exponents.map { Double("1e\($0)")! })
    let wholePowers = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 9)
    _ = wholePowers.initialize(from: sequence(first: UInt64(1)) { $0 * 10 }.prefix(9))
    return Tables(
      powers: UnsafePointer(powers.baseAddress!), wholePowers: UnsafePointer(wholePowers.baseAddress!))
  }()
}
