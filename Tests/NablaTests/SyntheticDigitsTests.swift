import Testing

import Nabla

/// The promises of `SyntheticDigits`: the same bytes always, and images that look like MNIST's in number.
@Suite struct SyntheticDigitsTests {
  @Test("A sample has the same bytes alone, in a part and in a reordered whole")
  func samplesAreIndependentOfTheRange() {
    let digits = SyntheticDigits(seed: 7)
    let whole = RenderedDigits(digits, 0..<200)
    for range in [120..<200, 0..<1, 1..<64, 64..<120] {
      let part = RenderedDigits(digits, range)
      #expect(part.labels == Array(whole.labels[range]))
      #expect(part.images == Array(whole.images[range.lowerBound * 784..<range.upperBound * 784]))
    }
    for sample in [199, 3, 77] {
      let alone = RenderedDigits(digits, sample..<sample + 1)
      #expect(alone.images == Array(whole.image(sample)))
      #expect(alone.labels == [whole.labels[sample]])
    }
  }

  @Test("The first thousand digits have the same bytes on every machine and in every build")
  func goldenBytes() {
    #expect(RenderedDigits(SyntheticDigits(seed: 1), 0..<1000).hash == 0x3F37_5A7A_07E8_C77D)
    #expect(RenderedDigits(SyntheticDigits(seed: 1, split: .test), 0..<1000).hash == 0xFA0F_8941_B54D_AA40)
  }

  @Test("Far samples exist, and an empty range touches nothing")
  func extremeRanges() {
    let digits = SyntheticDigits(seed: 7)
    #expect(RenderedDigits(digits, 5..<5).images.isEmpty)
    let last = 1 << 48
    #expect(RenderedDigits(digits, last - 1..<last).images.contains { $0 > 0 })
  }

  @Test("Seeds and splits give different digits")
  func seedsAndSplitsDiffer() {
    let sequences = [
      SyntheticDigits(seed: 1), SyntheticDigits(seed: 2), SyntheticDigits(seed: 1 << 40),
      SyntheticDigits(seed: 1, split: .validation), SyntheticDigits(seed: 1, split: .test),
    ].map { RenderedDigits($0, 0..<50) }
    for (index, one) in sequences.enumerated() {
      for other in sequences[..<index] {
        let equalImages = (0..<50).filter { one.image($0).elementsEqual(other.image($0)) }
        #expect(equalImages.isEmpty)
        #expect(one.labels != other.labels)
      }
    }
  }

  @Test("Every label is as frequent as chance allows")
  func labelsAreUniform() {
    let count = 6000
    var frequencies = [Int](repeating: 0, count: 10)
    for label in RenderedDigits(SyntheticDigits(seed: 3), 0..<count).labels { frequencies[Int(label)] += 1 }
    // Chi-squared with 9 degrees of freedom exceeds 27.9 once in a thousand seeds; this seed is fixed.
    let expected = Double(count) / 10
    let chiSquared = frequencies.reduce(0.0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    #expect(chiSquared < 27.9)
  }

  @Test("Every image: ink in a box of 20 x 20, its centre of mass in the middle, neither empty nor full")
  func geometry() {
    let count = 2000
    let digits = RenderedDigits(SyntheticDigits(seed: 4, split: .test), 0..<count)
    var inkPixels = 0
    for sample in 0..<count {
      let image = digits.image(sample)
      var rows = [Int](repeating: 0, count: 28)
      var columns = [Int](repeating: 0, count: 28)
      var pixels = 0
      for row in 0..<28 {
        for column in 0..<28 {
          let value = Int(image[image.startIndex + 28 * row + column])
          rows[row] += value
          columns[column] += value
          if value > 0 { pixels += 1 }
        }
      }
      let height = RenderedDigits.extent(rows)
      let width = RenderedDigits.extent(columns)
      #expect(18...20 ~= max(width, height), "the longer side fills the box of 20 pixels")
      #expect(abs(RenderedDigits.centreOfMass(rows) - 13.5) <= 1)
      #expect(abs(RenderedDigits.centreOfMass(columns) - 13.5) <= 1)
      #expect(25...450 ~= pixels, "neither empty nor full")
      inkPixels += pixels
    }
    // MNIST's training images have 19.1 % non-zero pixels.
    let share = Double(inkPixels) / Double(count * 784)
    #expect(0.17...0.21 ~= share)
  }

  @Test("The mean image of each digit recognises other images of that digit")
  func nearestMeanClassifier() {
    let training = RenderedDigits(SyntheticDigits(seed: 5), 0..<2000)
    let test = RenderedDigits(SyntheticDigits(seed: 5, split: .test), 0..<1000)
    var means = [[Float]](repeating: [Float](repeating: 0, count: 784), count: 10)
    var counts = [Float](repeating: 0, count: 10)
    for sample in 0..<2000 {
      let label = Int(training.labels[sample])
      counts[label] += 1
      for (pixel, value) in training.image(sample).enumerated() { means[label][pixel] += Float(value) }
    }
    for label in 0..<10 { for pixel in 0..<784 { means[label][pixel] /= counts[label] } }
    var right = [Float](repeating: 0, count: 10)
    var seen = [Float](repeating: 0, count: 10)
    for sample in 0..<1000 {
      var nearest = 0
      var leastDistance = Float.infinity
      for label in 0..<10 {
        var distance: Float = 0
        for pixel in 0..<784 {
          let difference = means[label][pixel] - Float(test.images[784 * sample + pixel])
          distance += difference * difference
        }
        if distance < leastDistance { (nearest, leastDistance) = (label, distance) }
      }
      seen[Int(test.labels[sample])] += 1
      if nearest == Int(test.labels[sample]) { right[nearest] += 1 }
    }
    // MNIST is easier for this classifier (82 %): our hands vary more than its writers do.
    #expect(right.reduce(0, +) / 1000 > 0.65)
    for label in 0..<10 { #expect(right[label] / seen[label] > 0.45, "digit \(label)") }
  }
}

/// A range of samples with its images and labels in arrays.
struct RenderedDigits {
  private(set) var images: [UInt8]
  private(set) var labels: [UInt8]

  init(_ digits: SyntheticDigits, _ range: Range<Int>) {
    // Filled with a value that paper never has, so that a pixel left unwritten is noticed.
    images = [UInt8](repeating: 0xA5, count: range.count * 784)
    labels = [UInt8](repeating: 0xA5, count: range.count)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { labels in
        digits.render(range, images: images, labels: labels)
      }
    }
  }

  func image(_ index: Int) -> ArraySlice<UInt8> { images[index * 784..<(index + 1) * 784] }

  /// Returns the distance from the first to the last non-zero entry, both included.
  static func extent(_ profile: [Int]) -> Int {
    guard let first = profile.firstIndex(where: { $0 > 0 }) else { return 0 }
    return profile.lastIndex(where: { $0 > 0 })! - first + 1
  }

  /// Returns the mean index, weighted by the entries.
  static func centreOfMass(_ profile: [Int]) -> Double {
    let moment = profile.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    return Double(moment) / Double(profile.reduce(0, +))
  }

  /// Returns the FNV-1a hash, 64 bits, of all images and then all labels.
  var hash: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in images { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for byte in labels { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }
}
