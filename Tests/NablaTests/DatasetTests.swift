import Nabla
import Testing

@Suite struct DatasetTests {
  /// Images without their zeros are what they were: one block of images and several, with too few zeros from the
  /// first block on, from a later one on (what was packed is unpacked), and never.
  @Test(
    "Images come back as they went in",
    arguments: [
      (1, [20]), (1000, [20]), (7000, [20, 20]), (7000, [90, 90]), (7000, [20, 90]), (7000, [90, 1]),
    ] as [(Int, [UInt32])])
  func roundTrip(count: Int, percentNonZero: [UInt32]) throws {
    let images = bytes(count * 350, percentNonZero)
    let shape = Dataset.ImageShape(rows: 10, columns: 35)
    let labels = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let data = try Dataset(images: images, labels: labels, imageShape: shape)
    #expect(data.isSparse == percentNonZero.allSatisfy { $0 < 40 })
    for part in [data, data[count / 3..<count]] {
      let first = count - part.count
      let differ = (0..<part.count).first { index in
        part.image(at: index) != Array(images[(first + index) * 350..<(first + index + 1) * 350])
          || part.label(at: index) != Int(labels[first + index])
      }
      #expect(differ == nil)
    }
  }

  /// The last pixel is 255 times 257 or one more from the first.
  @Test(arguments: [65_536, 65_537]) func largeImages(size: Int) throws {
    var image = [UInt8](repeating: 0, count: size)
    image[0] = 1
    image[size - 1] = 255
    let data = try Dataset(
      images: image + image, labels: [0, 1], imageShape: .init(rows: 1, columns: size))
    #expect(data.isSparse)
    #expect(data.image(at: 1) == image)
  }

  /// Two bytes a pixel that is not zero and nine a sample where that is less; never more than the pixels themselves
  /// and their labels.
  @Test(arguments: [(19, 2 * 0.19 * 784 + 9), (90, 784 + 1)] as [(UInt32, Double)])
  func memory(percentNonZero: UInt32, bytesPerSample: Double) throws {
    let data = try Dataset(
      images: bytes(5000 * 784, [percentNonZero]), labels: [UInt8](repeating: 0, count: 5000),
      imageShape: .init(rows: 28, columns: 28))
    #expect(abs(Double(data.storedBytes) / 5000 / bytesPerSample - 1) < 0.02)
  }

  /// Room for more than there is costs nothing until it is used.
  @Test func aBufferReservesAndShrinks() throws {
    var buffer = try AlignedBuffer<UInt8>(reserving: 1 << 36)
    buffer.pointer[0] = 1
    buffer.pointer[(1 << 36) - 1] = 2
    #expect(UInt(bitPattern: buffer.pointer) % (2 << 20) == 0)
    buffer.shrink(to: 100)
    #expect(buffer.elements.count == 100)
    #expect(Array(buffer.elements.prefix(3)) == [1, 0, 0])
  }

  /// `count` pixels, in as many equal parts as there are percentages of pixels that are not zero.
  private func bytes(_ count: Int, _ percentNonZero: [UInt32]) -> [UInt8] {
    var random = Philox(seed: 9)
    return (0..<count).map { index in
      random.below(100) < percentNonZero[index * percentNonZero.count / count]
        ? UInt8(1 + random.below(255)) : 0
    }
  }
}
