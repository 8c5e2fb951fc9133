import Nabla

extension DataSource {
  /// What the samples take, told from headers alone; nil where only reading tells: text, a file that is damaged, and
  /// every format that is not named here.
  package func neededMemory() -> SampleMemory? {
    if case .digits(let count, _) = self {
      return Self.images(SyntheticDigits.pixelsPerImage, count, max(1, count / 6))
    }
    if case .mnist = self { return Self.images(SyntheticDigits.pixelsPerImage, 60_000, 10_000) }
    if case .folder(let path) = self {
      return NPY.holdsArrays(path) ? try? NPY.neededMemory(path) : Self.neededMemory(folder: path)
    }
    guard case .file(let path) = self, let format = try? ArrayFormat.detect(path) else { return nil }
    if format == .npy { return try? NPY.neededMemory(path) }
    if format == .npz { return try? NPZ.neededMemory(path) }
    return nil
  }

  private static func neededMemory(folder path: String) -> SampleMemory? {
    guard let folder = try? DatasetFolder(path) else { return nil }
    let pairs = [folder.training, folder.test].compactMap(\.self)
    let files = pairs.compactMap { try? IDXFile($0.images, .images, maxBytes: .max) }
    guard let training = files.first, files.count == pairs.count else { return nil }
    // Products that fit: the file is as long.
    return SampleMemory(
      trainingCount: training.sizes[0], bytes: files.reduce(0) { $0 + $1.sizes.reduce(1, *) })
  }

  private static func images(_ pixels: Int, _ training: Int, _ test: Int) -> SampleMemory {
    SampleMemory(trainingCount: training, bytes: (training + test) * pixels)
  }
}
