import Foundation

/// Writes Nabla's own digits as the four files of MNIST, for programs that cannot draw them.
///
/// dataset.py compiles this together with the sources of `SyntheticDigits`; a call of the program is
/// `digits FOLDER TRAINING_COUNT TEST_COUNT`. The seed is that of `nabla train --data digits`.
@main
enum DigitsWriter {
  static func main() throws {
    let arguments = CommandLine.arguments
    let folder = URL(fileURLWithPath: arguments[1], isDirectory: true)
    try write(Int(arguments[2])!, of: .training, named: "train", to: folder)
    try write(Int(arguments[3])!, of: .test, named: "t10k", to: folder)
  }

  private static func write(
    _ count: Int, of split: SyntheticDigits.Split, named name: String, to folder: URL
  ) throws {
    var images = [UInt8](repeating: 0, count: count * SyntheticDigits.pixelsPerImage)
    var labels = [UInt8](repeating: 0, count: count)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { labels in
        SyntheticDigits(seed: 1, split: split).render(0..<count, images: images, labels: labels)
      }
    }
    let side = SyntheticDigits.side
    try (header(0x803, count, side, side) + Data(images)).write(
      to: folder.appendingPathComponent("\(name)-images-idx3-ubyte"))
    try (header(0x801, count) + Data(labels)).write(
      to: folder.appendingPathComponent("\(name)-labels-idx1-ubyte"))
  }

  /// The first bytes of an IDX file: numbers of 32 bits, the most significant byte first.
  private static func header(_ numbers: Int...) -> Data {
    Data(numbers.flatMap { number in (0..<4).reversed().map { UInt8(number >> (8 * $0) & 255) } })
  }
}
