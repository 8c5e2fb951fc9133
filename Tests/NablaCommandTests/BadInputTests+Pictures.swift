import InputBytes

/// `message` continues the name of the picture.
private func predict(
  _ name: String, _ message: String, _ bytes: [UInt8], options: [String] = []
) -> BadCommand {
  BadCommand(name, ["predict", "m", "x.png"] + options, 65, "x.png\(message)") { folder in
    try folder.write("m", smallModel)
    try folder.write("x.png", bytes)
  }
}

/// A network of 784 inputs and one output.
private let smallModel = safetensors(
  "{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,784],\"data_offsets\":[0,3136]},"
    + "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3136,3140]}}",
  floats([Float](repeating: 1, count: 785)))

private let rows = unfiltered(sampleBytes(784), bytesPerRow: 28)
private let good = png(rows: 28, columns: 28, data: rows)

extension BadCommand {
  static let pictures: [BadCommand] = [
    predict(
      "33: a side of 2^31 - 1",
      ":byte 16: has a side that is out of range (expected 1 ... 1000000, found 2147483647)",
      png(rows: 28, columns: 0x7FFF_FFFF, data: rows), options: ["--resize"]),
    predict(
      "33: both sides at the limit",
      ": needs more memory than is allowed (expected at most 134217728 bytes, "
        + "found 1000000 x 1000000 pixels)", png(rows: 1_000_000, columns: 1_000_000, data: rows),
      options: ["--resize"]),
    predict(
      "34: no width", ":byte 16: has a side that is out of range (expected 1 ... 1000000, found 0)",
      png(rows: 28, columns: 0, data: rows)),
    predict(
      "35: wrong CRC in IHDR",
      ":byte 8: has a damaged IHDR chunk (expected CRC 0x573e7941, found 0x57668048)",
      good[..<29] + [0x57, 0x3E, 0x79, 0x41] + good[33...]),
    predict(
      "36: more pixel data than declared",
      ": has more pixel data than its header says (expected 812 bytes, found more)",
      png(rows: 28, columns: 28, data: rows + rows)),
    predict(
      "36: a bomb of pixels", ": has more pixel data than its header says (expected 812 bytes, found more)",
      png(rows: 28, columns: 28, data: [UInt8](repeating: 0, count: 20_000_000))),
    predict(
      "37: not 28 x 28",
      ": has another size than the network's input; --resize scales it (expected 28 x 28 pixels, "
        + "found 20 x 32)", png(rows: 20, columns: 32, data: unfiltered(sampleBytes(640), bytesPerRow: 32)),
      options: ["--as-is"]),
    predict(
      "no ink", ": shows nothing that stands out from its background (expected a digit)",
      png(rows: 40, columns: 40, data: unfiltered([UInt8](repeating: 90, count: 1600), bytesPerRow: 40))),
    predict(
      "a JPEG that is cut", ": is a damaged JPEG: Premature end of JPEG file", jpeg([[1, 200]]).dropLast(5)),
    predict(
      "a CMYK JPEG",
      ":byte 71: is a JPEG of a kind that is not read (expected grey or RGB colours, found CMYK)",
      jpeg([[1]], components: 4)),
    predict(
      "39: bit depth 3",
      ":byte 24: has an invalid bit depth (expected one of [1, 2, 4, 8, 16] for colour type 0, found 3)",
      png(rows: 28, columns: 28, depth: 3, data: rows)),
    predict(
      "40: cut inside the pixels",
      ":byte 33: is cut short (expected \(good.count - 57) bytes of IDAT, found \(good.count - 57 - 17))",
      good.dropLast(29)),
    predict(
      "40: without its end",
      ":byte \(good.count - 12): is cut short (expected another PNG chunk, found the end of the file)",
      good.dropLast(12)),
  ]
}
