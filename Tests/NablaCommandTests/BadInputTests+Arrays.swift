import InputBytes

/// Two samples, whose features are read from `bytes`.
private func train(_ name: String, _ message: String, _ bytes: [UInt8]) -> BadCommand {
  BadCommand(name, ["train", "--data", "X.npy"], 65, "X.npy\(message)") { folder in
    try folder.write("X.npy", bytes)
    try folder.write("y.npy", npy("<i8", "2,", integers([0, 1])))
  }
}

private func inspect(_ name: String, _ message: String, _ bytes: [UInt8]) -> BadCommand {
  BadCommand(name, ["inspect", "m"], 65, "m\(message)") { folder in try folder.write("m", bytes) }
}

/// A model with these entries, and `count` values of 1.
private func inspect(_ name: String, _ message: String, _ entries: [String], values count: Int) -> BadCommand
{
  inspect(
    name, message,
    safetensors("{" + entries.joined(separator: ",") + "}", floats([Float](repeating: 1, count: count))))
}

private func entry(_ name: String, _ shape: [Int], _ begin: Int, _ end: Int, dtype: String = "F32") -> String
{
  "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
}

private let weight = entry("layers.0.weight", [2, 3], 0, 24)
private let bias = entry("layers.0.bias", [2], 24, 32)
private let sizes = "with something else than sizes (expected whole numbers 0 ... 2^53, found"
private let shapeOf = "{'descr': '<f4', 'fortran_order': False, 'shape': "

extension BadCommand {
  static let arrays: [BadCommand] = [
    train(
      "41: a header of 0xFFFFFFF0 bytes in 12",
      ":byte 8: has a header that is too long (expected at most 65536 bytes, found 4294967280)",
      [0x93] + Array("NUMPY".utf8) + [2, 0] + littleEndian(0xFFFF_FFF0)),
    train(
      "42: objects",
      ": holds Python objects (expected float16, float32, float64, bool, integers, or text as labels, "
        + "found '|O')", npy("|O", "1,", [1])),
    train(
      "43: overflow",
      ": has a shape whose bytes cannot be addressed (found (4294967296, 4294967296) of float32)",
      npy("<f4", "4294967296, 4294967296", [1])),
    train(
      "43: a negative size",
      ":byte 61: has an impossible size in its shape (expected 0 ... 9223372036854775807, found -3)",
      npy("<f4", "-3,", [1])),
    train(
      "46: 10,000 nested parentheses",
      ":byte 10: has a damaged header (expected '{', found \"((((((((((((\")",
      npy(header: String(repeating: "(", count: 10_000))),
    train(
      "46: 10,000 nested parentheses as a shape",
      ":byte 61: has a damaged header (expected a size, found \"((((((((((((\")",
      npy(header: shapeOf + String(repeating: "(", count: 10_000))),
  ]

  static let models: [BadCommand] = [
    inspect(
      "47: a header of 2^63 bytes",
      ":byte 0: has a header that is too long (expected at most 100000000 bytes, found 9223372036854775808)",
      [0, 0, 0, 0, 0, 0, 0, 0x80] + Array("{}".utf8)),
    BadCommand(
      "47: a header of 100,000,001 bytes", ["inspect", "m"], 65,
      "m:byte 0: has a header that is too long (expected at most 100000000 bytes, found 100000001)"
    ) { folder in
      try folder.writeSparse("m", littleEndian(100_000_001, 8) + [0x7B], length: 200_000_000)
    },
    inspect(
      "48: a key twice",
      ":byte 80: has a name twice in one JSON object (expected each name once, found \"layers.0.weight\" again)",
      [weight, weight], values: 6),
    inspect(
      "49: overlap",
      ":byte 167: layers.0.bias overlaps the tensor before it (expected data_offsets from 24, found 20)",
      [weight, entry("layers.0.bias", [2], 20, 28)], values: 7),
    inspect(
      "49: hole", ":byte 175: has a hole before layers.0.bias (expected data_offsets from 24, found 28)",
      [weight, entry("layers.0.bias", [2], 28, 36)], values: 9),
    inspect(
      "49: trailing bytes",
      ":byte 179: has bytes after the last tensor (expected 179 bytes in all, found 183)", [weight, bias],
      values: 9),
    inspect(
      "50: shape and range differ",
      ": layers.0.bias has a shape and data_offsets that do not fit (expected 12 bytes for F32 [3], found 8)",
      [weight, entry("layers.0.bias", [3], 24, 32)], values: 8),
    inspect(
      "50: overflow",
      ": layers.0.weight has a shape whose size cannot be addressed (expected less than 2^63 bytes, "
        + "found [4294967296, 4294967296])",
      [entry("layers.0.weight", [4_294_967_296, 4_294_967_296], 0, 24), bias], values: 8),
    inspect(
      "50: negative", ": layers.0.weight has a shape \(sizes) -2)",
      [entry("layers.0.weight", [-2, -3], 0, 24), bias], values: 8),
    inspect(
      "50: 1e3", ": layers.0.weight has a shape \(sizes) 1e3)",
      [weight.replacing("[2, 3]", with: "[1e3, 3]"), bias], values: 8),
    inspect(
      "50: 2^53 + 1", ": layers.0.weight has a data_offsets \(sizes) 9007199254740993)",
      [entry("layers.0.weight", [2, 3], 0, 9_007_199_254_740_993), bias], values: 8),
    inspect(
      "51: F16", ": layers.0.weight has another dtype (expected F32, found F16)",
      [entry("layers.0.weight", [2, 6], 0, 24, dtype: "F16"), bias], values: 8),
    inspect(
      "51: an unknown dtype",
      ": layers.0.weight has an unknown dtype (expected one of BF16, BOOL, F16, F32, F64, F8_E4M3, F8_E5M2, "
        + "I16, I32, I64, I8, U16, U32, U64, U8, found F31)",
      [entry("layers.0.weight", [2, 3], 0, 24, dtype: "F31"), bias], values: 8),
    inspect(
      "52: JSON 10,000 deep", ":byte 76: has JSON nested too deep (expected at most 64 levels, found more)",
      safetensors("{\"a\":" + String(repeating: "[", count: 10_000))),
    inspect(
      "52: bad UTF-8", ":byte 9: has a JSON string that is not UTF-8 (expected UTF-8)",
      littleEndian(6, 8) + [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x7D]),
    inspect(
      "52: a lone surrogate",
      ":byte 10: has a lone surrogate in a JSON string (expected a pair of surrogates)",
      safetensors(#"{"\ud800":1}"#)),
    inspect(
      "53: 784 x 30, then 31 x 10",
      ": layers.1.weight does not continue layers.0.weight (expected 30 inputs, found 31)",
      [
        entry("layers.0.weight", [30, 784], 0, 94_080), entry("layers.0.bias", [30], 94_080, 94_200),
        entry("layers.1.weight", [10, 31], 94_200, 95_440), entry("layers.1.bias", [10], 95_440, 95_480),
      ], values: 23_870),
    inspect(
      "54: NaN in a weight", ":byte 163: layers.0.weight[1, 1] is not finite (expected a number, found nan)",
      safetensors("{\(weight),\(bias)}", floats([1, 1, 1, 1, .nan, 1, 1, 1]))),
    inspect(
      "54: infinity in a bias", ":byte 175: layers.0.bias[1] is not finite (expected a number, found -inf)",
      safetensors("{\(weight),\(bias)}", floats([1, 1, 1, 1, 1, 1, 1, -.infinity]))),
  ]
}
