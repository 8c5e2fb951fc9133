import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct BadArrayTests {
  @Test(arguments: badHeaders + badData + badTargets) func refusesNPY(input: BadInput) throws {
    try input.check()
  }

  @Test(arguments: badArchives) func refusesNPZ(input: BadInput) throws { try input.check() }

  @Test("Whatever byte of an archive is changed or cut, it is read or refused, never a trap")
  func damagedArchives() throws {
    let folder = try TemporaryFolder()
    let table = npy("<f4", "4, 2", floats([1, 2, 3, 4, 5, 6, 7, 8]))
    let arrays = [("X", table), ("y", npy("|u1", "4,", [0, 1, 0, 1]))]
    for isWide in [false, true] {
      let bytes = npz(arrays, deflated: true, isWide: isWide)
      let expected = TableContent(4, 2, [1, 2, 3, 4, 5, 6, 7, 8], labels: [0, 1, 0, 1], names: ["0", "1"])
      #expect(TableContent(try NPZ.read(folder.write(bytes, to: "a")).training) == expected)
      for index in bytes.indices {
        var damaged = bytes
        damaged[index] ^= UInt8(truncatingIfNeeded: 1 << (index % 8))
        // Cut at every place in the directory, and at some before it.
        let isCut = index > bytes.count - 300 || index % 16 == 0
        for input in [damaged] + (isCut ? [Array(bytes[..<index])] : []) {
          let path = try folder.write(input, to: "a")
          if let parts = try? NPZ.read(path) {
            // Only what nobody reads may differ: times, versions, the second copy of a size.
            let found = TableContent(parts.training)
            #expect(found == expected || found?.labels == nil, "byte \(index)")
          }
        }
      }
    }
  }

  @Test("Whatever byte of a header is changed or cut, it is read or refused, never a trap")
  func damagedHeaders() throws {
    let folder = try TemporaryFolder()
    let bytes = npy("<f8", "3, 2", doubles([1, 2, 3, 4, 5, 6]))
    for index in 0..<bytes.count - 48 {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        _ = try? NPY.read(folder.write(damaged, to: "a"))
      }
      #expect(throws: FileError.self) { try NPY.read(folder.write(bytes[..<index], to: "a")) }
    }
  }
}

private func asNPY(_ name: String, _ message: String, _ bytes: [UInt8], maxBytes: Int = 1 << 30) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(bytes, to: "X.npy")
  } read: { path in
    _ = try NPY.read(path, maxBytes: maxBytes)
  }
}

private func asHeader(_ name: String, _ message: String, _ header: String) -> BadInput {
  asNPY(name, message, npy(header: header, [1, 2, 3, 4]))
}

private let types = "(expected float16, float32, float64, bool, integers, or text as labels, found "

