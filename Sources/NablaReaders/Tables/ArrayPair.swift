import Nabla

/// The features of a set of samples, and their targets where there are any.
///
/// Features of unsigned bytes [n, rows, columns], with a channel of size 1 or without, are pictures; so are rows of
/// unsigned bytes that fill a square of 8 x 8 or more, if one of them reaches 128. Everything else is a table: [n] has
/// one column, and of more dimensions all but the first are laid out in a row.
struct ArrayPair {
  let features: NPYArray
  let targets: NPYArray?

  /// Compares the shapes, before memory is taken.
  init(features: NPYArray, targets: NPYArray?, maxBytes: Int) throws(FileError) {
    self.features = features
    self.targets = targets
    try Self.check(features, "features")
    if features.header.type.isText {
      throw FileError(
        features.path, "holds text", expected: "numbers as features", found: features.header.type.name)
    }
    guard features.columns <= Int32.max else {
      throw FileError(
        features.path, "has samples too large for a network", expected: "at most \(Int32.max) numbers",
        found: "\(features.columns)")
    }
    guard let bytes = Self.featureBytes(features), bytes <= maxBytes else {
      throw Self.overLimit(features, maxBytes)
    }
    guard let targets else { return }
    try Self.check(targets, "targets")
    guard targets.rows == features.rows else {
      throw FileError(
        targets.path, "has another number of targets than \(features.path) has samples",
        expected: "\(features.rows)", found: "\(targets.rows)")
    }
    guard targets.columns == 1 || targets.shape.count == 2 && !targets.header.type.isText else {
      throw FileError(
        targets.path, "has targets of another shape", expected: "[n] or [n, k] numbers",
        found: NPYHeader.text(targets.shape) + " of \(targets.header.type.name)")
    }
    guard targets.header.count <= maxBytes / 4 else { throw Self.overLimit(targets, maxBytes) }
  }

  private static func check(_ array: NPYArray, _ what: String) throws(FileError) {
    guard !array.shape.isEmpty else {
      throw FileError(array.path, "holds a single value", expected: "an array of \(what)")
    }
    guard array.header.count > 0 else {
      throw FileError(
        array.path, "has no samples", expected: "sizes of 1 or more", found: NPYHeader.text(array.shape))
    }
  }

  private static func overLimit(_ array: NPYArray, _ maxBytes: Int) -> FileError {
    FileError.overLimit(
      array.path, maxBytes: maxBytes, found: "\(NPYHeader.text(array.shape)) of \(array.header.type.name)")
  }

  /// Bytes that features take in memory; nil for more than can be addressed.
  static func featureBytes(_ array: NPYArray) -> Int? {
    multiplied(array.header.count, mayBePictures(array) ? 1 : 4)
  }

  private static func mayBePictures(_ array: NPYArray) -> Bool { pictureShape(of: array) != nil }

  /// The shape of the pictures that the features would be; nil where they are none, whatever their values.
  private static func pictureShape(of array: NPYArray) -> Dataset.ImageShape? {
    guard array.header.type == .unsigned(bytes: 1) else { return nil }
    let sizes = array.shape.dropFirst()
    switch sizes.count {
    case 1:
      let side = Int(Double(array.columns).squareRoot())
      return array.columns >= 64 && side * side == array.columns
        ? Dataset.ImageShape(rows: side, columns: side) : nil
    case 2: return Dataset.ImageShape(rows: array.shape[1], columns: array.shape[2])
    case 3 where array.shape[3] == 1: return Dataset.ImageShape(rows: array.shape[1], columns: array.shape[2])
    case 3 where array.shape[1] == 1: return Dataset.ImageShape(rows: array.shape[2], columns: array.shape[3])
    default: return nil
    }
  }

  /// The shape of the pictures that the features are; nil for a table.
  func imageShape() throws(FileError) -> Dataset.ImageShape? {
    guard let shape = Self.pictureShape(of: features) else { return nil }
    if features.shape.count == 2 {
      guard try features.rewound().hasLargeByte() else { return nil }
    }
    return shape
  }

  /// Reads the features as pictures, and the targets as their labels.
  func pictures(_ shape: Dataset.ImageShape) throws(FileError) -> ArrayData {
    let transposed = try transposedBytes()
    let dataset = try Dataset.reading(
      count: features.rows, imageShape: shape, classCount: nil, path: features.path
    ) { (storage) throws(FileError) in
      if let targets { try readLabels(of: targets, into: storage.labels) }
      try storage.fillImages(path: features.path) { (block) throws(FileError) in
        guard let transposed else {
          return try features.readBytes(into: UnsafeMutableRawBufferPointer(block.pixels))
        }
        let first = block.images.lowerBound * storage.inputSize
        _ = block.pixels.update(fromContentsOf: transposed[first..<first + block.pixels.count])
      }
    }
    return .pictures(dataset, hasLabels: targets != nil)
  }

