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
  /// - Throws: `FileError`; of kind `invalidRequest` when the file has no such image.
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
      label: label(of: index, among: file.sizes[0], beside: path, maxBytes: maxBytes))
  }

  private static func label(of index: Int, among count: Int, beside images: String, maxBytes: Int) -> Int? {
    guard let path = companion(of: images), let file = try? IDXFile(path, .labels, maxBytes: maxBytes),
      file.sizes == [count], let labels = try? file.elements(path: path)
    else { return nil }
    return Int(labels.elements[index])
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
