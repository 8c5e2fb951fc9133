import Foundation
import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct IDXTests {
  @Test("What was written is read, plain, compressed, and in several gzip members", arguments: 0..<3)
  func roundTrip(form: Int) throws {
    let folder = try TemporaryFolder()
    let pixels = sampleBytes(6 * 5 * 4)
    let labels: [UInt8] = [3, 0, 2, 11, 1, 0]
    let images = idx([6, 5, 4], pixels)
    let bytes = [images, gzip(images), gzip(Array(images[..<50])) + gzip(Array(images[50...]))][form]
    // The names say nothing: content does.
    let imagesPath = try folder.write(bytes, to: form == 0 ? "images.gz" : "images")
    let labelsPath = try folder.write(form == 1 ? gzip(idx([6], labels)) : idx([6], labels), to: "labels")
    let data = try IDX.read(images: imagesPath, labels: labelsPath)
    #expect(data.count == 6)
    #expect(data.imageShape == Dataset.ImageShape(rows: 5, columns: 4))
    #expect(data.classCount == 12)
    #expect((0..<6).flatMap { data.image(at: $0) } == pixels)
    #expect((0..<6).map { data.label(at: $0) } == labels.map(Int.init))
  }

  @Test(
    "One image is read by itself, with its label where a file of labels lies beside",
    arguments: [false, true])
  func oneImage(compressed: Bool) throws {
    let folder = try TemporaryFolder()
    let pixels = sampleBytes(3 * 5 * 4)
    let ending = compressed ? ".gz" : ""
    let bytes = idx([3, 5, 4], pixels)
    // A folder that is called images keeps its name.
    let path = try folder.write(compressed ? gzip(bytes) : bytes, to: "images/a-images-idx3-ubyte\(ending)")
    let alone = try IDXImage.read(path, index: 1)
    #expect(alone.pixels == Array(pixels[20..<40]))
    #expect(alone.shape == Dataset.ImageShape(rows: 5, columns: 4))
    #expect(alone.label == nil)
    try folder.write(idx([3], [7, 8, 9]), to: "images/a-labels-idx1-ubyte")
    #expect(try IDXImage.read(path, index: 1).label == 8)
    let error = #expect(throws: FileError.self) { try IDXImage.read(path, index: 3) }
    #expect(error?.kind == .invalidRequest)
    #expect(error?.expected == "an index of 0 ... 2")
  }

  @Test("Labels beside an image that may not be read are an error", .enabled(if: geteuid() != 0))
  func labelsOfOneImage() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(idx([2, 2, 2], sampleBytes(2 * 4)), to: "a-images-idx3-ubyte")
    let labels = try folder.write(idx([2], [7, 8]), to: "a-labels-idx1-ubyte")
    chmod(labels, 0)
    let error = #expect(throws: FileError.self) { try IDXImage.read(path, index: 1) }
    #expect(error?.path == labels)
    #expect(error?.kind == .missingInput)
  }

  @Test("A file longer than what is read at once", arguments: [false, true], [1, 4])
  func severalBlocks(compressed: Bool, zerosFor: Int) throws {
    let folder = try TemporaryFolder()
    let count = 7000
    // All pixels, and one of four.
    let pixels = sampleBytes(count * 20 * 20).enumerated().map { $0 % zerosFor == 0 ? $1 | 1 : 0 }
    let labels = (0..<count).map { UInt8($0 % 10) }
    let bytes = idx([count, 20, 20], pixels)
    let images = try folder.write(compressed ? gzip(bytes) : bytes, to: "images")
    let data = try IDX.read(images: images, labels: folder.write(idx([count], labels), to: "labels"))
    #expect(data.isSparse == (zerosFor > 1))
    let isEqual = (0..<count).allSatisfy {
      data.image(at: $0) == Array(pixels[$0 * 400..<$0 * 400 + 400]) && data.label(at: $0) == $0 % 10
    }
    #expect(isEqual)
    let cut = try folder.write(
      compressed ? gzip(Array(bytes.dropLast())) : Array(bytes.dropLast()), to: "cut")
    let error = #expect(throws: FileError.self) { try IDX.read(images: cut, labels: folder.path("labels")) }
    #expect(error?.problem == "is shorter than its header says")
    #expect(error?.expected == "2800000 bytes of data")
    #expect(error?.found == "2799999")
  }

  @Test("Input 24: a gzip header with a name of 64 KB is skipped")
  func longName() throws {
    let folder = try TemporaryFolder()
    let plain = gzip(idx([2], [1, 0]))
    let name = [UInt8](repeating: 0x61, count: 65536) + [0]
    let labels = try folder.write(plain[..<3] + [8] + plain[4..<10] + name + plain[10...], to: "labels")
    let images = try folder.write(idx([2, 1, 1], [5, 6]), to: "images")
    #expect(try IDX.read(images: images, labels: labels).label(at: 0) == 1)
  }

  @Test(arguments: badHeaders + badGzip) func refuses(input: BadInput) throws { try input.check() }
}