  /// All pixels in C order where the file has them in Fortran order, so that no picture is whole before the last byte;
  /// nil where it does not.
  private func transposedBytes() throws(FileError) -> [UInt8]? {
    guard features.header.isFortranOrder else { return nil }
    var pixels = [UInt8](repeating: 0, count: features.header.count)
    try pixels.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      guard let start = buffer.baseAddress else { return }
      try features.readBytesTransposed(into: start)
    }
    return pixels
  }

  /// Reads the features as a table; `column` has the targets, which `plan` says how to take.
  func table(_ column: TargetColumn?, plan: TargetPlan, maxBytes: Int) throws(FileError) -> ArrayData {
    guard features.header.count <= maxBytes / 4 else { throw Self.overLimit(features, maxBytes) }
    let storage = try TableStorage.reading(
      rows: features.rows, columns: features.columns, targets: plan.width, path: features.path)
    try features.readTable(into: storage.features)
    storage.finish(rows: features.rows)
    let target = try plan.write(column, to: storage)
    return .table(storage: storage, columns: FeatureColumn.numbered(features.columns), target: target)
  }

  /// Reads the targets.
  func targetColumn() throws(FileError) -> TargetColumn? {
    guard let targets else { return nil }
    var column = TargetColumn(path: targets.path, width: targets.columns)
    if targets.header.type.isText {
      try targets.forEachWord { (_, word) throws(FileError) in column.add(word) }
    } else if targets.columns == 1 {
      try targets.forEachNumber { (index, number) throws(FileError) in
        switch number {
        case .integer(let value): column.add(value)
        case .real(let value): try column.add(value)
        case .large(let value):
          throw FileError(
            targets.path, "target \(index) is too large", expected: "at most \(Int.max)", found: "\(value)")
        }
      }
    } else {
      var matrix = [Float](repeating: 0, count: targets.header.count)
      try matrix.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
        guard let start = buffer.baseAddress else { return }
        try targets.readTable(into: start)
      }
      if let missing = matrix.firstIndex(where: \.isNaN) {
        let (row, place) = missing.quotientAndRemainder(dividingBy: targets.columns)
        throw FileError(
          targets.path, "target [\(row), \(place)] is missing", expected: "a number", found: "nan")
      }
      column.take(matrix)
    }
    return column
  }
}

extension NPYArray {
  /// Whether a byte of the data is 128 or more.
  fileprivate func hasLargeByte() throws(FileError) -> Bool {
    let part = try AlignedBuffer<UInt8>(count: min(1 << 16, header.count), for: path)
    for first in stride(from: 0, to: header.count, by: part.count) {
      let count = min(part.count, header.count - first)
      try readBytes(into: UnsafeMutableRawBufferPointer(start: part.pointer, count: count))
      if part.elements[..<count].contains(where: { $0 >= 128 }) { return true }
    }
    return false
  }
}

/// Writes the labels of pictures, whole numbers that fit the memory of a label, of which one value stays free.
private func readLabels<Label: FixedWidthInteger>(
  of array: NPYArray, into labels: UnsafeMutableBufferPointer<Label>
) throws(FileError) {
  guard !array.header.type.isText, array.columns == 1 else {
    throw FileError(
      array.path, "has labels of another kind", expected: "one whole number a picture",
      found: "\(NPYHeader.text(array.shape)) of \(array.header.type.name)")
  }
  let greatest = min(Int(Label.max), Dataset.mostClasses - 1)
  try array.forEachNumber { (index, number) throws(FileError) in
    let (value, text): (Int?, String) =
      switch number {
      case .integer(let value): (value, "\(value)")
      case .real(let value): (Int(exactly: value), "\(value)")
      case .large(let value): (nil, "\(value)")
      }
    guard let value, 0...greatest ~= value else {
      throw FileError(
        array.path, "label \(index) is out of range", expected: "a whole number 0 ... \(greatest)",
        found: text)
    }
    labels[index] = Label(value)
  }
}

extension TableStorage {
  /// Makes room for `rows` rows whose bytes are known to be in the file.
  ///
  /// - Throws: `FileError` naming `path` when the machine has too little memory.
  static func reading(
    rows: Int, columns: Int, targets: Int, path: String
  ) throws(FileError) -> TableStorage {
    try FileError.at(path) { () throws(NablaError) in
      let floats = multiplied(rows, columns + targets).flatMap { multiplied($0, 4) }
      guard let floats else { throw NablaError.outOfMemory(bytes: nil) }
      try requireMemory(bytes: floats)
      return try TableStorage(reservingRows: rows, columnCount: columns, targetCount: targets)
    }
  }
}

extension TableStorage {
  /// The first cell that is NaN; nil where every cell has a value.
  package var firstMissing: (row: Int, column: Int)? {
    let cells = UnsafeBufferPointer(start: features, count: count * columnCount)
    guard let cell = cells.firstIndex(where: \.isNaN) else { return nil }
    let (row, column) = cell.quotientAndRemainder(dividingBy: columnCount)
    return (row, column)
  }
}

extension FeatureColumn {
  /// Columns of numbers x1, x2, ..., or from another number on.
  static func numbered(_ count: Int, from first: Int = 1) -> [FeatureColumn] {
    (first..<first + count).map { FeatureColumn(name: "x\($0)") }
  }
}
