import Foundation
import Nabla
import NablaFormats

/// A picture as it is named on the command line: a PNG or PGM file, or one image of an IDX file.
enum PictureSource {
  case file(String)
  case idx(String, index: Int)

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

  func read(shape: Dataset.ImageShape, resize: Bool, invert: Bool) throws -> Picture {
    switch self {
    case .file(let path): return try Picture.read(path, shape: shape, resize: resize, invert: invert)
    case .idx(let path, let index):
      throw CommandFailure(.badData, "\(path):\(index): no reader")
    }
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
