#if canImport(CryptoKit)
  import CryptoKit
#else
  import CCrypto
#endif

/// Computes the SHA-256 of bytes that come piece by piece, with the system's own library: CryptoKit on Apple's
/// systems, libcrypto elsewhere.
///
/// Source: FIPS 180-4.
package struct SHA256Hasher: ~Copyable {
  #if canImport(CryptoKit)
    private var state = SHA256()
  #else
    private let context: OpaquePointer
  #endif

  package init() {
    #if !canImport(CryptoKit)
      guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
        preconditionFailure("libcrypto does not start SHA-256")
      }
      self.context = context
    #endif
  }

  #if !canImport(CryptoKit)
    deinit { EVP_MD_CTX_free(context) }
  #endif

  /// Appends `bytes` to what is hashed.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    #if canImport(CryptoKit)
      state.update(bufferPointer: bytes)
    #else
      let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
      precondition(status == 1, "libcrypto does not hash")
    #endif
  }

  /// Returns the hash of all bytes: 64 lower-case hexadecimal digits.
  package consuming func finalize() -> String {
    #if canImport(CryptoKit)
      let digest = Array(state.finalize())
    #else
      var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
      var count: UInt32 = 0
      let status = EVP_DigestFinal_ex(context, &digest, &count)
      precondition(status == 1, "libcrypto does not finish SHA-256")
      digest.removeSubrange(Int(count)...)
    #endif
    return digest.map { hexadecimal($0).lowercased() }.joined()
  }

  /// Returns the hash of `bytes`: 64 lower-case hexadecimal digits.
  package static func hash(of bytes: some Sequence<UInt8>) -> String {
    var hasher = SHA256Hasher()
    Array(bytes).withUnsafeBytes { hasher.update($0) }
    return hasher.finalize()
  }
}
