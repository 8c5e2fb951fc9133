import Nabla

/// One image of an IDX file, with its label where one is known.
public struct IDXImage: Equatable, Sendable {
  /// rows * columns pixels, row-major, 0 ... 255.
  public let pixels: [UInt8]
  /// Rows and columns in the file.
  public let shape: Dataset.ImageShape
  /// The class it shows; nil unless a file with as many labels lies beside the images.
  public let label: Int?

  /// Reads image `index`. The label is that of the companion file, `t10k-labels-idx1-ubyte` for
  /// `t10k-images-idx3-ubyte`; images without one are images all the same.
  ///
  /// - Throws: `FileError`, also where the system cannot read labels that are there; of kind `invalidRequest` when the file
  ///   has no such image.
  public static func read(
    _ path: String, index: Int, maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> IDXImage {
    let file = try IDXFile(path, .images, maxBytes: maxBytes)
    guard (0..<file.sizes[0]).contains(index) else {
      throw FileError(
        "\(path):\(index)", "is not in the file", expected: "an index of 0 ... \(file.sizes[0] - 1)",
        found: "\(index)", kind: .invalidRequest)
    }
    let (rows, columns) = (file.sizes[1], file.sizes[2])
    let images = try file.elements(path: path)
    let start = index * rows * columns
    return IDXImage(
      pixels: Array(images.elements[start..<start + rows * columns]),
      shape: Dataset.ImageShape(rows: rows, columns: columns),
      label: try label(of: index, among: file.sizes[0], beside: path, maxBytes: maxBytes))
  }

  private static func label(
    of index: Int, among count: Int, beside images: String, maxBytes: Int
  ) throws(FileError) -> Int? {
    guard let path = companion(of: images) else { return nil }
    do throws(FileError) {
      let file = try IDXFile(path, .labels, maxBytes: maxBytes)
      guard file.sizes == [count] else { return nil }
      return Int(try file.elements(path: path).elements[index])
    } catch {
      // A file of that name with other content has nothing to do with the images.
      if error.kind == .badData { return nil }
      throw error
    }
  }

  /// The label file beside the images: the same name with "labels" for "images" and "idx1" for "idx3", plain or .gz.
  private static func companion(of images: String) -> String? {
    let folder = images.prefix(upTo: images.lastIndex(of: "/").map(images.index(after:)) ?? images.startIndex)
    let stem = images.dropFirst(folder.count).replacing("images", with: "labels")
      .replacing("idx3", with: "idx1")
    let plain = folder + (stem.hasSuffix(".gz") ? stem.dropLast(3) : stem)
    return [plain, plain + ".gz"].map(String.init).first { $0 != images && FileType(at: $0) == .regular }
  }
}

extension IDXFile {
  /// Reads every element into memory of its own.
  fileprivate func elements(path: String) throws(FileError) -> AlignedBuffer<UInt8> {
    let buffer = try AlignedBuffer<UInt8>(count: sizes.reduce(1, *), for: path)
    try read(into: UnsafeMutableRawBufferPointer(buffer.elements))
    return buffer
  }
}
