/// The checksum CRC-32C of Castagnoli's polynomial, reflected, as TFRecord files have it.
///
/// Source: RFC 3720, appendix B.4, whose examples the tests hold.
package enum CRC32C {
  private static let polynomial: UInt32 = 0x82F6_3B78

  /// What a byte adds.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ polynomial }
  }

  /// Returns the checksum of `bytes`.
  package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    let table = table
    var value = ~UInt32(0)
    for byte in bytes { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
    return ~value
  }

  /// Returns the checksum as TFRecord files store it: turned and shifted, so that a record inside a record has not the
  /// checksum of its own bytes.
  package static func masked(of bytes: some Sequence<UInt8>) -> UInt32 {
    let value = checksum(of: bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
