import Nabla
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct RandomTests {
  /// The known answers that Philox's authors publish with Random123 (kat_vectors, philox4x32 10).
  @Test(arguments: [
    (0 as UInt64, 0 as UInt64, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8] as [UInt32])
  ])
  func knownAnswer(seed: UInt64, stream: UInt64, words: [UInt32]) {
    var random = Philox(seed: seed, stream: stream)
    #expect((0..<4).map { _ in random.next() } == words)
  }

  @Test(arguments: [
    (
      [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff] as [UInt32],
      [0xffff_ffff, 0xffff_ffff] as [UInt32],
      [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd] as [UInt32]
    ),
    (
      [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
      [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    ),
  ])
  func knownBlock(counter: [UInt32], key: [UInt32], words: [UInt32]) {
    let block = Philox.block(
      counter: (counter[0], counter[1], counter[2], counter[3]), key: (key[0], key[1]))
    #expect([block.0, block.1, block.2, block.3] == words)
  }

  @Test func streamsDiffer() {
    var first = Philox(seed: 1, stream: 0)
    var second = Philox(seed: 1, stream: 1)
    #expect((0..<8).map { _ in first.next() } != (0..<8).map { _ in second.next() })
  }

  @Test func belowIsUniform() {
    var random = Philox(seed: 42)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 { counts[Int(random.below(10))] += 1 }
    // Standard deviation of a count: 95. Five of them.
    for count in counts { #expect(abs(count - 10_000) < 475) }
  }

  @Test func gaussianHasMeanZeroAndVarianceOne() {
    var random = Philox(seed: 43)
    let samples = (0..<200_000).map { _ in random.gaussian() }
    let mean = samples.reduce(0, +) / Double(samples.count)
    let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples.count)
    let beyondTwo = samples.count { abs($0) > 2 }
    #expect(abs(mean) < 0.012)
    #expect(abs(variance - 1) < 0.016)
    #expect(abs(Double(beyondTwo) / Double(samples.count) - 0.0455) < 0.0025)
  }

  @Test func naturalLogarithmIsWithinTwoUnitsInTheLastPlace() {
    var random = Philox(seed: 44)
    var worst = 0.0
    for _ in 0..<200_000 {
      let bits = UInt64(random.next()) << 32 | UInt64(random.next())
      let x = Double(bitPattern: bits & 0x7fff_ffff_ffff_ffff)
      guard x.isFinite, x > 0 else { continue }
      let expected = log(x)
      worst = max(worst, abs(naturalLogarithm(x) - expected) / max(expected.ulp, 0x1p-1074))
    }
    // Near 1 the logarithm is small and its own last place counts.
    for step in -1000...1000 {
      let x = 1 + Double(step) * 0x1p-12
      let expected = log(x)
      if expected != 0 { worst = max(worst, abs(naturalLogarithm(x) - expected) / expected.ulp) }
    }
    #expect(worst <= 2)
    #expect(naturalLogarithm(1) == 0)
    #expect(naturalLogarithm(0) == -.infinity)
    #expect(naturalLogarithm(.infinity) == .infinity)
    #expect(naturalLogarithm(-1).isNaN)
    #expect(naturalLogarithm(.nan).isNaN)
  }
}
