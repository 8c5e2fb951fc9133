import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct JPEGTests {
  private func read(_ bytes: [UInt8]) throws -> Picture {
    let folder = try TemporaryFolder()
    return try Picture.read(folder.write(bytes, to: "a.jpg"), shape: nil)
  }

  /// The grey of each block.
  private func blocks(_ picture: Picture) -> [[UInt8]] {
    stride(from: 4, to: picture.rows, by: 8).map { row in
      stride(from: 4, to: picture.columns, by: 8).map { picture.pixels[row * picture.columns + $0] }
    }
  }

  @Test("A grey JPEG has its pixels")
  func grey() throws {
    let picture = try read(jpeg([[0, 100, 255], [7, 8, 128]]))
    #expect((picture.rows, picture.columns) == (16, 24))
    #expect(blocks(picture) == [[0, 100, 255], [7, 8, 128]])
    #expect(picture.pixels.prefix(24) == [0, 100, 255].flatMap { [UInt8](repeating: $0, count: 8) }[...])
  }

  @Test(
    "A camera that was held otherwise: EXIF's eight orientations",
    arguments: [
      (1, [[1, 2], [3, 4]]), (2, [[2, 1], [4, 3]]), (3, [[4, 3], [2, 1]]), (4, [[3, 4], [1, 2]]),
      (5, [[1, 3], [2, 4]]), (6, [[3, 1], [4, 2]]), (7, [[4, 2], [3, 1]]), (8, [[2, 4], [1, 3]]),
      (9, [[1, 2], [3, 4]]),
    ])
  func orientation(orientation: Int, expected: [[UInt8]]) throws {
    for isLittleEndian in [false, true] {
      let bytes = jpeg(
        [[1, 2], [3, 4]], segments: exif(orientation: orientation, isLittleEndian: isLittleEndian))
      #expect(try blocks(read(bytes)) == expected)
    }
    let oblong = try read(
      jpeg([[1, 2, 3]], segments: exif(orientation: orientation, isLittleEndian: true)))
    #expect((oblong.rows, oblong.columns) == ((5...8).contains(orientation) ? (24, 8) : (8, 24)))
  }

  @Test("EXIF that makes no sense is ignored", arguments: [0, 6, 10, 14, 16, 20, 30])
  func cutExif(length: Int) throws {
    let content = exif(orientation: 6, isLittleEndian: true)[4...].prefix(length)
    #expect(try blocks(read(jpeg([[1, 2]], segments: jpegSegment(0xE1, Array(content))))) == [[1, 2]])
  }

  @Test(arguments: badJPEG) func refuses(input: BadInput) throws { try input.check() }
}

private func picture(_ name: String, _ message: String, _ bytes: [UInt8], maxBytes: Int = 1000) -> BadInput {
  BadInput(name, message) { folder in
    try folder.write(bytes, to: "a")
  } read: { path in
    _ = try Picture.read(path, shape: nil, maxBytes: maxBytes)
  }
}

private let good = jpeg([[1, 200], [30, 40]])

private let badJPEG: [BadInput] = [
  picture(
    "cut inside its header",
    "a:byte 2: is cut short (expected 67 bytes of a JPEG segment, found the end of the file)",
    Array(good.prefix(40))),
  picture(
    "cut before its pixels",
    "a:byte 2: is cut short (expected another JPEG segment, found the end of the file)",
    Array(good.prefix(4))),
  picture(
    "cut inside its pixels", "a: is a damaged JPEG: Premature end of JPEG file", Array(good.dropLast(7))),
  picture(
    "without its end", "a: is a damaged JPEG: Premature end of JPEG file", Array(good.dropLast(2))),
  picture(
    "no marker", "a:byte 71: is a damaged JPEG (expected a marker 0xFF.., found 0x4142)",
    good[..<71] + Array("AB".utf8) + good[71...]),
  picture(
    "a segment without its length",
    "a:byte 2: is a damaged JPEG (expected a segment of 2 bytes or more, found 1)",
    [0xFF, 0xD8, 0xFF, 0xE0, 0, 1] + good[2...]),
  picture(
    "no frame header", "a:byte 2: is a damaged JPEG (expected a frame header before the pixels)",
    [0xFF, 0xD8, 0xFF, 0xD9, 0, 0, 0, 0]),
  picture(
    "CMYK", "a:byte 71: is a JPEG of a kind that is not read (expected grey or RGB colours, found CMYK)",
    jpeg([[1]], components: 4)),
  picture(
    "12 bits", "a:byte 71: is a JPEG of a kind that is not read (expected 8 bits a pixel, found 12)",
    jpeg([[1]], precision: 12)),
  picture(
    "arithmetic coding",
    "a:byte 71: is a JPEG of a kind that is not read (expected baseline or progressive, found arithmetic coding)",
    jpeg([[1]], frame: 0xC9)),
  picture(
    "lossless",
    "a:byte 71: is a JPEG of a kind that is not read (expected baseline or progressive, found lossless)",
    jpeg([[1]], frame: 0xC3)),
  picture(
    "no height", "a:byte 71: has a side that is out of range (expected 1 ... 65535, found 0 x 8)",
    jpeg([[1]], rows: 0)),
  picture(
    "larger than is allowed",
    "a: needs more memory than is allowed (expected at most 200 bytes, found 16 x 16 pixels)", good,
    maxBytes: 200),
  picture(
    "a height that its pixels do not fill", "a: is a damaged JPEG: Premature end of JPEG file",
    jpeg([[1]], rows: 64)),
]
