import Nabla

/// One grey image to classify, from a PNG, JPEG or PGM file; which of them is told by its content.
public struct Picture: Equatable, Sendable {
  /// rows * columns pixels, row-major, 0 (black) ... 255 (white).
  public let pixels: [UInt8]
  /// Height in pixels, after a resize.
  public let rows: Int
  /// Width in pixels, after a resize.
  public let columns: Int
  /// Height in pixels in the file, before a resize.
  public let originalRows: Int
  /// Width in pixels in the file, before a resize.
  public let originalColumns: Int
  /// Whether the corners are bright, after inversion if that was asked for. MNIST's digits are white on black, so such
  /// a picture probably needs `invert`.
  public let hasBrightCorners: Bool

  /// Reads a picture.
  ///
  /// - Parameters:
  ///   - shape: rows and columns the picture must have; nil takes any.
  ///   - resize: scales a picture of another size to `shape`, instead of refusing it.
  ///   - invert: turns black into white and white into black.
  ///   - maxBytes: the most pixels, and the most bytes of a JPEG file.
  public static func read(
    _ path: String, shape: Dataset.ImageShape?, resize: Bool = false, invert: Bool = false,
    maxBytes: Int = ReadingLimits.greatestPicture
  ) throws(FileError) -> Picture {
    try read(InputFile(path), shape: shape, resize: resize, invert: invert, maxBytes: maxBytes)
  }

  /// Reads a picture from the bytes of a file.
  ///
  /// - Parameters:
  ///   - name: what messages call it.
  ///   - shape: see `read(_:shape:resize:invert:maxBytes:)`, as the others.
  public static func read(
    bytes: [UInt8], name: String, shape: Dataset.ImageShape?, resize: Bool = false, invert: Bool = false,
    maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> Picture {
    try read(
      InputFile(bytes: bytes, name: name), shape: shape, resize: resize, invert: invert, maxBytes: maxBytes)
  }

  private static func read(
    _ file: InputFile, shape: Dataset.ImageShape?, resize: Bool, invert: Bool, maxBytes: Int
  ) throws(FileError) -> Picture {
    let path = file.path
    let start = try file.bytes(at: 0, count: min(file.length, 16))
    if start.starts(with: PNGFile.signature) {
      let png = try PNGFile(file)
      try check(rows: png.rows, columns: png.columns, shape: shape, resize: resize, path: path)
      return Picture(
        try png.pixels(maxBytes: maxBytes), rows: png.rows, columns: png.columns, shape: shape, invert: invert
      )
    }
    if start.starts(with: JPEGFile.signature) {
      let jpeg = try JPEGFile(file)
      try check(rows: jpeg.rows, columns: jpeg.columns, shape: shape, resize: resize, path: path)
      return Picture(
        try jpeg.pixels(maxBytes: maxBytes), rows: jpeg.rows, columns: jpeg.columns, shape: shape,
        invert: invert
      )
    }
    if start.starts(with: Array("P5".utf8)) || start.starts(with: Array("P2".utf8)) {
      let pgm = try PGMFile(file)
      try check(rows: pgm.rows, columns: pgm.columns, shape: shape, resize: resize, path: path)
      return Picture(
        try pgm.pixels(maxBytes: maxBytes), rows: pgm.rows, columns: pgm.columns, shape: shape, invert: invert
      )
    }
    throw FileError(
      path, start.isEmpty ? "is empty" : "is not an image that can be read",
      expected: "PNG, JPEG or PGM (P2, P5)",
      found: otherFormat(start))
  }

  private static func check(
    rows: Int, columns: Int, shape: Dataset.ImageShape?, resize: Bool, path: String
  ) throws(FileError) {
    guard let shape, !resize, rows != shape.rows || columns != shape.columns else { return }
    throw FileError(
      path, "has another size than the network's input",
      expected: "\(shape.rows) x \(shape.columns) pixels", found: "\(rows) x \(columns)", remedy: .resize)
  }

  private init(_ original: [UInt8], rows: Int, columns: Int, shape: Dataset.ImageShape?, invert: Bool) {
    let shape = shape ?? Dataset.ImageShape(rows: rows, columns: columns)
    var picture = GreyPicture(rows: rows, columns: columns, pixels: original).averaged(to: shape)
    if invert { picture = picture.inverted() }
    self.pixels = picture.pixels
    self.rows = shape.rows
    self.columns = shape.columns
    originalRows = rows
    originalColumns = columns
    let corners = [0, shape.columns - 1, picture.pixels.count - shape.columns, picture.pixels.count - 1]
    hasBrightCorners = corners.reduce(0) { $0 + Int(picture.pixels[$1]) } > 4 * 127
  }
}

extension Picture {
  /// Finds the digit in the picture and makes it ready for a network; see `PreparedPicture`.
  ///
  /// - Parameters:
  ///   - shape: rows and columns of the network's input.
  ///   - severalDigits: takes the picture for a number and cuts its digits apart.
  ///   - path: names the picture in errors.
  /// - Throws: `FileError` where there is no ink, or more than one line of digits.
  public func prepared(
    for shape: Dataset.ImageShape, severalDigits: Bool = false, path: String
  ) throws(FileError) -> PreparedPicture {
    let picture = GreyPicture(rows: rows, columns: columns, pixels: pixels)
    do throws(PreparedPicture.Failure) {
      return severalDigits
        ? try PreparedPicture(numberOf: picture, shape: shape)
        : try PreparedPicture(digitOf: picture, shape: shape)
    } catch {
      switch error {
      case .noInk:
        throw FileError(path, "shows nothing that stands out from its background", expected: "a digit")
      case .severalLines:
        throw FileError(path, "shows digits above each other", expected: "one line of digits")
      }
    }
  }
}

/// What an image file that cannot be read is, from its first bytes.
private func otherFormat(_ start: [UInt8]) -> String? {
  let formats: [(name: String, start: [UInt8])] = [
    ("GIF", Array("GIF8".utf8)), ("BMP", Array("BM".utf8)),
    ("WebP or another RIFF file", Array("RIFF".utf8)), ("a bitmap (P1 or P4)", Array("P1".utf8)),
    ("a bitmap (P1 or P4)", Array("P4".utf8)), ("a colour image (P3 or P6)", Array("P3".utf8)),
    ("a colour image (P3 or P6)", Array("P6".utf8)), ("PDF", Array("%PDF".utf8)),
  ]
  if let format = formats.first(where: { start.starts(with: $0.start) }) { return format.name }
  return looksLikeHTML(start) ? "an HTML page" : nil
}
