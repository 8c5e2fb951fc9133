import Foundation
import Nabla
import NablaFormats

/// A picture as it is named on the command line: a PNG, JPEG or PGM file, or one image of an IDX file.
enum PictureSource {
  case file(String)
  case idx(String, index: Int)

  /// How people want a picture to be read.
  struct Handling {
    /// Not prepared: the pixels as they are in the file, but for `resize` and `invert`.
    var asIs = false
    var resize = false
    var invert = false
    /// Several digits in a row.
    var digits = false
  }

  /// A picture in the size a network reads.
  struct Loaded {
    /// Those of each digit, from left to right; one unless a number was asked for.
    var images: [[UInt8]]
    let shape: Dataset.ImageShape
    /// What was done to find the digits; nil for pictures that are read as they are.
    var preparation: PreparedPicture?
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

  func read(for input: NetworkInput, _ handling: Handling) throws -> Loaded {
    switch self {
    case .file(let path):
      // Without a shape there is nothing to prepare a picture for.
      let isAsIs = handling.asIs || (input.shape == nil && !handling.digits)
      return try isAsIs ? readAsIs(path, for: input, handling) : prepare(path, for: input, handling)
    case .idx(let path, let index):
      if handling.digits {
        throw CommandFailure(.usage, "--digits: expected with picture files, found an image of \(path)")
      }
      let image = try IDXImage.read(path, index: index)
      try input.check(image.shape, of: path)
      return Loaded(
        images: [handling.invert ? image.pixels.map { 255 - $0 } : image.pixels], shape: image.shape,
        label: image.label)
    }
  }

  private func readAsIs(_ path: String, for input: NetworkInput, _ handling: Handling) throws -> Loaded {
    let shape = handling.resize ? try input.requireShape(for: "--resize") : input.shape
    let picture = try Picture.read(path, shape: shape, resize: handling.resize, invert: handling.invert)
    let original = Dataset.ImageShape(rows: picture.originalRows, columns: picture.originalColumns)
    let used = Dataset.ImageShape(rows: picture.rows, columns: picture.columns)
    try input.check(used, of: path)
    return Loaded(
      images: [picture.pixels], shape: used, resizedFrom: original == used ? nil : original,
      hasBrightCorners: picture.hasBrightCorners)
  }

  /// A picture that has the network's size and a dark background is ready already, as MNIST's are.
  private func prepare(_ path: String, for input: NetworkInput, _ handling: Handling) throws -> Loaded {
    let shape = try input.requireShape(for: "--digits")
    let picture = try Picture.read(path, shape: nil)
    let original = Dataset.ImageShape(rows: picture.rows, columns: picture.columns)
    if original == shape, !picture.hasBrightCorners, !handling.digits {
      return Loaded(images: [picture.pixels], shape: shape)
    }
    let prepared = try picture.prepared(for: shape, severalDigits: handling.digits, path: path)
    return Loaded(
      images: prepared.digits.map(\.pixels), shape: shape, preparation: prepared,
      resizedFrom: original == shape ? nil : original)
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

  /// The shape to scale pictures to, which `option` needs.
  func requireShape(for option: String) throws -> Dataset.ImageShape {
    guard let shape else {
      throw CommandFailure(
        .badData, "\(model): does not tell the rows and columns of its \(size) inputs, which \(option) needs")
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
