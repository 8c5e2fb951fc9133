import NablaFormats
import Testing

@Suite("CRC-32C")
struct CRC32CTests {
  @Test(
    "the examples of RFC 3720, appendix B.4, and the check value of the catalogue of CRCs",
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E),
      (Array((0..<32).reversed()), 0x113F_DB5C),
      (Array("123456789".utf8), 0xE306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func examples(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(of: bytes) == expected)
  }

  @Test("masked: turned by 15 bits, then a constant added")
  func masked() {
    let (value, masked) = (UInt32(0xE306_9283), CRC32C.masked(of: Array("123456789".utf8)))
    // Unmasked as TensorFlow's crc32c.h does it.
    let turned = masked &- 0xA282_EAD8
    #expect(turned >> 17 | turned << 15 == value)
  }
}