private let badHeaders: [BadInput] = [
  asNPY("empty", "X.npy: is empty (expected an NPY header)", []),
  asNPY(
    "another format",
    "X.npy:byte 0: is not an NPY file (expected \\x93NUMPY, found 31 2C 32 2C 33 2C)", Array("1,2,3,4,".utf8)),
  asNPY("cut", "X.npy: is cut inside its header (expected 8 bytes, found 6)", [0x93] + Array("NUMPY".utf8)),
  asNPY(
    "version 4",
    "X.npy:byte 6: has an unknown version of the NPY format (expected 1.0, 2.0 or 3.0, found 4.0)",
    npy(header: "{}", version: 4)),
  asNPY(
    "41: header length 0xFFFFFFF0 in 12 bytes",
    "X.npy:byte 8: has a header that is too long (expected at most 65536 bytes, found 4294967280)",
    [0x93] + Array("NUMPY".utf8) + [2, 0] + littleEndian(0xFFFF_FFF0)),
  asNPY(
    "a header longer than the file", "X.npy: is cut inside its header (expected 118 bytes, found 14)",
    [0x93] + Array("NUMPY".utf8) + [1, 0, 108, 0] + Array("{'de".utf8)),
  asNPY("42: objects", "X.npy: holds Python objects \(types)'|O')", npy("|O", "1,", [1])),
  asNPY("complex", "X.npy: holds complex numbers \(types)'<c8')", npy("<c8", "1,", [1])),
  asNPY("dates", "X.npy: holds dates \(types)'<M8[ns]')", npy("<M8[ns]", "1,", [1])),
  asNPY("long doubles", "X.npy: holds floats of another size \(types)'<f16')", npy("<f16", "1,", [1])),
  asNPY("no type", "X.npy: has an unknown type of elements \(types)'')", npy("", "1,", [1])),
  asNPY(
    "text as features", "X.npy: holds text (expected numbers as features, found text)",
    npy("<U1", "1,", [65, 0, 0, 0])
  ),
  asHeader(
    "fields", "X.npy: has elements of several fields (expected an array of plain numbers)",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
  asNPY(
    "43: overflow",
    "X.npy: has a shape whose bytes cannot be addressed (found (4294967296, 4294967296) of float32)",
    npy("<f4", "4294967296, 4294967296", [1])),
  asNPY(
    "43: a size beyond 64 bits",
    "X.npy:byte 61: has an impossible size in its shape (expected 0 ... 9223372036854775807, "
      + "found 99999999999999999999)",
    npy("<f4", "99999999999999999999,", [1])),
  asNPY(
    "43: a negative size",
    "X.npy:byte 61: has an impossible size in its shape (expected 0 ... 9223372036854775807, found -3)",
    npy("<f4", "-3,", [1])),
  asNPY(
    "no samples", "X.npy: has no samples (expected sizes of 1 or more, found (0, 4))", npy("<f4", "0, 4", [])),
  asNPY(
    "no features", "X.npy: has no samples (expected sizes of 1 or more, found (4, 0))", npy("<f4", "4, 0", [])
  ),
  asNPY(
    "a single value", "X.npy: holds a single value (expected an array of features)",
    npy("<f4", "", [0, 0, 0, 0])),
  asHeader(
    "46: 10,000 nested parentheses",
    "X.npy:byte 10: has a damaged header (expected '{', found \"((((((((((((\")",
    String(repeating: "(", count: 10_000)),
  asHeader(
    "46: 10,000 nested parentheses as a shape",
    "X.npy:byte 61: has a damaged header (expected a size, found \"((((((((((((\")",
    "{'descr': '<f4', 'fortran_order': False, 'shape': \(String(repeating: "(", count: 10_000))"),
  asHeader(
    "more dimensions than NumPy has",
    "X.npy:byte 189: has too many dimensions (expected at most 64, found \"1,1,), }\")",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 66))), }"),
  asHeader(
    "an expression", "X.npy:byte 64: has a damaged header (expected ',' or ')', found \"**9), }\")",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,9**9), }"),
  asHeader(
    "an entry twice", "X.npy:byte 26: has an entry twice in its header (found 'descr')",
    "{'descr': '<f4','descr': '<f4'}"),
  asHeader(
    "an unknown entry", "X.npy:byte 11: has an unknown entry in its header (found 'order')", "{'order': True}"
  ),
  asHeader(
    "an entry missing",
    "X.npy: lacks an entry in its header (expected 'descr', 'fortran_order' and 'shape')", "{'descr': '<f4'}"),
  asHeader(
    "text after the header", "X.npy:byte 68: has a damaged header (expected its end, found \"import os\")",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } import os"),
]

private let badData: [BadInput] = [
  asNPY(
    "a byte short", "X.npy: is shorter than its header says (expected 8 bytes of data, found 7)",
    npy("<f4", "2,", [UInt8](repeating: 0, count: 7))),
  asNPY(
    "a byte long", "X.npy: is longer than its header says (expected 8 bytes of data, found 9)",
    npy("<f4", "2,", [UInt8](repeating: 0, count: 9))),
  asNPY(
    "a bomb behind a header", "X.npy: is longer than its header says (expected 8 bytes of data, found more)",
    gzip(npy("<f4", "2,", [UInt8](repeating: 0, count: 20_000_000)))),
  asNPY(
    "40 TB in 4 KB",
    "X.npy: is shorter than its header says (expected 40000000000000 bytes of data, found 4096)",
    npy("<f4", "10000000000, 1000", sampleBytes(4096))),
  asNPY(
    "more than is allowed",
    "X.npy: needs more memory than is allowed (expected at most 40 bytes, found (1, 11) of uint8)",
    npy("|u1", "1, 11", sampleBytes(11)), maxBytes: 40),
  asNPY(
    "infinite", "X.npy: element [1, 2] is infinite (expected a finite number, found -inf)",
    npy("<f4", "2, 3", floats([1, .nan, 3, 4, 5, -.infinity]))),
  asNPY(
    "infinite in Fortran order", "X.npy: element [1, 2] is infinite (expected a finite number, found inf)",
    npy("<f8", "2, 3", fortran: true, doubles([1, .nan, 3, 4, 5, .infinity]))),
  asNPY(
    "infinite half", "X.npy: element [0] is infinite (expected a finite number, found inf)",
    npy("<f2", "1,", [0, 0x7C])),
  asNPY(
    "too large",
    "X.npy: element [2] is too large for a 32-bit float (expected at most 3.4028235e+38, found 1e+300)",
    npy(">f8", "3,", doubles([1, 2, 1e300]).reversedInEights)),
]

