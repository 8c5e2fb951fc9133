import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct PictureTests {
  private let shape = Dataset.ImageShape(rows: 2, columns: 3)
  private let pixels: [UInt8] = [0, 50, 100, 150, 200, 255]

  @Test("Eight bits of grey pass unchanged; other kinds of PNG become eight bits of grey")
  func pngKinds() throws {
    let folder = try TemporaryFolder()
    func read(_ bytes: [UInt8]) throws -> [UInt8] {
      try Picture.read(folder.write(bytes, to: "a.png"), shape: shape).pixels
    }
    #expect(try read(png(rows: 2, columns: 3, data: unfiltered(pixels, bytesPerRow: 3))) == pixels)
    let sixteen: [UInt8] = pixels.flatMap { [$0, $0] }
    #expect(
      try read(png(rows: 2, columns: 3, depth: 16, data: unfiltered(sixteen, bytesPerRow: 6))) == pixels)
    let colour: [UInt8] = pixels.flatMap { [$0, $0, $0] }
    #expect(try read(png(rows: 2, columns: 3, colour: 2, data: unfiltered(colour, bytesPerRow: 9))) == pixels)
    // Opaque, then wholly transparent black: white paper.
    let alpha: [UInt8] = pixels.flatMap { [$0, 255] }
    #expect(try read(png(rows: 2, columns: 3, colour: 4, data: unfiltered(alpha, bytesPerRow: 6))) == pixels)
    let clear = [UInt8](repeating: 0, count: 24)
    #expect(
      try read(png(rows: 2, columns: 3, colour: 6, data: unfiltered(clear, bytesPerRow: 12)))
        == Array(repeating: 255, count: 6))
    let palette = chunk("PLTE", pixels.flatMap { [$0, $0, $0] })
    #expect(
      try read(
        png(
          rows: 2, columns: 3, colour: 3, data: unfiltered([0, 1, 2, 3, 4, 5], bytesPerRow: 3), extra: palette
        ))
        == pixels)
    // One bit a pixel: 101 and 010.
    let bits = png(rows: 2, columns: 3, depth: 1, data: [0, 0b1010_0000, 0, 0b0100_0000])
    #expect(try read(bits) == [255, 0, 255, 0, 255, 0])
  }

  @Test("An interlaced PNG is put together")
  func interlaced() throws {
    let folder = try TemporaryFolder()
    // 2 x 3 pixels: pass 1 has (0,0), pass 4 (0,2), pass 6 (0,1), pass 7 the second row.
    let data: [UInt8] = [0, 0, 0, 100, 0, 50, 0, 150, 200, 255]
    let bytes =
      pngSignature + imageHeader(rows: 2, columns: 3, interlace: 1)
      + chunk("IDAT", deflated(data, gzip: false))
      + chunk("IEND", [])
    #expect(try Picture.read(folder.write(bytes, to: "a.png"), shape: shape).pixels == pixels)
  }

  @Test("Input 38: a text chunk that unpacks to 100 MB is never unpacked")
  func textBomb() throws {
    let folder = try TemporaryFolder()
    let text = chunk(
      "zTXt", Array("a\0\0".utf8) + deflated([UInt8](repeating: 0, count: 10_000_000), gzip: false))
    let bytes = png(rows: 2, columns: 3, data: unfiltered(pixels, bytesPerRow: 3), extra: text)
    #expect(try Picture.read(folder.write(bytes, to: "a.png"), shape: shape).pixels == pixels)
  }

  @Test("PGM as text and as bytes, eight and sixteen bits, with comments")
  func pgm() throws {
    let folder = try TemporaryFolder()
    func read(_ bytes: [UInt8]) throws -> [UInt8] {
      try Picture.read(folder.write(bytes, to: "a.pgm"), shape: shape).pixels
    }
    #expect(try read(Array("P5 3 2 255\n".utf8) + pixels) == pixels)
    #expect(try read(Array("P5\n# drawn\n3 2\n65535\n".utf8) + pixels.flatMap { [$0, $0] }) == pixels)
    #expect(try read(Array("P2\n3 2\n255\n0 50 100 # first row\n150 200 255\n".utf8)) == pixels)
    #expect(try read(Array("P2 3 2 1 0 1 0 1 0 1".utf8)) == [0, 255, 0, 255, 0, 255])
  }

  @Test("A larger picture is scaled by area, and says what it was")
  func resize() throws {
    let folder = try TemporaryFolder()
    let big: [UInt8] = [0, 100, 50, 50, 255, 255, 200, 0, 50, 50, 255, 253]
    let path = try folder.write(Array("P5 6 2 255\n".utf8) + big, to: "a.pgm")
    let picture = try Picture.read(path, shape: Dataset.ImageShape(rows: 1, columns: 3), resize: true)
    #expect(picture.pixels == [75, 50, 255])
    #expect((picture.rows, picture.columns) == (1, 3))
    #expect((picture.originalRows, picture.originalColumns) == (2, 6))
    let refused = #expect(throws: FileError.self) { try Picture.read(path, shape: shape) }
    #expect(refused?.remedy == .resize)
    let all = try Picture.read(path, shape: nil)
    #expect((all.rows, all.columns) == (2, 6))
  }

  @Test("A picture of black ink on white paper is told, and can be inverted")
  func invert() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("P5 3 2 255\n".utf8) + [255, 0, 250, 251, 1, 252], to: "a.pgm")
    #expect(try Picture.read(path, shape: shape).hasBrightCorners)
    let inverted = try Picture.read(path, shape: shape, invert: true)
    #expect(inverted.pixels == [0, 255, 5, 4, 254, 3])
    #expect(!inverted.hasBrightCorners)
  }

  @Test(arguments: badPNG + badPGM) func refuses(input: BadInput) throws { try input.check() }
}

