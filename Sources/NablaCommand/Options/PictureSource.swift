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

  func read(shape: Dataset.ImageShape, resize: Bool, invert: Bool) throws -> Loaded {
    switch self {
    case .file(let path):
      let picture = try Picture.read(path, shape: shape, resize: resize, invert: invert)
      let original = Dataset.ImageShape(rows: picture.originalRows, columns: picture.originalColumns)
      return Loaded(
        pixels: picture.pixels, shape: shape, resizedFrom: original == shape ? nil : original,
        hasBrightCorners: picture.hasBrightCorners)
    case .idx(let path, let index):
      let data = try IDX.read(images: path, labels: Self.labels(beside: path))
      guard data.imageShape == shape else {
        throw CommandFailure(
          .badData,
          "\(path): has pictures of another size (expected \(shape.text), found \(data.imageShape.text))")
      }
      guard index < data.count else {
        throw CommandFailure(.usage, "\(path):\(index): expected an index of 0 to \(data.count - 1)")
      }
      let pixels = data.image(at: index)
      return Loaded(
        pixels: invert ? pixels.map { 255 - $0 } : pixels, shape: shape, label: data.label(at: index))
    }
  }

  /// The file of labels that belongs to a file of images: t10k-labels-idx1-ubyte to t10k-images-idx3-ubyte.
  private static func labels(beside images: String) -> String {
    let url = URL(fileURLWithPath: images)
    let name = url.lastPathComponent.replacing("images", with: "labels").replacing("idx3", with: "idx1")
    return images.hasSuffix(url.lastPathComponent)
      ? String(images.dropLast(url.lastPathComponent.count)) + name : name
  }

  /// The pictures a network reads; square, because a model file tells only the number of pixels.
  static func shape(of network: Network, model: String) throws -> Dataset.ImageShape {
    let pixels = network.topology.inputSize
    let side = Int(Double(pixels).squareRoot())
    guard side * side == pixels else {
      throw CommandFailure(
        .badData, "\(model): does not read pictures (expected a square number of inputs, found \(pixels))")
    }
    return Dataset.ImageShape(rows: side, columns: side)
  }
}
