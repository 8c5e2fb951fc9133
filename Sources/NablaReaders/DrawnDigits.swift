import Nabla

/// Draws data sets of synthetic digits on all cores.
package enum DrawnDigits {
  /// Fixed, so that everybody has the same data set: the seed of a training decides the first weights and the order of
  /// samples, not the samples.
  static let seed: UInt64 = 1

  /// Returns `trainingCount` digits to train with and max(1, trainingCount / 6) others to test with.
  ///
  /// - Throws: `FileError` of kind `invalidRequest` when they take more than `maxBytes` or the machine's memory.
  package static func load(
    trainingCount: Int, pen: SyntheticDigits.Pen, classCount: Int?, maxBytes: Int
  ) throws(FileError) -> (training: Dataset, test: Dataset) {
    let argument = "\(pen.word):\(trainingCount)"
    let bytes = multiplied(trainingCount, SyntheticDigits.pixelsPerImage + 1) ?? .max
    guard bytes <= maxBytes else {
      throw FileError.overLimit(argument, maxBytes: maxBytes, found: "\(bytes) bytes", kind: .invalidRequest)
    }
    guard classCount ?? 10 >= 10 else {
      throw FileError(
        argument, "has more classes than the network", expected: "\(classCount ?? 10)", found: "10")
    }
    let classes = classCount ?? 10
    let training = try draw(trainingCount, of: .training, pen, classCount: classes, for: argument)
    return (
      training, try draw(max(1, trainingCount / 6), of: .test, pen, classCount: classes, for: argument)
    )
  }

  private static func draw(
    _ count: Int, of split: SyntheticDigits.Split, _ pen: SyntheticDigits.Pen, classCount: Int,
    for argument: String
  ) throws(FileError) -> Dataset {
    let side = SyntheticDigits.side
    let shape = Dataset.ImageShape(rows: side, columns: side)
    return try .reading(count: count, imageShape: shape, classCount: classCount, path: argument) {
      (storage) throws(FileError) in
      let digits = SyntheticDigits(seed: seed, split: split, pen: pen)
      let size = storage.inputSize
      // Small enough that no thread waits long for another at the end of a block.
      let chunk = 64
      try storage.fillImages(path: argument) { block in
        nonisolated(unsafe) let (pixels, labels) = (block.pixels, storage.labels)
        let (first, count) = (block.images.lowerBound, block.images.count)
        Team.forEach((count + chunk - 1) / chunk) { index in
          let part = index * chunk..<min(count, (index + 1) * chunk)
          let samples = first + part.lowerBound..<first + part.upperBound
          withUnsafeTemporaryAllocation(of: UInt8.self, capacity: samples.count) { drawn in
            digits.render(
              samples,
              images: .init(rebasing: pixels[part.lowerBound * size..<part.upperBound * size]), labels: drawn)
            for (sample, label) in zip(samples, drawn) { labels[sample] = UInt16(label) }
          }
        }
      }
    }
  }
}

extension SyntheticDigits.Pen {
  /// What people type for its digits.
  package var word: String {
    switch self {
    case .even: "digits"
    case .varied: "handwriting"
    }
  }

  /// What its digits are called in a line for people.
  package var name: String {
    switch self {
    case .even: "drawn digits"
    case .varied: "drawn handwriting"
    }
  }

  package init?(word: some StringProtocol) {
    guard let pen = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = pen
  }
}
