import Nabla

/// The arrays of an NPZ file, each read when it is asked for by its name.
package struct ArchivedArrays {
  /// Numbers and their shape, row-major.
  package struct Numbers {
    package let shape: [Int]
    package let values: [Float]
  }

  private let archive: ZipArchive
  private let maxBytes: Int

  /// - Parameter maxBytes: the most memory that one array may take.
  package init(_ file: InputFile, maxBytes: Int) throws(FileError) {
    archive = try ZipArchive(file)
    self.maxBytes = maxBytes
  }

  /// The members of the archive.
  package var names: [String] { archive.entries.map(\.name) }

  /// Reads an array of numbers as floats; nil where there is none of this name.
  ///
  /// - Throws: `FileError` for an array of text, of another number of dimensions, or without elements.
  package func numbers(_ name: String, dimensions: Int) throws(FileError) -> Numbers? {
    guard let array = try array(name) else { return nil }
    guard array.shape.count == dimensions, array.header.count > 0, !array.header.type.isText else {
      throw FileError(
        array.path, "has another shape", expected: "\(dimensions) dimensions, numbers",
        found: "\(NPYHeader.text(array.shape)) of \(array.header.type.name)")
    }
    let buffer = try AlignedBuffer<Float>(count: array.header.count, for: array.path)
    try array.readTable(into: buffer.pointer)
    return Numbers(shape: array.shape, values: Array(buffer.elements))
  }

  /// Reads a row of bytes; nil where there is no such array.
  package func bytes(_ name: String) throws(FileError) -> [UInt8]? {
    guard let array = try array(name), array.header.type == .unsigned(bytes: 1), array.shape.count == 1,
      array.header.count > 0
    else { return nil }
    let buffer = try AlignedBuffer<UInt8>(count: array.header.count, for: array.path)
    try array.readBytes(into: UnsafeMutableRawBufferPointer(buffer.elements))
    return Array(buffer.elements)
  }

  private func array(_ name: String) throws(FileError) -> NPYArray? {
    guard let entry = archive.entries.first(where: { $0.name == "\(name).npy" }) else { return nil }
    let array = try NPYArray(ZipMember(entry, of: archive, name: name))
    let bytes = multiplied(array.header.count, 4) ?? .max
    guard bytes <= maxBytes else {
      throw FileError.overLimit(array.path, maxBytes: maxBytes, found: "\(bytes) bytes")
    }
    return array
  }
}
