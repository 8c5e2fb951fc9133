import CZlib

/// Returns `bytes` compressed, in zlib's format.
///
/// Source: RFC 1950.
package func deflated(_ bytes: [UInt8]) -> [UInt8] {
  var length = compressBound(uLong(bytes.count))
  return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
    let status = compress2(buffer.baseAddress, &length, bytes, uLong(bytes.count), Z_DEFAULT_COMPRESSION)
    precondition(status == Z_OK, "zlib needs less than its own bound")
    count = Int(length)
  }
}
