/// An endless data set of handwritten-looking digits, drawn by a model of a pen.
///
/// Nothing is stored and nothing is downloaded: sample i of a seed is a pure function of (seed, split, i), so
/// any range can be drawn on any thread, in any order, with the same bytes on every machine. The arithmetic
/// is +, -, *, / and square root on `Float`, which IEEE 754 fixes to the last bit; the random numbers are
/// `Philox`'s.
///
/// One digit comes about in five steps:
///
/// 1. **Style** (`+Catalogue`, `+Styles...`). The label is uniform over 0...9. A way of writing it (four open
///    or closed, seven with or without a bar...) is picked by the styles' shares. A style is a pair of
///    sketches with corresponding points; the writer stands anywhere on the line between them, or a little
///    beyond, uniformly.
/// 2. **Hand** (`+Hand`). Every point trembles by a bell-shaped error. A smooth curve runs through the points
///    (Catmull & Rom 1974). The whole sheet is bent by a random bicubic free-form deformation (Sederberg &
///    Parry 1986), then narrowed or widened, slanted and rotated, all by bell-shaped amounts. How unsteady
///    the hand and how bent the sheet is differs from sample to sample.
/// 3. **Size** (`+Hand`). As in MNIST, the ink is scaled to fit a box of 20 x 20 pixels, keeping its aspect
///    ratio.
/// 4. **Ink** (`+Ink`). A round pen follows the curve. Its radius is random, and drifts along the curve as
///    pressure does; the edge is grey, over a random width of a little more than a pixel.
/// 5. **Place** (`+Ink`). As in MNIST, whole-pixel translation puts the centre of mass at the centre of
///    28 x 28 pixels.
///
/// Source of steps 3 and 5: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
/// recognition", 1998, section III.A. The styles and all distributions were set by hand.
public struct SyntheticDigits: Sendable {
  /// The width and the height of an image, in pixels.
  public static let side = 28

  /// The bytes of an image, row by row from the top: 0 is paper, 255 is ink.
  public static let pixelsPerImage = side * side

  /// Which of a seed's independent sequences of samples is drawn.
  public enum Split: UInt64, Sendable, CaseIterable {
    /// Digits to learn from.
    case training
    /// Digits to compare epochs by.
    case validation
    /// Digits to measure the trained network with.
    case test
  }

  /// What draws; the two share no random numbers.
  public enum Pen: Sendable, CaseIterable {
    /// The steps above. Its bytes never change: Nabla's golden numbers rest on them.
    case even
    /// The same steps, closer to what people write. Twice as many styles (`+MoreStyles...`), whose shares follow
    /// how often each is the nearest to one of MNIST's training images. Within a digit (`+Writer`) the mixture of
    /// the sketches changes along a stroke, strokes begin and end early or late and miss each other, corners are more
    /// or less round. The line (`+Brush`) is pressed unevenly and depends on its direction, as with a flat nib.
    case varied
  }

  let seed: UInt64
  let split: Split
  let pen: Pen
  let catalogue: Catalogue

  /// Creates the generator of one split of one seed; splits and seeds share no sample.
  public init(seed: UInt64, split: Split = .training, pen: Pen = .even) {
    self.seed = seed
    self.split = split
    self.pen = pen
    catalogue = pen == .even ? .even : .varied
  }

  /// Draws `samples`, a range of sample numbers from 0 on.
  ///
  /// - Parameters:
  ///   - images: samples.count x 784 bytes, row-major; every byte is written.
  ///   - labels: samples.count bytes, 0...9.
  /// - Precondition: the two buffers have exactly these sizes; `samples` starts at 0 or later and ends
  ///   at 2^48 or earlier.
  /// - Complexity: O(samples.count); allocates one scratch area a call, none a sample.
  public func render(
    _ samples: Range<Int>, images: UnsafeMutableBufferPointer<UInt8>,
    labels: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(samples.lowerBound >= 0 && samples.upperBound <= 1 << 48, "sample numbers are 0 ..< 2^48")
    precondition(images.count == samples.count * SyntheticDigits.pixelsPerImage, "images: 784 bytes a sample")
    precondition(labels.count == samples.count, "labels: one byte a sample")
    guard let images = images.baseAddress, let labels = labels.baseAddress else { return }
    Curve.withScratch { curve in
      Ink.withScratch { ink in
        for (row, sample) in samples.enumerated() {
          var random = generator(of: sample)
          labels[row] = draw(
            &random, curve: &curve, ink: ink, to: images + row * SyntheticDigits.pixelsPerImage)
        }
      }
    }
  }

  /// Returns `samples` as arrays: samples.count x 784 bytes, and a label 0...9 for each.
  ///
  /// - Precondition: see `render(_:images:labels:)`.
  package func rendered(_ samples: Range<Int>) -> (pixels: [UInt8], labels: [UInt8]) {
    var pixels = [UInt8](repeating: 0, count: samples.count * Self.pixelsPerImage)
    var labels = [UInt8](repeating: 0, count: samples.count)
    pixels.withUnsafeMutableBufferPointer { pixels in
      labels.withUnsafeMutableBufferPointer { render(samples, images: pixels, labels: $0) }
    }
    return (pixels, labels)
  }

  /// Returns the random numbers of one sample: a Philox stream that nothing else uses.
  private func generator(of sample: Int) -> Philox {
    // The top byte, "D" for digits or "V" for varied, keeps clear of the small stream numbers of other users of the
    // same seed.
    let user: UInt64 = pen == .even ? 0x44 : 0x56
    return Philox(seed: seed, stream: user << 56 | split.rawValue << 48 | UInt64(sample))
  }

  /// Draws one digit and returns its label.
  private func draw(
    _ random: inout Philox, curve: inout Curve, ink: Ink, to image: UnsafeMutablePointer<UInt8>
  ) -> UInt8 {
    let label = Int(random.below(10))
    ink.clear()
    switch pen {
    case .even:
      let hand = Hand(&random)
      hand.write(catalogue.pickStyle(of: label, &random), on: &curve, &random)
      let nib = Nib(&random, digit: label)
      curve.fit(box: Float(Ink.side), margin: nib.radius)
      ink.trace(curve, with: nib)
    case .varied:
      let writer = Writer(&random, digit: label)
      writer.write(catalogue.pickStyle(of: label, &random), on: &curve, &random)
      let brush = Brush(&random, digit: label)
      curve.fit(box: Float(Ink.side), margin: brush.radius)
      ink.trace(curve, with: brush)
    }
    ink.place(on: image)
    return UInt8(label)
  }
}

extension Philox {
  /// Returns a bell-shaped number of mean 0 and standard deviation 1, never beyond +-3.46.
  ///
  /// The sum of a word's four bytes: nearly normal, without a logarithm, and without a normal's rare giants,
  /// which would tear a digit apart.
  mutating func bell() -> Float {
    let word = next()
    let sum = (word & 0xFF) + (word >> 8 & 0xFF) + (word >> 16 & 0xFF) + word >> 24
    return (Float(sum) - 510) * (1 / 147.8)
  }

  /// Returns a number in [0, 1), a multiple of 2^-24.
  mutating func unit() -> Float { Float(next() >> 8) * 0x1p-24 }
}
