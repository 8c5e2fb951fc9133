import Nabla

/// Reads IDX, the format of MNIST: `00 00 TT NN`, then NN big-endian sizes of 32 bits, then the elements in C
/// order. Plain or gzip-compressed.
///
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
public enum IDX {
  /// Reads images (unsigned bytes [count, rows, columns]) and their labels (unsigned bytes [count]).
  ///
  /// Both headers are compared with the files' lengths and with each other before memory is taken.
  ///
  /// - Parameters:
  ///   - classCount: labels must be below it; nil takes the largest label + 1.
  ///   - maxBytes: the most memory the images may take.
  /// - Throws: `FileError`.
  public static func read(
    images imagesPath: String, labels labelsPath: String, classCount: Int? = nil,
    maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> Dataset {
    let images = try IDXFile(imagesPath, .images, maxBytes: maxBytes)
    let labels = try IDXFile(labelsPath, .labels, maxBytes: maxBytes)
    guard images.sizes[0] == labels.sizes[0] else {
      throw FileError(
        labelsPath, "has another number of labels than \(imagesPath) has images",
        expected: "\(images.sizes[0])", found: "\(labels.sizes[0])")
    }
    let shape = Dataset.ImageShape(rows: images.sizes[1], columns: images.sizes[2])
    return try .reading(
      count: images.sizes[0], imageShape: shape, classCount: classCount, path: labelsPath
    ) { (storage) throws(FileError) in
      let bytes = try AlignedBuffer<UInt8>(count: labels.sizes[0], for: labelsPath)
      try labels.read(into: UnsafeMutableRawBufferPointer(bytes.elements))
      for index in 0..<bytes.count { storage.labels[index] = UInt16(bytes.pointer[index]) }
      try checkLabels(
        UnsafeBufferPointer(storage.labels), classCount: classCount, path: labelsPath
      ) { .byte(8 + $0) }
      try storage.fillImages(path: labelsPath) { (block) throws(FileError) in
        try images.read(
          into: UnsafeMutableRawBufferPointer(block.pixels), at: block.images.lowerBound * storage.inputSize)
      }
    }
  }
}

/// What an IDX file of a data set holds.
package enum IDXContent: Equatable {
  case images
  case labels

  package var rank: Int { self == .images ? 3 : 1 }
  var layout: String { self == .images ? "images [count, rows, columns]" : "labels [count]" }

  init?(rank: Int) {
    switch rank {
    case 3: self = .images
    case 1: self = .labels
    default: return nil
    }
  }
}

/// An IDX file whose header has been read, and compared with the file's length.
package struct IDXFile {
  /// Count first; for images then rows and columns.
  package let sizes: [Int]
  private let stream: ContentStream
  private let dataBytes: Int

  package init(_ path: String, _ content: IDXContent, maxBytes: Int) throws(FileError) {
    stream = try ContentStream(path)
    let magic = try stream.header(4, after: 0)
    try checkMagic(magic, content, path: path)
    let sizeBytes = try stream.header(4 * content.rank, after: 4)
    let sizes = (0..<content.rank).map { axis in
      sizeBytes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    self.sizes = sizes
    let names = ["samples", "rows", "columns"]
    if let axis = sizes.firstIndex(of: 0) {
      throw FileError(
        path, at: .byte(4 + 4 * axis), "has no \(names[axis])", expected: "1 or more", found: "0")
    }
    var product: Int? = 1
    for size in sizes { product = product.flatMap { multiplied($0, size) } }
    let header = 4 + 4 * content.rank
    guard let dataBytes = product, dataBytes <= Int.max - header else {
      throw FileError(
        path, at: .byte(4), "has sizes whose product cannot be addressed",
        found: sizes.map(String.init).joined(separator: " x "))
    }
    self.dataBytes = dataBytes
    try checkLength(header + dataBytes, headerBytes: header)
    guard dataBytes <= maxBytes else {
      throw FileError.overLimit(path, maxBytes: maxBytes, found: "\(dataBytes) bytes")
    }
    guard sizes.dropFirst().reduce(1, *) <= Int32.max else {
      throw FileError(
        path, at: .byte(8), "has images too large for a network", expected: "at most \(Int32.max) pixels",
        found: "\(sizes[1]) x \(sizes[2])")
    }
  }

  /// Fills `buffer` with the file's elements from `offset` on, which is where the previous read ended.
  ///
  /// The call that reads the last element also reads to the end of the file, so that gzip's checksum is verified.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int = 0) throws(FileError) {
    precondition(buffer.count <= dataBytes - offset, "the file has fewer elements")
    let end = try offset + stream.read(into: buffer)
    if end == offset + buffer.count, end < dataBytes { return }
    try requireLength(dataBytes, found: end == dataBytes ? end + stream.countBytes(limit: 1) : end)
  }

  /// Refuses a file whose length does not fit its header, before memory is taken for it. Where the last bytes of
  /// a gzip file do not confirm the header (it is cut, longer, or has several members) its content is counted.
  private func checkLength(_ length: Int, headerBytes: Int) throws(FileError) {
    guard try !stream.claims(length: length) else { return }
    let greatest = stream.greatestLength
    guard stream.isCompressed, length <= greatest else {
      try requireLength(
        length - headerBytes, found: greatest - headerBytes, isBound: stream.isCompressed)
      return
    }
    let counter = try stream.rewound()
    try requireLength(length - headerBytes, found: counter.countBytes(limit: length + 1) - headerBytes)
  }

  private func requireLength(_ expected: Int, found: Int, isBound: Bool = false) throws(FileError) {
    guard expected != found else { return }
    let number = isBound ? "at most \(found)" : "\(found)"
    if found < expected {
      throw FileError(
        stream.path, "is shorter than its header says", expected: "\(expected) bytes of data", found: number)
    }
    throw FileError(
      stream.path, "is longer than its header says", expected: "\(expected) bytes of data",
      found: stream.isCompressed ? "more" : number)
  }
}

private func checkMagic(_ magic: [UInt8], _ content: IDXContent, path: String) throws(FileError) {
  let elementTypes: [UInt8: String] = [
    0x08: "unsigned bytes", 0x09: "signed bytes", 0x0B: "16-bit integers", 0x0C: "32-bit integers",
    0x0D: "32-bit floats", 0x0E: "64-bit floats",
  ]
  let number = "0x" + magic.map(hexadecimal).joined()
  let expected = content == .images ? "0x00000803" : "0x00000801"
  if magic[2] == 0, magic[3] == 0, elementTypes[magic[1]] != nil {
    throw FileError(
      path, at: .byte(0), "looks little-endian; IDX is big-endian", expected: expected, found: number)
  }
  guard magic[0] == 0, magic[1] == 0 else {
    throw FileError(path, at: .byte(0), "is not an IDX file", expected: expected, found: number)
  }
  guard let elementType = elementTypes[magic[2]] else {
    throw FileError(
      path, at: .byte(2), "has an unknown element type", expected: "0x08, unsigned bytes",
      found: "0x" + hexadecimal(magic[2]))
  }
  let rank = Int(magic[3])
  guard rank == content.rank else {
    let other = IDXContent(rank: rank).map { "holds \($0), not \(content)" }
    throw FileError(
      path, at: .byte(3), other ?? "has the wrong number of dimensions",
      expected: "\(content.rank): \(content.layout)", found: "\(rank)")
  }
  guard magic[2] == 0x08 else {
    throw FileError(
      path, at: .byte(2), "has elements of another type", expected: "unsigned bytes", found: elementType)
  }
}

extension ContentStream {
  /// Reads `count` bytes of a header of which `before` bytes have been read.
  fileprivate func header(_ count: Int, after before: Int) throws(FileError) -> [UInt8] {
    let buffer = try AlignedBuffer<UInt8>(count: count, for: path)
    let found = try read(into: UnsafeMutableRawBufferPointer(buffer.elements))
    guard found == count else {
      throw before + found == 0
        ? FileError(path, "is empty", expected: "an IDX header")
        : FileError(
          path, "is cut inside its header", expected: "\(before + count) bytes", found: "\(before + found)")
    }
    return Array(buffer.elements)
  }
}
