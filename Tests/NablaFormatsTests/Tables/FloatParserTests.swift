import Foundation
import Testing

import NablaFormats

/// Compared with the standard library, bit for bit.
@Suite struct FloatParserTests {
  private func check(_ text: String, _ parser: FloatParser = FloatParser()) {
    let (ours, theirs) = (parser.number(text), Float(text))
    #expect(ours?.bitPattern == theirs?.bitPattern, "\(text)")
  }

  @Test(
    "What people write",
    arguments: [
      "0", "-0", "+1", "1", ".5", "5.", "-.5e1", "1e5", "1E-5", "1e+5", "00012.500", "0.1",
      "3.14159265358979",
      "16777217", "16777219", "33554434.0", "33554435", "9007199254740993", "18446744073709551615",
      "18446744073709551616", "99999999999999999999", "0.00012345678901234567", "0.3", "1e-50", "1e-46",
      "7.1e-46",
      "1e-45", "1.17549435e-38", "1.1754942e-38", "1e38", "3.4028235e38", "3.4028235677973366e38",
      "340282346638528859811704183484516925440", "0e999999", "0.0000000000000000000000000000001e31",
      "123456789012345678901234567890e-29", "1e0000000000000000000005",
      "8388608.5", "8388609.5", "8388608.500000000001", "8388608.4999999999999999999",
    ])
  func words(text: String) { check(text) }

  @Test(
    "Too large for a Float is infinite",
    arguments: ["1e39", "3.4028236e38", "-1e400", "1e99999999999999999999"])
  func tooLarge(text: String) throws {
    let value = try #require(FloatParser().number(text))
    #expect(value.isInfinite && (value < 0) == text.hasPrefix("-"))
  }

  @Test(
    "What is no number",
    arguments: [
      "", "-", "+", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "1,5", "1 ", " 1", "nan", "inf", "--1", "1f",
    ])
  func refuses(text: String) { #expect(FloatParser().number(text) == nil) }

  @Test func aDecimalComma() {
    #expect(FloatParser(point: UInt8(ascii: ",")).number("-1,25e2") == -125)
    #expect(FloatParser(point: UInt8(ascii: ",")).number("1.25") == nil)
  }

  @Test("Random numbers of 1 to 25 digits, with and without an exponent")
  func random() {
    var generator = SystemRandomNumberGenerator()
    let parser = FloatParser()
    for _ in 0..<40_000 {
      let count = Int.random(in: 1...25, using: &generator)
      var digits = (0..<count).map { _ in "\(Int.random(in: 0...9, using: &generator))" }
      digits.insert(".", at: Int.random(in: 0...count, using: &generator))
      let exponent = Bool.random(using: &generator) ? "e\(Int.random(in: -60...30, using: &generator))" : ""
      let text = (Bool.random(using: &generator) ? "-" : "") + digits.joined() + exponent
      let theirs = Float(text)
      #expect(parser.number(text)?.bitPattern == theirs?.bitPattern, "\(text)")
    }
  }

  @Test("Around the middle between two Floats, subnormal ones too")
  func middles() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<4000 {
      let low = Float(bitPattern: .random(in: 0..<0x7F7F_FFFF, using: &generator))
      let middle = (Double(low) + Double(low.nextUp)) / 2
      for value in [middle, middle.nextUp, middle.nextDown] {
        check("\(value)")
        // The whole decimal expansion, and its first 17 to 25 digits.
        check(String(format: "%.\(Int.random(in: 16...24, using: &generator))e", value))
      }
      check(String(format: "%.160e", middle))
    }
  }

  @Test("Floats and Doubles as other programs write them come back")
  func roundTrips() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let value = Float(bitPattern: .random(in: 0..<0x7F80_0000, using: &generator))
      #expect(FloatParser().number("\(value)") == value)
      let double = Double.random(in: -10...10, using: &generator)
      check("\(double)")
    }
  }
}
