import InputBytes
import NablaFormats
import Testing

@Suite struct SHA256Tests {
  @Test(
    "The examples of FIPS 180-4's authors, and one of a million bytes",
    arguments: [
      ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
  func knownHashes(text: String, repetitions: Int, hash: String) {
    #expect(SHA256Hasher.hash(of: String(repeating: text, count: repetitions).utf8) == hash)
  }

  @Test("Where the bytes are divided makes no difference", arguments: [1, 63, 64, 65])
  func pieces(size: Int) {
    let bytes = sampleBytes(1000)
    var hasher = SHA256Hasher()
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { hasher.update($0) }
    }
    #expect(hasher.finalize() == SHA256Hasher.hash(of: bytes))
  }
}
