import Nabla

/// What stands before the data of an NPY file: the type of the elements, their order and the shape.
///
/// Source: NumPy, "A simple file format for NumPy arrays" (numpy.lib.format), versions 1 to 3.
struct NPYHeader {
  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// NumPy's own limit is 10,000 characters, unless a reader is told to trust the file.
  static let greatestLength = 65536

  let type: NPYType
  let isBigEndian: Bool
  /// The first index changes fastest, not the last.
  let isFortranOrder: Bool
  let shape: [Int]
  /// Bytes before the data.
  let length: Int
  /// Elements: the product of the shape.
  let count: Int
  /// Bytes of data.
  let dataBytes: Int

  /// Reads the header from the start of `source`.
  init(_ source: any ArraySource) throws(FileError) {
    let path = source.path
    let start = try source.header(8, after: 0)
    guard start.starts(with: Self.signature) else {
      throw FileError(
        path, at: .byte(0), "is not an NPY file", expected: "\\x93NUMPY",
        found: start[..<6].map(hexadecimal).joined(separator: " "))
    }
    let version = (major: start[6], minor: start[7])
    guard 1...3 ~= version.major, version.minor == 0 else {
      throw FileError(
        path, at: .byte(6), "has an unknown version of the NPY format", expected: "1.0, 2.0 or 3.0",
        found: "\(version.major).\(version.minor)")
    }
    let sizeBytes = version.major == 1 ? 2 : 4
    let textLength = try source.header(sizeBytes, after: 8).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard textLength <= Self.greatestLength else {
      throw FileError(
        path, at: .byte(8), "has a header that is too long", expected: "at most \(Self.greatestLength) bytes",
        found: "\(textLength)")
    }
    let textStart = 8 + sizeBytes
    length = textStart + textLength
    let text = try source.header(textLength, after: textStart)
    var reader = NPYHeaderReader(text, path: path, offset: textStart)
    let fields = try reader.fields()
    (type, isBigEndian) = try NPYType.parsed(fields.description, path: path)
    isFortranOrder = fields.isFortranOrder
    shape = fields.shape
    var product: Int? = type.byteCount
    // An empty side makes an empty array, however large the others are.
    for size in shape.contains(0) ? [0] : shape { product = product.flatMap { multiplied($0, size) } }
    guard let dataBytes = product, dataBytes <= Int.max - length else {
      throw FileError(
        path, "has a shape whose bytes cannot be addressed", found: "\(Self.text(shape)) of \(type.name)")
    }
    self.dataBytes = dataBytes
    count = dataBytes / type.byteCount
  }

  /// A shape or index as Python writes it: "(10,)", "(10, 784)".
  static func text(_ shape: [Int]) -> String {
    "(" + shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? ",)" : ")")
  }
}

extension ArraySource {
  /// Reads `count` bytes of a header of which `before` bytes have been read.
  fileprivate func header(_ count: Int, after before: Int) throws(FileError) -> [UInt8] {
    let buffer = try AlignedBuffer<UInt8>(count: count, for: path)
    let found = try read(into: UnsafeMutableRawBufferPointer(buffer.elements))
    guard found == count else {
      throw before + found == 0
        ? FileError(path, "is empty", expected: "an NPY header")
        : FileError(
          path, "is cut inside its header", expected: "\(before + count) bytes", found: "\(before + found)")
    }
    return Array(buffer.elements)
  }
}