private let inputShape = Dataset.ImageShape(rows: 28, columns: 28)

private func picture(_ name: String, _ message: String, resize: Bool = false, _ bytes: [UInt8]) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(bytes, to: "a")
  } read: { path in
    _ = try Picture.read(path, shape: inputShape, resize: resize)
  }
}

private let rows = unfiltered(sampleBytes(784), bytesPerRow: 28)
private let good = png(rows: 28, columns: 28, data: rows)

private let badPNG: [BadInput] = [
  picture("empty", "a: is empty (expected PNG, JPEG or PGM (P2, P5))", []),
  picture(
    "33: a side of 2^31 - 1",
    "a:byte 16: has a side that is out of range (expected 1 ... 1000000, found 2147483647)", resize: true,
    png(rows: 28, columns: 0x7FFF_FFFF, data: rows)),
  picture(
    "33: both sides at the limit",
    "a: needs more memory than is allowed (expected at most 134217728 bytes, found 1000000 x 1000000 pixels)",
    resize: true,
    png(rows: 1_000_000, columns: 1_000_000, data: rows)),
  picture(
    "34: no width", "a:byte 16: has a side that is out of range (expected 1 ... 1000000, found 0)",
    png(rows: 28, columns: 0, data: rows)),
  picture(
    "35: wrong CRC in IHDR", "a:byte 8: has a damaged IHDR chunk (expected CRC 0x573e7941, found 0x57668048)",
    good[..<29] + [0x57, 0x3E, 0x79, 0x41] + good[33...]),
  picture(
    "36: more pixel data than declared",
    "a: has more pixel data than its header says (expected 812 bytes, found more)",
    png(rows: 28, columns: 28, data: rows + rows)),
  picture(
    "36: a bomb of pixels",
    "a: has more pixel data than its header says (expected 812 bytes, found more)",
    png(rows: 28, columns: 28, data: [UInt8](repeating: 0, count: 10_000_000))),
  picture(
    "36: 4 MB of compressed data",
    "a: has more pixel data than its header says (expected 812 bytes, found 4000000 compressed)",
    pngSignature + imageHeader(rows: 28, columns: 28) + chunk("IDAT", sampleBytes(4_000_000))
      + chunk("IEND", [])),
  picture(
    "37: 32 x 20",
    "a: has another size than the network's input (expected 28 x 28 pixels, found 20 x 32)",
    png(rows: 20, columns: 32, data: unfiltered(sampleBytes(640), bytesPerRow: 32))),
  picture(
    "39: bit depth 3",
    "a:byte 24: has an invalid bit depth (expected one of [1, 2, 4, 8, 16] for colour type 0, found 3)",
    png(rows: 28, columns: 28, depth: 3, data: rows)),
  picture(
    "39: colour type 5", "a:byte 25: has an invalid colour type (expected 0, 2, 3, 4 or 6, found 5)",
    png(rows: 28, columns: 28, colour: 5, data: rows)),
  picture(
    "40: cut inside the pixels",
    "a:byte 33: is cut short (expected \(good.count - 57) bytes of IDAT, found \(good.count - 57 - 17))",
    good.dropLast(29)),
  picture(
    "a chunk of 2^31 bytes",
    "a:byte 33: has a chunk that is longer than PNG allows (expected at most 2147483647 bytes, found 2147483648)",
    good[..<33] + bigEndian(1 << 31) + good[37...]),
  picture(
    "40: without its end",
    "a:byte \(good.count - 12): is cut short (expected another PNG chunk, found the end of the file)",
    good.dropLast(12)),
  picture(
    "40: signature only", "a:byte 8: is cut short (expected another PNG chunk, found the end of the file)",
    pngSignature),
  picture(
    "less pixel data than declared",
    "a: has less pixel data than its header says (expected 812 bytes, found 800)",
    png(rows: 28, columns: 28, data: Array(rows[..<800]))),
  picture(
    "pixel data that is no deflate data", "a: has damaged pixel data",
    pngSignature + imageHeader(rows: 28, columns: 28) + chunk("IDAT", sampleBytes(200)) + chunk("IEND", [])),
  picture(
    "a row filter that does not exist", "a: is a damaged PNG: bad adaptive filter value",
    png(rows: 28, columns: 28, data: [9] + rows[1...])),
  picture(
    "a palette that is missing", "a: is a damaged PNG: IDAT: Missing PLTE before IDAT",
    png(rows: 28, columns: 28, colour: 3, data: rows)),
  picture(
    "an essential chunk nobody knows",
    "a:byte 33: has a chunk that is essential and unknown (found ABCD)",
    png(rows: 28, columns: 28, data: rows, extra: chunk("ABCD", []))),
  picture(
    "chunks without end", "a: has too many chunks (expected at most 10000, found more)",
    png(rows: 28, columns: 28, data: rows, extra: (0..<10_001).flatMap { _ in chunk("teXt", []) })),
]

