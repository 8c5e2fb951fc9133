import Nabla

extension Dataset {
  /// Allocates a data set, calls `fill` to write it, and returns it.
  ///
  /// - Throws: what `fill` throws; `FileError` naming `path` when the machine has too little memory.
  static func reading(
    count: Int, imageShape: ImageShape, classCount: Int?, path: String,
    fill: (PixelStorage) throws(FileError) -> Void
  ) throws(FileError) -> Dataset {
    let storage = try FileError.at(path) { () throws(NablaError) in
      try PixelStorage(count: count, inputSize: imageShape.rows * imageShape.columns)
    }
    try fill(storage)
    return try FileError.at(path) { () throws(NablaError) in
      try Dataset(storage: storage, imageShape: imageShape, classCount: classCount)
    }
  }
}

extension PixelStorage {
  /// Calls `fill` for every block of images, in order.
  ///
  /// - Throws: what `fill` throws; `FileError` naming `path` when the machine has too little memory.
  func fillImages(path: String, _ fill: (Block) throws(FileError) -> Void) throws(FileError) {
    while let block = try FileError.at(path, { () throws(NablaError) in try nextBlock() }) {
      try fill(block)
    }
  }
}

/// Refuses labels that are not below `classCount`, naming the first.
///
/// - Parameter place: where the label with an index stands in the file.
func checkLabels(
  _ labels: UnsafeBufferPointer<UInt16>, classCount: Int?, path: String, place: (Int) -> FileError.Place?
) throws(FileError) {
  guard let classCount, let index = labels.firstIndex(where: { Int($0) >= classCount }) else { return }
  throw FileError(
    path, at: place(index), "label \(index) is not one of the \(classCount) classes",
    expected: "0 ... \(classCount - 1)", found: "\(labels[index])")
}