extension [UInt8] {
  /// Every 8 bytes in the opposite order.
  fileprivate var reversedInEights: [UInt8] {
    stride(from: 0, to: count, by: 8).flatMap { self[$0..<$0 + 8].reversed() }
  }
}

/// Two samples and these targets.
private func targets(
  _ name: String, _ message: String, _ bytes: [UInt8], features: [UInt8]? = nil,
  task: TableOptions.Task = .automatic,
  others: [(name: String, bytes: [UInt8])] = []
) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(bytes, to: "y_train.npy")
    for other in others { try folder.write(other.bytes, to: other.name) }
    return try folder.write(features ?? npy("<f4", "2, 1", floats([1, 2])), to: "X_train.npy")
  } read: { path in
    _ = try NPY.read(path, task: task)
  }
}

private let oneClass = npy("<i8", "2,", integers([0, 0]))
private let twoPictures = npy("|u1", "2, 1, 1", [1, 2])

private let badTargets: [BadInput] = [
  targets(
    "another number of targets",
    "y_train.npy: has another number of targets than X_train.npy has samples (expected 2, found 3)",
    npy("<i8", "3,", integers([0, 1, 2]))),
  targets(
    "a missing target", "y_train.npy: target 1 is missing (expected a number, found nan)",
    npy("<f8", "2,", doubles([1, .nan]))),
  targets(
    "an infinite target", "y_train.npy: target 1 is infinite (expected a finite number, found -inf)",
    npy("<f8", "2,", doubles([1, -.infinity]))),
  targets(
    "a missing one of several", "y_train.npy: target [1, 0] is missing (expected a number, found nan)",
    npy("<f8", "2, 2", doubles([1, 2, .nan, 3]))),
  targets(
    "a target that is no class", "y_train.npy: target 1 is not a class (expected a whole number, found 0.5)",
    npy("<f8", "2,", doubles([1, 0.5])), task: .classification),
  targets(
    "words to be learnt as values", "y_train.npy: has words as targets (expected numbers)",
    npy("|S1", "2,", Array("ab".utf8)), task: .regression),
  targets(
    "an unsigned target too large",
    "y_train.npy: target 1 is too large (expected at most 9223372036854775807, found 18446744073709551615)",
    npy("<u8", "2,", integers([0, -1]))),
  targets(
    "text that is not UTF-8", "y_train.npy: element [1] is not valid text (expected UTF-8)",
    npy("|S1", "2,", [0x61, 0xFF])),
  targets(
    "three dimensions",
    "y_train.npy: has targets of another shape (expected [n] or [n, k] numbers, found (2, 1, 2) of float32)",
    npy("<f4", "2, 1, 2", floats([1, 2, 3, 4]))),
  targets(
    "65,536 classes",
    "y_train.npy: has more classes than a network may have (expected at most 65535, found more)",
    npy("<i4", "65536,", integers(Array(0..<65536), bytes: 4)),
    features: npy("|u1", "65536,", [UInt8](repeating: 0, count: 65536)), task: .classification),
  targets(
    "a label of pictures out of range",
    "y_train.npy: label 1 is out of range (expected a whole number 0 ... 65534, found -1)",
    npy("<i8", "2,", integers([0, -1])), features: twoPictures),
  targets(
    "labels of pictures that are values",
    "y_train.npy: label 0 is out of range (expected a whole number 0 ... 65534, found 0.5)",
    npy("<f4", "2,", floats([0.5, 1])), features: twoPictures),
  BadInput(
    "a test set without targets",
    "set: has targets for only one of its training and test sets (expected targets for X_train and for X_test, "
      + "found y_train)"
  ) { folder in
    for name in ["X_train", "y_train", "X_test"] { try folder.write(oneClass, to: "set/\(name).npy") }
    return folder.path("set")
  } read: { path in
    _ = try NPY.read(path)
  },
  targets(
    "a test set of another shape",
    "X_test.npy: has samples of another shape than the training set (expected (1,), found (2,))", oneClass,
    others: [
      ("X_test.npy", npy("<f4", "1, 2", floats([1, 2]))), ("y_test.npy", npy("<i8", "1,", integers([0]))),
    ]),
  targets(
    "a test set of words",
    "y_test.npy: has other targets than the training set (expected numbers, found words)", oneClass,
    others: [
      ("X_test.npy", npy("<f4", "1, 1", floats([1]))), ("y_test.npy", npy("|S1", "1,", [0x61])),
    ]),
  BadInput(
    "a folder without known names",
    "set: has no arrays whose names say what they are (expected X and y, data and target, features or images and "
      + "labels, or X_train, y_train, X_test and y_test, as .npy files, found a, b)", kind: .missingInput
  ) { folder in
    for name in ["a.npy", "b.npy", "c.txt"] { try folder.write([1], to: "set/\(name)") }
    return folder.path("set")
  } read: { path in
    _ = try NPY.read(path)
  },
]