private let badPGM: [BadInput] = [
  picture(
    "PGM: no size", "a:byte 3: has no usable number of columns in its header (expected 1 ... 1000000)",
    Array("P5 abc".utf8)),
  picture(
    "PGM: a side of 2^31 - 1",
    "a:byte 13: has no usable number of columns in its header (expected 1 ... 1000000, found 2147483647)",
    Array("P5 2147483647 28 255\n".utf8)),
  picture(
    "PGM: a greatest value of 0",
    "a:byte 10: has no usable greatest value in its header (expected 1 ... 65535, found 0)",
    Array("P5 28 28 0\n".utf8) + sampleBytes(784)),
  picture(
    "PGM: cut", "a: is shorter than its header says (expected 784 bytes of pixels, found 700)",
    Array("P5 28 28 255\n".utf8) + sampleBytes(700)),
  picture(
    "PGM: a byte too many", "a: is longer than its header says (expected 784 bytes of pixels, found 785)",
    Array("P5 28 28 255\n".utf8) + sampleBytes(785)),
  picture(
    "PGM: a million rows",
    "a: is shorter than its header says (expected 1000000000000 bytes of pixels, found 784)",
    resize: true, Array("P5 1000000 1000000 255\n".utf8) + sampleBytes(784)),
  picture(
    "PGM: a value over the greatest",
    "a:byte 15: has no usable value for pixel 0 (expected 0 ... 9, found 10)",
    Array("P2 28 28 9\n".utf8) + Array(repeating: "  10", count: 784).joined().utf8),
  picture(
    "PGM: too many values", "a:byte 1579: has something after its last pixel (expected 784 values)",
    Array("P2 28 28 9\n".utf8) + Array(repeating: " 1", count: 785).joined().utf8),
  picture(
    "a colour image",
    "a: is not an image that can be read (expected PNG, JPEG or PGM (P2, P5), found a colour image (P3 or P6))",
    Array("P6 28 28 255\n".utf8)),
]
