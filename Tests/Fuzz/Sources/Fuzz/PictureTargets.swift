import Nabla

@testable import NablaFormats
@testable import NablaReaders

private let picture = ScratchFile("picture")
private let digit = Dataset.ImageShape(rows: 28, columns: 28)

/// A PNG: as it is, or with right checksums, or with pixel data that are compressed only here.
func fuzzPNG(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  let bytes = Array(input.rest)
  picture.write(options & 1 == 0 ? bytes : Mended.png(bytes, compressing: options & 2 != 0))
  try readPicture(options)
}

func fuzzPGM(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  picture.write(input.rest)
  try readPicture(options)
}

private func readPicture(_ options: UInt8) throws(FileError) {
  let picture = try Picture.read(
    picture.path, shape: options & 4 == 0 ? nil : digit, resize: options & 8 == 0, invert: options & 16 != 0,
    maxBytes: FuzzTarget.maxBytes)
  require(picture.pixels.count == picture.rows * picture.columns, "\(picture.pixels.count) pixels")
  require(options & 4 == 0 || picture.rows == 28, "\(picture.rows) rows")
}