private func asNPZ(_ name: String, _ message: String, _ bytes: [UInt8]) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(bytes, to: "a.npz")
  } read: { path in
    _ = try NPZ.read(path)
  }
}

private let array = npy("<f4", "2,", floats([1, 2]))

private let badArchives: [BadInput] = [
  asNPZ("empty", "a.npz: is empty (expected an NPZ file)", []),
  asNPZ("another format", "a.npz: is not a zip archive (expected an NPZ file)", array),
  asNPZ(
    "cut", "a.npz: is cut short (expected the directory of a zip archive at its end)",
    Array(npz([("X", array)]).dropLast(30))),
  asNPZ(
    "unknown names",
    "a.npz: has no arrays whose names say what they are (expected X and y, data and target, features or images and "
      + "labels, or X_train, y_train, X_test and y_test, found Z, alpha)",
    npz([("alpha", array), ("Z", array)])),
  asNPZ(
    "names alike",
    "a.npz: has arrays whose names differ in capitals alone (expected one of them, found X and x)",
    npz([("X", array), ("x", array)])),
  asNPZ("a name twice", "a.npz: has two arrays of one name (found X)", npz([("X", array), ("X", array)])),
  asNPZ(
    "another zip archive",
    "a.npz: is a zip archive without arrays (expected what NumPy's savez writes, found a.csv, b.txt)",
    zip([ZipBytes(name: "b.txt", content: [1]), ZipBytes(name: "a.csv", content: [1])])),
  asNPZ(
    "encrypted", "a.npz[X]: is encrypted (expected a plain zip archive)",
    zip([ZipBytes(name: "X.npy", content: array, flags: 1)])),
  asNPZ(
    "LZMA",
    "a.npz[X]: is compressed in a way that cannot be read (expected stored or deflated, found method 14)",
    zip([ZipBytes(name: "X.npy", content: array, method: 14)])),
  asNPZ(
    "wrong CRC, stored", "a.npz[X]: is damaged (expected the CRC of the zip directory, found another)",
    zip([ZipBytes(name: "X.npy", content: array, checksum: 1)])),
  asNPZ(
    "wrong CRC, deflated", "a.npz[X]: is damaged (expected the CRC of the zip directory, found another)",
    zip([ZipBytes(name: "X.npy", content: array, isDeflated: true, checksum: 1)])),
  asNPZ(
    "a bomb behind a header",
    "a.npz[X]: is longer than its header says (expected 8 bytes of data, found 20000000)",
    zip([
      ZipBytes(
        name: "X.npy", content: npy("<f4", "2,", [UInt8](repeating: 0, count: 20_000_000)), isDeflated: true)
    ])),
  asNPZ(
    "a bomb behind a directory that agrees with the header",
    "a.npz[X]: is damaged (expected \(array.count) bytes of content, found more)",
    zip([
      ZipBytes(
        name: "X.npy", content: array + [UInt8](repeating: 0, count: 20_000_000), isDeflated: true,
        length: array.count)
    ])),
  asNPZ(
    "a length that no deflate data can have",
    "a.npz[X]: has a damaged zip directory (expected at most \(1032 * shortDeflated) bytes of content, "
      + "found 40000000128)",
    zip(
      [
        ZipBytes(
          name: "X.npy", content: npy("<f4", "10000000000,", []), isDeflated: true, length: 40_000_000_128)
      ], isWide: true)),
  asNPZ("objects", "a.npz[X]: holds Python objects \(types)'|O')", npz([("X", npy("|O", "1,", [1]))])),
  asNPZ(
    "another number of targets",
    "a.npz[y]: has another number of targets than a.npz[X] has samples (expected 2, found 1)",
    npz([("X", array), ("y", npy("<i8", "1,", integers([1])))])),
]

private let shortDeflated = deflated(npy("<f4", "10000000000,", []), gzip: false).count - 6
