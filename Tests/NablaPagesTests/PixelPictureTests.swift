import Foundation
import NablaPages
import Testing

@Suite("Pictures in a page")
struct PixelPictureTests {
  /// The value of a chunk of a PNG, checked against its length; nil if there is none.
  private func chunk(_ type: String, of png: [UInt8]) -> [UInt8]? {
    var position = 8
    while position + 8 <= png.count {
      let length = png[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let found = String(decoding: png[position + 4..<position + 8], as: UTF8.self)
      if found == type { return Array(png[position + 8..<position + 8 + length]) }
      position += length + 12
    }
    return nil
  }

  @Test("The PNG is that of the specification: a 1 x 1 picture byte by byte")
  func onePixel() {
    let png = PixelPicture([255], rows: 1, columns: 1, style: .light).png
    var expected: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    expected += "IHDR".utf8
    expected += [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55] as [UInt8]
    expected += [0, 0, 0, 13] as [UInt8]
    expected += "IDAT".utf8
    expected += [0x78, 0x01, 1, 2, 0, 0xFD, 0xFF, 0, 255, 0x01, 0x01, 0x01, 0x00] as [UInt8]
    #expect(Array(png.prefix(expected.count)) == expected)
    #expect(png.suffix(12) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
  }

  @Test("Digits are ink on paper, photographs are not; weights are around zero")
  func styles() {
    var digit = [UInt8](repeating: 0, count: 64)
    digit[27] = 255
    #expect(PixelPicture(pixels: digit, rows: 8, columns: 8).style == .ink)
    #expect(PixelPicture(pixels: digit.map { 255 - $0 }, rows: 8, columns: 8).style == .light)
    let weights = PixelPicture(signed: [-2, 0, 1, .nan], rows: 2, columns: 2)
    #expect(weights.values == [0, 127, 191, 127])
    #expect(PixelPicture(signed: [0, 0], rows: 1, columns: 2).values == [127, 127])
    #expect(chunk("tRNS", of: weights.png).map { [$0[0], $0[127], $0[254]] } == [255, 0, 255])
    #expect(chunk("PLTE", of: weights.png)?.count == 255 * 3)
  }

  @Test("More than one block of 65,535 bytes; the text of the page is the file")
  func large() throws {
    let values = (0..<300 * 300).map { UInt8($0 % 251) }
    let picture = PixelPicture(values, rows: 300, columns: 300, style: .light)
    let data = try #require(chunk("IDAT", of: picture.png))
    #expect(data.count == 2 + 2 * 5 + 300 * 301 + 4)
    let markup = picture.markup(width: 60, "a <picture>").text
    let image = try #require(try WellFormed(markup).all("img").first)
    #expect(image["alt"] == "a <picture>" && image["width"] == "60" && image["height"] == "60")
    let text = try #require(image["src"]?.dropFirst("data:image/png;base64,".count))
    #expect(Data(base64Encoded: String(text)).map(Array.init) == picture.png)
  }
}