private func asImages(_ name: String, _ message: String, _ bytes: [UInt8]) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(idx([2], [0, 1]), to: "labels")
    return try folder.write(bytes, to: "images")
  } read: { path in
    _ = try IDX.read(images: path, labels: path.replacing("images", with: "labels"))
  }
}

private func asLabels(_ name: String, _ message: String, _ bytes: [UInt8], classCount: Int? = nil) -> BadInput
{
  BadInput(name, message) { folder in
    try folder.write(idx([4, 1, 2], sampleBytes(8)), to: "images")
    return try folder.write(bytes, to: "labels")
  } read: { path in
    _ = try IDX.read(images: path.replacing("labels", with: "images"), labels: path, classCount: classCount)
  }
}

private let twoImages = idx([2, 2, 3], sampleBytes(12))

private let badHeaders: [BadInput] = [
  asImages("1: empty file", "images: is empty (expected an IDX header)", []),
  asImages("2: three bytes", "images: is cut inside its header (expected 4 bytes, found 3)", [0, 0, 8]),
  asImages(
    "3: byte-swapped",
    "images:byte 0: looks little-endian; IDX is big-endian (expected 0x00000803, found 0x03080000)",
    [3, 8, 0, 0] + littleEndian(2)),
  asImages(
    "not IDX at all", "images:byte 0: is not an IDX file (expected 0x00000803, found 0x68656C6C)",
    Array("hello".utf8)),
  asImages(
    "4: type 0x0A", "images:byte 2: has an unknown element type (expected 0x08, unsigned bytes, found 0x0A)",
    [0, 0, 0x0A, 3] + twoImages[4...]),
  asImages(
    "floats", "images:byte 2: has elements of another type (expected unsigned bytes, found 32-bit floats)",
    [0, 0, 0x0D, 3] + twoImages[4...]),
  asImages(
    "5: rank 0",
    "images:byte 3: has the wrong number of dimensions (expected 3: images [count, rows, columns], found 0)",
    [0, 0, 8, 0] + twoImages[4...]),
  asImages(
    "5: rank 255",
    "images:byte 3: has the wrong number of dimensions (expected 3: images [count, rows, columns], found 255)",
    [0, 0, 8, 255] + twoImages[4...]),
  asImages(
    "6: cut inside the sizes", "images: is cut inside its header (expected 16 bytes, found 10)",
    Array(twoImages[..<10])),
  asImages(
    "7: count 0xFFFFFFFF in 4 KB",
    "images: is shorter than its header says (expected 3367254359280 bytes of data, found 4080)",
    idx([0xFFFF_FFFF, 28, 28], sampleBytes(4080))),
  BadInput(
    "8: the same in a sparse file",
    "images: needs more memory than is allowed (expected at most 68719476736 bytes, "
      + "found 3367254359280 bytes)"
  ) { folder in
    try folder.writeSparse(idx([0xFFFF_FFFF, 28, 28], []), length: 16 + 3_367_254_359_280, to: "images")
  } read: { path in
    _ = try IDX.read(images: path, labels: path)
  },
  asImages(
    "9: sizes whose product wraps",
    "images:byte 4: has sizes whose product cannot be addressed (found 4294967295 x 4294967295 x 4294967295)",
    idx([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], sampleBytes(100))),
  asImages(
    "10: no samples", "images:byte 4: has no samples (expected 1 or more, found 0)", idx([0, 28, 28], [])),
  asImages("11: no rows", "images:byte 8: has no rows (expected 1 or more, found 0)", idx([2, 0, 28], [])),
  asImages(
    "12: a byte short", "images: is shorter than its header says (expected 12 bytes of data, found 11)",
    twoImages.dropLast()),
  asImages(
    "13: a byte long", "images: is longer than its header says (expected 12 bytes of data, found 13)",
    twoImages + [7]),
  asLabels(
    "14: images given as labels",
    "labels:byte 3: holds images, not labels (expected 1: labels [count], found 3)", twoImages),
  asImages(
    "labels given as images",
    "images:byte 3: holds labels, not images (expected 3: images [count, rows, columns], found 1)",
    idx([2], [0, 1])),
  asLabels(
    "15: more images than labels",
    "labels: has another number of labels than images has images (expected 4, found 3)",
    idx([3], [0, 1, 2])),
  asLabels(
    "16: label 200 of 10 classes",
    "labels:byte 10: label 2 is not one of the 10 classes (expected 0 ... 9, found 200)",
    idx([4], [0, 9, 200, 10]), classCount: 10),
]

