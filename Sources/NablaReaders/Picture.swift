import Nabla

/// One grey image to classify, from a PNG or PGM file; which of the two is told by its content.
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
  public static func read(
    _ path: String, shape: Dataset.ImageShape?, resize: Bool = false, invert: Bool = false,
    maxBytes: Int = ReadingLimits.defaultMaxBytes
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
    if start.starts(with: Array("P5".utf8)) || start.starts(with: Array("P2".utf8)) {
      let pgm = try PGMFile(file)
      try check(rows: pgm.rows, columns: pgm.columns, shape: shape, resize: resize, path: path)
      return Picture(
        try pgm.pixels(maxBytes: maxBytes), rows: pgm.rows, columns: pgm.columns, shape: shape, invert: invert
      )
    }
    throw FileError(
      path, start.isEmpty ? "is empty" : "is not an image that can be read", expected: "PNG or PGM (P2, P5)",
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
    var pixels = original
    if rows != shape.rows || columns != shape.columns {
      pixels = scaled(original, rows: rows, columns: columns, to: shape)
    }
    if invert { pixels = pixels.map { 255 - $0 } }
    self.pixels = pixels
    self.rows = shape.rows
    self.columns = shape.columns
    originalRows = rows
    originalColumns = columns
    let corners = [0, shape.columns - 1, pixels.count - shape.columns, pixels.count - 1]
    hasBrightCorners = corners.reduce(0) { $0 + Int(pixels[$1]) } > 4 * 127
  }
}

/// What an image file that cannot be read is, from its first bytes.
private func otherFormat(_ start: [UInt8]) -> String? {
  let formats: [(name: String, start: [UInt8])] = [
    ("JPEG", [0xFF, 0xD8, 0xFF]), ("GIF", Array("GIF8".utf8)), ("BMP", Array("BM".utf8)),
    ("WebP or another RIFF file", Array("RIFF".utf8)), ("a bitmap (P1 or P4)", Array("P1".utf8)),
    ("a bitmap (P1 or P4)", Array("P4".utf8)), ("a colour image (P3 or P6)", Array("P3".utf8)),
    ("a colour image (P3 or P6)", Array("P6".utf8)), ("PDF", Array("%PDF".utf8)),
  ]
  if let format = formats.first(where: { start.starts(with: $0.start) }) { return format.name }
  return looksLikeHTML(start) ? "an HTML page" : nil
}

/// Returns `pixels` [rows, columns] stretched to `shape`: every new pixel is the mean of the area it covers, so
/// thin strokes grow fainter instead of breaking up.
private func scaled(_ pixels: [UInt8], rows: Int, columns: Int, to shape: Dataset.ImageShape) -> [UInt8] {
  // Columns first, then rows: the mean over a rectangle is the mean of means.
  let narrow = averaged(count: columns, to: shape.columns)
  let short = averaged(count: rows, to: shape.rows)
  var between = [Double](repeating: 0, count: rows * shape.columns)
  for row in 0..<rows {
    for column in 0..<shape.columns {
      between[row * shape.columns + column] = narrow[column].reduce(0) { sum, part in
        sum + part.weight * Double(pixels[row * columns + part.index])
      }
    }
  }
  return (0..<shape.rows).flatMap { row in
    (0..<shape.columns).map { column in
      let mean = short[row].reduce(0) { sum, part in
        sum + part.weight * between[part.index * shape.columns + column]
      }
      return UInt8(min(max(mean.rounded(), 0), 255))
    }
  }
}

/// For each of `newCount` equal parts of a line of `count` pixels: the pixels it touches, and the share of the
/// part that each covers.
private func averaged(count: Int, to newCount: Int) -> [[(index: Int, weight: Double)]] {
  let length = Double(count) / Double(newCount)
  return (0..<newCount).map { part in
    let start = Double(part) * length
    let end = start + length
    return (Int(start)..<min(count, Int(end.rounded(.up)))).map { index in
      let overlap = min(end, Double(index + 1)) - max(start, Double(index))
      return (index, max(overlap, 0) / length)
    }
  }
}
