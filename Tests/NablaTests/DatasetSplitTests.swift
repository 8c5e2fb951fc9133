import Nabla
import Testing

@Suite("Holding out samples")
struct DatasetSplitTests {
  /// Samples whose first two pixels are their number, in classes of these sizes, one after the other.
  private func data(_ sizes: [Int], pixels: UInt8 = 0) throws -> Dataset {
    let labels = sizes.enumerated().flatMap { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
    let images = labels.indices.flatMap {
      [UInt8($0 >> 8), UInt8($0 & 255)] + [UInt8](repeating: pixels, count: 6)
    }
    return try Dataset(images: images, labels: labels, imageShape: .init(rows: 2, columns: 4))
  }

  private func numbers(_ data: Dataset) -> [Int] {
    (0..<data.count).map { Int(data.image(at: $0)[0]) << 8 | Int(data.image(at: $0)[1]) }
  }

  private func classes(_ data: Dataset) -> [Int] {
    (0..<data.count).reduce(into: [Int](repeating: 0, count: data.classCount)) { $0[data.label(at: $1)] += 1 }
  }

  @Test(
    "each class gives its share, by the largest remainder",
    arguments: [
      ([100, 200, 300], 60, [10, 20, 30]),
      ([10, 10, 10], 4, [2, 1, 1]),
      ([1, 1, 998], 100, [0, 0, 100]),
      ([5, 0, 7], 11, [5, 0, 6]),
      ([3, 3], 5, [3, 2]),
    ])
  func shares(sizes: [Int], count: Int, expected: [Int]) throws {
    let parts = try data(sizes).holdingOut(count, seed: 1)
    #expect(classes(parts.heldOut) == expected)
    #expect(parts.rest.count + count == sizes.reduce(0, +))
  }

  @Test(
    "every sample is in one part, in its order, with its pixels and label", arguments: [0, 200] as [UInt8])
  func partition(pixels: UInt8) throws {
    let all = try data([300, 200, 100], pixels: pixels)
    let parts = try all.holdingOut(77, seed: 5)
    for part in [parts.rest, parts.heldOut] {
      #expect(part.classCount == 3)
      #expect(part.imageShape == all.imageShape)
      let numbers = numbers(part)
      #expect(numbers == numbers.sorted())
      for (index, number) in numbers.enumerated() {
        #expect(part.image(at: index) == all.image(at: number))
        #expect(part.label(at: index) == all.label(at: number))
      }
    }
    #expect((numbers(parts.rest) + numbers(parts.heldOut)).sorted() == Array(0..<600))
  }

  @Test("the seed decides which samples; a slice is divided like a data set of its own")
  func seed() throws {
    let all = try data([300, 200, 100])
    #expect(try numbers(all.holdingOut(60, seed: 1).heldOut) == numbers(all.holdingOut(60, seed: 1).heldOut))
    #expect(try numbers(all.holdingOut(60, seed: 1).heldOut) != numbers(all.holdingOut(60, seed: 2).heldOut))
    let slice = all[250..<550]
    let parts = try slice.holdingOut(30, seed: 1)
    #expect((numbers(parts.rest) + numbers(parts.heldOut)).sorted() == Array(250..<550))
  }
}