/// Deflate data that stand for `count` zeros.
private func zeros(_ count: Int, after start: [UInt8]) -> [UInt8] {
  gzip(start + [UInt8](repeating: 0, count: count))
}

private let twoImagesGzip = gzip(twoImages)

private let badGzip: [BadInput] = [
  asImages(
    "17: cut mid-stream",
    "images: is cut short (expected the end of the gzip data, found the end of the file)",
    Array(twoImagesGzip.dropLast(12))),
  asImages(
    "17: cut inside the trailer",
    "images: is cut short (expected the end of the gzip data, found the end of the file)",
    Array(twoImagesGzip.dropLast(3))),
  asImages(
    "17: cut inside the gzip header",
    "images: is cut short (expected the end of the gzip data, found the end of the file)",
    Array(twoImagesGzip[..<5])),
  asImages(
    "18: wrong CRC", "images: is damaged (expected the CRC of its gzip trailer, found another)",
    twoImagesGzip.dropLast(8) + [1, 2, 3, 4] + twoImagesGzip.suffix(4)),
  asImages(
    "19: wrong length", "images: is damaged (expected the length of its gzip trailer, found another)",
    twoImagesGzip.dropLast(4) + [9, 9, 9, 9]),
  asImages(
    "20: a bomb behind a valid header",
    "images: is longer than its header says (expected 12 bytes of data, found more)",
    zeros(20_000_000, after: idx([2, 2, 3], []))),
  asImages(
    "21: a bomb with a huge header",
    "images: is shorter than its header says (expected 3367254359280 bytes of data, found at most 20100248)",
    zeros(20_000_000, after: idx([0xFFFF_FFFF, 28, 28], []))),
  asImages(
    "22: garbage after the member",
    "images:byte \(twoImagesGzip.count): has garbage after the gzip data (expected the end of the file, "
      + "found 5 more bytes)", twoImagesGzip + Array("hello".utf8)),
  asImages(
    "23: an HTML page",
    "images: is an HTML page (expected data, found what a web server answers instead of a file)",
    Array("\n<!DOCTYPE html><html><body>Not found</body></html>".utf8)),
  asImages(
    "25: zip", "images: is a zip archive (expected the plain or gzip-compressed file, found zip)",
    [0x50, 0x4B, 3, 4] + sampleBytes(100)),
  asImages(
    "25: zlib",
    "images: is compressed in zlib's format (expected the plain or gzip-compressed file, found zlib)",
    deflated(twoImages, gzip: false)),
]
