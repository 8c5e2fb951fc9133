import Nabla

/// The formats of arrays and sparse text, told by the first bytes of a file's content, never by its name.
package enum ArrayFormat: Equatable {
  case npy
  case npz
  case svmlight

  /// What people call it.
  package var name: String {
    switch self {
    case .npy: "NPY"
    case .npz: "NPZ"
    case .svmlight: "svmlight"
    }
  }

  /// The format of the file at `path`, plain or gzip-compressed; nil for another.
  ///
  /// - Throws: `FileError` where the file cannot be read at all.
  package static func detect(_ path: String) throws(FileError) -> ArrayFormat? {
    let file = try InputFile(path)
    if try NPZ.isRecognized(file.bytes(at: 0, count: min(file.length, 4))) { return .npz }
    let stream = try ContentStream(file)
    let buffer = try AlignedBuffer<UInt8>(count: 1 << 16, for: path)
    let count = try stream.read(into: UnsafeMutableRawBufferPointer(buffer.elements))
    let start = Array(buffer.elements[..<count])
    if NPY.isRecognized(start) { return .npy }
    return SVMLight.isRecognized(start, isCut: count == buffer.count) ? .svmlight : nil
  }

  /// Reads the data of the file at `path`, which is in this format.
  ///
  /// - Throws: `FileError`.
  package func read(
    _ path: String, task: TableOptions.Task = .automatic, maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> ArrayParts {
    switch self {
    case .npy: try NPY.read(path, task: task, maxBytes: maxBytes)
    case .npz: try NPZ.read(path, task: task, maxBytes: maxBytes)
    case .svmlight:
      ArrayParts(training: try SVMLight.read(path, task: task, maxBytes: maxBytes), test: nil)
    }
  }
}
