import Foundation
import Nabla
import NablaFormats

/// A picture as it is named on the command line: a PNG or PGM file, or one image of an IDX file.
enum PictureSource {
  case file(String)
  case idx(String, index: Int)

  /// A picture in the size a network reads.
  struct Loaded {
    let pixels: [UInt8]
    let shape: Dataset.ImageShape
    /// The size in the file, where that was another.
    var resizedFrom: Dataset.ImageShape?
    /// Whether it looks like black ink on white paper.
    var hasBrightCorners = false
    /// The class it shows, where the file tells.
    var label: Int?
  }

  /// Reads `FILE`, or `FILE:index` where no file has that whole name.
  init(_ argument: String) {
    if let colon = argument.lastIndex(of: ":"), !FileManager.default.fileExists(atPath: argument),
      let index = try? OptionValue.wholeNumber(0...Int.max)(String(argument[argument.index(after: colon)...]))
    {
      self = .idx(String(argument[..<colon]), index: index)
    } else {
      self = .file(argument)
    }
  }

  func read(for input: NetworkInput, resize: Bool, invert: Bool) throws -> Loaded {
    switch self {
    case .file(let path):
      let shape = resize ? try input.requireShape() : input.shape
      let picture = try Picture.read(path, shape: shape, resize: resize, invert: invert)
      let original = Dataset.ImageShape(rows: picture.originalRows, columns: picture.originalColumns)
      let used = Dataset.ImageShape(rows: picture.rows, columns: picture.columns)
      try input.check(used, of: path)
      return Loaded(
        pixels: picture.pixels, shape: used, resizedFrom: original == used ? nil : original,
        hasBrightCorners: picture.hasBrightCorners)
    case .idx(let path, let index):
      let image = try IDXImage.read(path, index: index)
      try input.check(image.shape, of: path)
      return Loaded(
        pixels: invert ? image.pixels.map { 255 - $0 } : image.pixels, shape: image.shape, label: image.label)
    }
  }
}

/// The pictures that a network reads.
struct NetworkInput {
  private let model: String
  private let size: Int
  /// As the model file tells; a square where it tells nothing and the number of pixels has a root.
  let shape: Dataset.ImageShape?

  init(of loaded: ModelFile.Loaded, model: String) {
    self.model = model
    size = loaded.network.topology.inputSize
    let side = Int(Double(size).squareRoot())
    shape = loaded.imageShape ?? (side * side == size ? Dataset.ImageShape(rows: side, columns: side) : nil)
  }

  /// The shape to scale pictures to.
  func requireShape() throws -> Dataset.ImageShape {
    guard let shape else {
      throw CommandFailure(
        .badData, "\(model): does not tell the rows and columns of its \(size) inputs, which --resize needs")
    }
    return shape
  }

  /// Checks that a picture has as many pixels as the network has inputs.
  func check(_ found: Dataset.ImageShape, of path: String) throws {
    guard found.rows * found.columns == size else {
      throw CommandFailure(
        .badData,
        "\(path): has pictures of another size (expected \(shape?.text ?? "\(size) pixels"), "
          + "found \(found.text))")
    }
  }
}
