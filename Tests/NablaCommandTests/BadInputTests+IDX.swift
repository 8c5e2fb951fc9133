import InputBytes

private let train = ["train", "--data", "."]
private let imagesName = "train-images-idx3-ubyte"
private let labelsName = "train-labels-idx1-ubyte"
private let images = idx([2, 2, 3], sampleBytes(12))
private let labels = idx([2], [0, 1])

/// A folder of images and labels; `message` continues the name of the images.
private func asImages(_ name: String, _ message: String, _ bytes: [UInt8], gzip: Bool = false) -> BadCommand {
  let file = imagesName + (gzip ? ".gz" : "")
  return BadCommand(name, train, 65, "./\(file)\(message)") { folder in
    try folder.write(file, bytes)
    try folder.write(labelsName, labels)
  }
}

/// A folder of images and labels; `message` continues the name of the labels.
private func asLabels(
  _ name: String, _ message: String, _ bytes: [UInt8], images: [UInt8] = images, options: [String] = []
) -> BadCommand {
  BadCommand(name, train + options, 65, "./\(labelsName)\(message)") { folder in
    try folder.write(imagesName, images)
    try folder.write(labelsName, bytes)
  }
}

/// gzip data whose header names the file it was made from, in 64 KB.
func withName(_ plain: [UInt8]) -> [UInt8] {
  var bytes: [UInt8] = Array(plain[..<10])
  bytes[3] = 8
  bytes += [UInt8](repeating: 0x61, count: 65536)
  bytes.append(0)
  return bytes + plain[10...]
}

private let hugeImages = idx([0xFFFF_FFFF, 28, 28], [])
private let dimensions =
  "has the wrong number of dimensions (expected 3: images [count, rows, columns], found"

extension BadCommand {
  static let idxFiles: [BadCommand] = [
    asImages("1: empty images", ": is empty (expected an IDX header)", []),
    asLabels("1: empty labels", ": is empty (expected an IDX header)", []),
    asImages("2: three bytes", ": is cut inside its header (expected 4 bytes, found 3)", [0, 0, 8]),
    asImages(
      "3: byte-swapped",
      ":byte 0: looks little-endian; IDX is big-endian (expected 0x00000803, found 0x03080000)",
      [3, 8, 0, 0] + littleEndian(2)),
    asImages(
      "4: type 0x0A", ":byte 2: has an unknown element type (expected 0x08, unsigned bytes, found 0x0A)",
      [0, 0, 0x0A, 3] + images[4...]),
    asImages("5: rank 0", ":byte 3: \(dimensions) 0)", [0, 0, 8, 0] + images[4...]),
    asImages("5: rank 255", ":byte 3: \(dimensions) 255)", [0, 0, 8, 255] + images[4...]),
    asImages(
      "6: cut inside the sizes", ": is cut inside its header (expected 16 bytes, found 10)",
      Array(images[..<10])),
    asImages(
      "7: 0xFFFFFFFF images in 4 KB",
      ": is shorter than its header says (expected 3367254359280 bytes of data, found 4080)",
      hugeImages + sampleBytes(4080)),
    BadCommand(
      "8: the same in a sparse file", train, 65,
      "./\(imagesName): needs more memory than is allowed; --max-bytes raises the limit "
        + "(expected at most 68719476736 bytes, found 3367254359280 bytes)"
    ) { folder in
      try folder.writeSparse(imagesName, hugeImages, length: 16 + 3_367_254_359_280)
      try folder.write(labelsName, labels)
    },
    asImages(
      "9: sizes whose product wraps",
      ":byte 4: has sizes whose product cannot be addressed (found 4294967295 x 4294967295 x 4294967295)",
      idx([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], sampleBytes(100))),
    asImages(
      "10: no samples", ":byte 4: has no samples (expected 1 or more, found 0)",
      idx([0, 28, 28], [])),
    asImages(
      "11: no rows", ":byte 8: has no rows (expected 1 or more, found 0)", idx([2, 0, 28], [])),
    asImages(
      "12: a byte short", ": is shorter than its header says (expected 12 bytes of data, found 11)",
      images.dropLast()),
    asImages(
      "13: a byte long", ": is longer than its header says (expected 12 bytes of data, found 13)",
      images + [7]),
    asLabels(
      "14: images given as labels",
      ":byte 3: holds images, not labels (expected 1: labels [count], found 3)", images),
    asImages(
      "14: labels given as images",
      ":byte 3: holds labels, not images (expected 3: images [count, rows, columns], found 1)", labels),
    asLabels(
      "15: 60,000 images, 10,000 labels",
      ": has another number of labels than ./\(imagesName) has images (expected 60000, found 10000)",
      idx([10_000], [UInt8](repeating: 1, count: 10_000)),
      images: idx([60_000, 1, 1], [UInt8](repeating: 1, count: 60_000))),
    asLabels(
      "16: label 200 of 10 classes",
      ":byte 10: label 2 is not one of the 10 classes (expected 0 ... 9, found 200)",
      idx([4], [0, 9, 200, 10]), images: idx([4, 2, 2], sampleBytes(16)),
      options: ["--layers", "4,5,10"]),
  ]

  static let gzipFiles: [BadCommand] = {
    let whole = gzip(images)
    let cut = ": is cut short (expected the end of the gzip data, found the end of the file)"
    let zeros = [UInt8](repeating: 0, count: 20_000_000)
    let bomb = gzip(idx([2, 2, 3], []) + zeros)
    let hugeBomb = gzip(hugeImages + zeros)
    let named = withName(whole)
    let cases: [(String, String, [UInt8])] = [
      ("17: cut mid-stream", cut, whole.dropLast(12)),
      ("17: cut inside the trailer", cut, whole.dropLast(3)),
      ("17: cut inside the gzip header", cut, Array(whole[..<5])),
      (
        "18: wrong CRC", ": is damaged (expected the CRC of its gzip trailer, found another)",
        whole.dropLast(8) + [1, 2, 3, 4] + whole.suffix(4)
      ),
      (
        "19: wrong length", ": is damaged (expected the length of its gzip trailer, found another)",
        whole.dropLast(4) + [9, 9, 9, 9]
      ),
      (
        "20: a bomb behind a valid header",
        ": is longer than its header says (expected 12 bytes of data, found more)", bomb
      ),
      (
        "21: a bomb with a huge header",
        ": is shorter than its header says (expected 3367254359280 bytes of data, "
          + "found at most \(1032 * hugeBomb.count - 16))", hugeBomb
      ),
      (
        "22: garbage after the member",
        ":byte \(whole.count): has garbage after the gzip data (expected the end of the file, "
          + "found 5 more bytes)", whole + Array("hello".utf8)
      ),
      (
        "23: an HTML page",
        ": is an HTML page (expected data, found what a web server answers instead of a file)",
        Array("\n<!DOCTYPE html><html><body>Not found</body></html>".utf8)
      ),
      ("24: a name of 64 KB, cut behind it", cut, named.dropLast(3)),
      (
        "25: zip", ": is a zip archive (expected the plain or gzip-compressed file, found zip)",
        [0x50, 0x4B, 3, 4] + sampleBytes(100)
      ),
      (
        "25: zlib",
        ": is compressed in zlib's format (expected the plain or gzip-compressed file, found zlib)",
        deflated(images, gzip: false)
      ),
    ]
    return cases.map { asImages($0.0, $0.1, $0.2, gzip: true) }
  }()
}
