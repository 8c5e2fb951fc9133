/// A counter-based random generator: Philox4x32-10.
///
/// The same seed and stream give the same numbers on every machine and with every Swift version, which
/// `SystemRandomNumberGenerator` and the standard library's `shuffle` do not promise. Any position can be
/// reached at once, so that sample 1,000,000 of a data set needs no 999,999 before it.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.
public struct Philox: Sendable {
  private let key: (UInt32, UInt32)
  private let stream: UInt64
  private var position: UInt64 = 0
  private var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  private var used = 4

  /// Creates the generator at the start of `stream`; different streams of one seed are independent.
  public init(seed: UInt64, stream: UInt64 = 0) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = stream
  }

  /// Returns the next 32 random bits.
  public mutating func next() -> UInt32 {
    if used == 4 {
      words = Philox.block(
        counter: (
          UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32),
          UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)
        ), key: key)
      position &+= 1
      used = 0
    }
    defer { used += 1 }
    switch used {
    case 0: return words.0
    case 1: return words.1
    case 2: return words.2
    default: return words.3
    }
  }

  /// Returns a number in [0, 1), a multiple of 2^-32.
  public mutating func uniform() -> Double { Double(next()) * 0x1p-32 }

  /// Returns a whole number in 0 ..< bound, each equally likely.
  ///
  /// Source: Lemire, "Fast random integer generation in an interval", 2019.
  public mutating func below(_ bound: UInt32) -> UInt32 {
    precondition(bound > 0, "bound must be positive")
    var product = UInt64(next()) &* UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let threshold = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(next()) &* UInt64(bound)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }

  /// Returns a sample of the normal distribution N(0, 1).
  ///
  /// Source: Marsaglia's polar method; the logarithm is ours, so that no system library decides a bit.
  public mutating func gaussian() -> Double {
    while true {
      let u = 2 * uniform() - 1 + 0x1p-32
      let v = 2 * uniform() - 1 + 0x1p-32
      let s = u * u + v * v
      if s < 1 { return u * (-2 * naturalLogarithm(s) / s).squareRoot() }
    }
  }

  /// Shuffles `values` in place (Fisher-Yates, from the last element down).
  package mutating func shuffle(_ values: UnsafeMutableBufferPointer<UInt32>) {
    precondition(values.count <= Int(UInt32.max), "at most 2^32 - 1 values")
    var last = values.count - 1
    while last > 0 {
      let other = Int(below(UInt32(last + 1)))
      values.swapAt(last, other)
      last -= 1
    }
  }

  /// Ten rounds of Philox4x32 over one counter.
  package static func block(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let p0 = UInt64(c0) &* 0xD251_1F53
      let p1 = UInt64(c2) &* 0xCD9E_8D57
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }
}
