import Nabla

/// One grey image to classify, from a PNG or PGM file; which of the two is told by its content.
public struct Picture: Equatable, Sendable {
  /// rows * columns pixels, row-major, 0 (black) ... 255 (white).
  public let pixels: [UInt8]
  public let rows: Int
  public let columns: Int
  /// Rows and columns in the file, before a resize.
  public let originalRows: Int
  public let originalColumns: Int
  /// Whether the corners are bright after inversion, if any: MNIST's digits are white ink on black, so such an
  /// image probably wants `invert`.
  public let hasBrightCorners: Bool

  /// Reads a picture.
  ///
  /// - Parameters:
  ///   - shape: rows and columns the picture must have; nil takes any.
  ///   - resize: scales a picture of another size to `shape`, instead of refusing it.
  ///   - invert: turns black into white and white into black.
  public static func read(
    _ path: String, shape: Dataset.ImageShape? = Dataset.ImageShape(rows: 28, columns: 28),
    resize: Bool = false,
    invert: Bool = false, maxBytes: Int = defaultMaxBytes
  ) throws(FileError) -> Picture {
    throw FileError(path, "cannot be read yet")
  }
}
