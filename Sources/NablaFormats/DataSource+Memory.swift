import Nabla

/// The memory that samples take once they are loaded.
package struct SampleMemory: Equatable, Sendable {
  /// Samples to train with; as many at most where only reading tells.
  package var trainingCount: Int
  /// Bytes of all sets: a pixel takes one, and a number of a table four. Images with many zeros will take less.
  package var bytes: Int
}

extension DataSource {
  /// What the samples take, told from headers alone; nil where only reading tells (text, or a file that is damaged).
  package func neededMemory() -> SampleMemory? {
    switch self {
    case .digits(let count):
      return Self.images(SyntheticDigits.pixelsPerImage, count, max(1, count / 6))
    case .mnist: return Self.images(SyntheticDigits.pixelsPerImage, 60_000, 10_000)
    case .folder(let path) where NPY.holdsArrays(path): return try? NPY.neededMemory(path)
    case .folder(let path):
      guard let folder = try? DatasetFolder(path) else { return nil }
      let pairs = [folder.training, folder.test].compactMap(\.self)
      let files = pairs.compactMap { try? IDXFile($0.images, .images, maxBytes: .max) }
      guard let training = files.first, files.count == pairs.count else { return nil }
      // Products that fit: the file is as long.
      return SampleMemory(
        trainingCount: training.sizes[0], bytes: files.reduce(0) { $0 + $1.sizes.reduce(1, *) })
    case .file(let path):
      switch try? ArrayFormat.detect(path) {
      case .npy?: return try? NPY.neededMemory(path)
      case .npz?: return try? NPZ.neededMemory(path)
      case .svmlight?, nil: return nil
      }
    }
  }

  private static func images(_ pixels: Int, _ training: Int, _ test: Int) -> SampleMemory {
    SampleMemory(trainingCount: training, bytes: (training + test) * pixels)
  }
}
