import Foundation
import Nabla
import Testing

/// One case of Golden/augmentation.json: a picture, and what float64 NumPy makes of it.
struct AugmentationGolden: Decodable, Sendable, CustomTestStringConvertible {
  struct Variant: Decodable, Sendable {
    let sample, epoch: Int
    /// Not rounded.
    let pixels: [Double]
  }

  let rows, columns: Int
  let seed: UInt64
  let shift, rotation, scale, shear, sigma, alpha: Float
  let picture: [UInt8]
  let variants: [Variant]

  static let all: [AugmentationGolden] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/augmentation.json")
    // A golden that cannot be read must fail every test that needs it, loudly.
    do {
      return try JSONDecoder().decode([AugmentationGolden].self, from: Data(contentsOf: file))
    } catch {
      fatalError("\(file.path): \(error)")
    }
  }()

  var augmentation: Augmentation {
    var augmentation = Augmentation()
    (augmentation.shift, augmentation.rotation, augmentation.scale) = (shift, rotation, scale)
    augmentation.shear = shear
    augmentation.elastic = .init(sigma: sigma, alpha: alpha)
    return augmentation
  }

  var testDescription: String { "\(rows) x \(columns), \(augmentation)" }
}
