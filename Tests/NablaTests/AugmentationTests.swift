import Nabla
import Testing

@Suite("Pictures distorted anew for each sample and epoch")
struct AugmentationTests {
  private static let usual = "shift:2,rotate:12,scale:15%,shear:10,elastic:4:34"

  private func digits(_ count: Int) throws -> Dataset {
    let digits = SyntheticDigits(seed: 3, split: .training)
    var images = [UInt8](repeating: 0, count: count * SyntheticDigits.pixelsPerImage)
    var labels = [UInt8](repeating: 0, count: count)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { digits.render(0..<count, images: images, labels: $0) }
    }
    return try Dataset(images: images, labels: labels, imageShape: .init(rows: 28, columns: 28))
  }

  // MARK: Pictures

  @Test(
    "Every pixel is within half a level, and float's rounding, of float64 NumPy",
    arguments: AugmentationGolden.all)
  func golden(_ golden: AugmentationGolden) throws {
    let data = try Dataset(
      images: [[UInt8]](repeating: golden.picture, count: 8).flatMap { $0 },
      labels: [UInt8](repeating: 0, count: 8), imageShape: .init(rows: golden.rows, columns: golden.columns))
    for variant in golden.variants {
      let pixels = try data.image(
        at: variant.sample, distortedBy: golden.augmentation, seed: golden.seed, epoch: variant.epoch)
      let worst = zip(pixels, variant.pixels).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(worst < 0.55)
      let moved = zip(pixels, golden.picture).filter { $0 != $1 }.count
      #expect(moved > pixels.count / 8, "a picture that is not distorted proves nothing")
    }
  }

  @Test("Strengths that vanish change no byte")
  func identity() throws {
    let data = try digits(20)
    var augmentation = Augmentation()
    (augmentation.shift, augmentation.rotation, augmentation.scale) = (1e-30, 1e-30, 1e-30)
    (augmentation.shear, augmentation.elastic.alpha) = (1e-30, 1e-30)
    #expect(!augmentation.isNone)
    for index in 0..<data.count {
      #expect(try data.image(at: index, distortedBy: augmentation) == data.image(at: index))
      #expect(try data.image(at: index, distortedBy: .none) == data.image(at: index))
    }
  }

  @Test(
    "Another epoch, sample or seed is another picture; the same ones are the same",
    arguments: [usual, "elastic:4:34", "shift:2", "rotate:12", "scale:15%", "shear:10"])
  func variants(_ text: String) throws {
    let one = try digits(1)
    let pixels = [[UInt8]](repeating: one.image(at: 0), count: 3).flatMap { $0 }
    let data = try Dataset(images: pixels, labels: [0, 0, 0], imageShape: one.imageShape)
    let augmentation = try #require(Augmentation(text))
    var seen: Set<[UInt8]> = [data.image(at: 0)]
    for (sample, seed, epoch) in [(0, 1, 1), (1, 1, 1), (2, 1, 1), (0, 2, 1), (0, 1, 2), (0, 1, 3)] {
      let picture = try data.image(
        at: sample, distortedBy: augmentation, seed: UInt64(seed), epoch: epoch)
      #expect(seen.insert(picture).inserted)
      #expect(
        try data.image(at: sample, distortedBy: augmentation, seed: UInt64(seed), epoch: epoch) == picture)
    }
  }

  @Test("The ink stays, on average, and where strengths let it")
  func inkAndExtent() throws {
    let data = try digits(300)
    let augmentation = try #require(Augmentation("shift:2,rotate:12,shear:10,elastic:5:30"))
    var (before, after) = (0.0, 0.0)
    for index in 0..<data.count {
      before += data.image(at: index).reduce(0) { $0 + Double($1) }
      after += try data.image(at: index, distortedBy: augmentation).reduce(0) { $0 + Double($1) }
    }
    #expect(
      abs(after / before - 1) < 0.08, "turning, slanting and shifting keep areas; little leaves the picture")

    // Shifted by at most 2 pixels, ink is at most 2 pixels farther out.
    let shift = try #require(Augmentation("shift:2"))
    for index in 0..<data.count {
      let original = data.image(at: index)
      for (place, ink) in try data.image(at: index, distortedBy: shift).enumerated() where ink > 0 {
        let (row, column) = (place / 28, place % 28)
        let near = (max(0, row - 2)...min(27, row + 2)).contains { row in
          (max(0, column - 2)...min(27, column + 2)).contains { original[row * 28 + $0] > 0 }
        }
        #expect(near)
      }
    }
  }

  // MARK: Training

  private func train(
    _ data: Dataset, _ augmentation: Augmentation, allowsSparse: Bool = true, threads: Int = 1
  ) throws -> [UInt8] {
    var configuration = TrainingConfiguration(rule: .momentum(), learningRate: 0.05, miniBatchSize: 10)
    configuration.augmentation = augmentation
    let network = try Network(topology: Topology([data.inputSize, 20, 10]), seed: 1)
    let trainer = try Trainer(
      network: network, data: data, configuration: configuration, allowsSparse: allowsSparse,
      pace: TeamPace(members: threads, policy: .fixed))
    for _ in 0..<2 { try trainer.trainEpoch() }
    return parameterBytes(network)
  }

  @Test(
    "What vanishes trains as what is not there; what does not, otherwise; sparse and dense, on 1 to 4 threads"
  )
  func sameBits() throws {
    let data = try digits(60)
    var vanishing = Augmentation()
    vanishing.rotation = 1e-30
    let usual = try #require(Augmentation(Self.usual))
    let plain = try train(data, .none)
    let augmented = try train(data, usual)
    let isEqual = plain == augmented
    #expect(!isEqual)
    for threads in 1...4 {
      for allowsSparse in [true, false] {
        let areEqual = try [
          train(data, vanishing, allowsSparse: allowsSparse, threads: threads) == plain,
          train(data, usual, allowsSparse: allowsSparse, threads: threads) == augmented,
        ]
        #expect(areEqual == [true, true], "\(threads) threads, \(allowsSparse ? "sparse" : "dense")")
      }
    }
  }

  /// Pictures with too few zeros to be stored without them, and selections of both kinds.
  @Test("Selected pictures train as they do alone", arguments: [20, 90] as [UInt32])
  func selections(percentNonZero: UInt32) throws {
    let all = try randomData(count: 40, inputs: 49, classes: 10, percentNonZero: percentNonZero)
    let square = try Dataset(
      images: (0..<40).flatMap { all.image(at: $0) }, labels: (0..<40).map { UInt8(all.label(at: $0)) },
      imageShape: .init(rows: 7, columns: 7), classCount: 10)
    #expect(square.isSparse == (percentNonZero < 40))
    let chosen = Array(stride(from: 39, through: 0, by: -3))
    let copy = try Dataset(
      images: chosen.flatMap { all.image(at: $0) }, labels: chosen.map { UInt8(all.label(at: $0)) },
      imageShape: square.imageShape, classCount: 10)
    let augmentation = try #require(Augmentation("shift:1,rotate:20,elastic:1:3"))
    let selection = try square.selecting(chosen)
    let areEqual = try train(selection, augmentation, threads: 2) == train(copy, augmentation)
    #expect(areEqual)
    #expect(
      try selection.image(at: 3, distortedBy: augmentation) == copy.image(at: 3, distortedBy: augmentation))
  }

  @Test("What is measured is measured on pictures as they are")
  func evaluation() throws {
    let data = try digits(120)
    var configuration = TrainingConfiguration(layers: [784, 20, 10], epochs: 2)
    configuration.augmentation = try #require(Augmentation(Self.usual))
    let session = try TrainingSession(
      training: data[0..<80], validation: data[80..<120], test: data[80..<120], configuration: configuration)
    try session.run()
    let plain = try session.network.evaluate(data[80..<120])
    #expect(session.history.last?.validation == plain)
    #expect(session.history.last?.test == plain)
  }

  @Test("A table is refused, and a picture that is too large")
  func refused() throws {
    var configuration = TrainingConfiguration(learningRate: 1)
    configuration.augmentation = try #require(Augmentation("shift:1"))
    let table = try Dataset(features: [1, 2, 3, 4], columnCount: 2, labels: [0, 1], classNames: ["a", "b"])
    let encoded = try table.encoded(by: table.learnedEncoding())
    let error = #expect(throws: NablaError.self) {
      try Trainer(
        network: Network(topology: Topology([2, 3, 2]), seed: 1), data: encoded, configuration: configuration)
    }
    #expect(error?.description == "augmentation: expected pictures, found a table")
    let wide = try Dataset(
      images: [UInt8](repeating: 0, count: 1 << 23), labels: [0], imageShape: .init(rows: 1, columns: 1 << 23)
    )
    let tooLarge = #expect(throws: NablaError.self) {
      _ = try wide.image(at: 0, distortedBy: configuration.augmentation)
    }
    #expect(
      tooLarge?.description
        == "augmentation: expected pictures of fewer than 2^24 pixels with margins, found 1 x 8388608")
    let long = try Dataset(
      images: [UInt8](repeating: 0, count: 1 << 20), labels: [0], imageShape: .init(rows: 1, columns: 1 << 20)
    )
    configuration.augmentation = try #require(Augmentation("elastic:4:34"))
    let tooLong = #expect(throws: NablaError.self) {
      _ = try long.image(at: 0, distortedBy: configuration.augmentation)
    }
    #expect(
      tooLong?.description
        == "augmentation: expected pictures whose elastic field has at most 2^28 pixels, found 1 x 1048576, whose "
        + "field has 282 x 1048857")
  }

  // MARK: Words

  @Test(
    "Words come back", arguments: ["none", usual, "rotate:180", "elastic:5.5:30.25", "scale:0.5%,shear:80"])
  func words(_ text: String) throws {
    #expect(Augmentation(text)?.description == text)
  }

  @Test func wordsInAnyOrder() throws {
    let usual = try #require(Augmentation(Self.usual))
    #expect(Augmentation("elastic:4:34,scale:15.0%,rotate:1.2e1,shift:2,shear:10") == usual)
    #expect(Augmentation("shift:0,elastic:5:0") == Augmentation.none)
  }

  @Test(
    "What means nothing is refused, and why",
    arguments: [
      (
        "",
        "none, or of shift:PIXELS, rotate:DEGREES, scale:PERCENT%, shear:DEGREES, elastic:SIGMA:ALPHA, "
          + "with commas between, found "
      ),
      (
        "shift:1,",
        "none, or of shift:PIXELS, rotate:DEGREES, scale:PERCENT%, shear:DEGREES, elastic:SIGMA:ALPHA, "
          + "with commas between, found shift:1,"
      ),
      ("shift", "shift:PIXELS, such as shift:2, found shift"),
      ("shift:1:2", "shift:PIXELS, such as shift:2, found shift:1:2"),
      ("shift:nan", "shift:PIXELS, such as shift:2, found shift:nan"),
      ("shift:0x2", "shift:PIXELS, such as shift:2, found shift:0x2"),
      ("shift:1e999", "a shift of 0 to 1000 pixels, found shift:inf"),
      ("shift:-1", "a shift of 0 to 1000 pixels, found shift:-1"),
      ("rotate:181", "a rotation of 0 to 180 degrees, found rotate:181"),
      ("scale:15", "scale:PERCENT%, such as scale:15%, found scale:15"),
      ("scale:91%", "a scale of 0% to 90%, found scale:91"),
      ("shear:81", "a shear of 0 to 80 degrees, found shear:81"),
      ("elastic:4", "elastic:SIGMA:ALPHA, such as elastic:4:34, found elastic:4"),
      ("elastic:0:34", "a sigma of 0.1 to 100 pixels, found elastic:0"),
      ("elastic:4:1e5", "an alpha of 0 to 10000, found elastic:100000"),
      ("shift:1,shift:2", "shift once, found shift:1,shift:2"),
    ] as [(String, String)])
  func badWords(text: String, message: String) throws {
    #expect(Augmentation(text) == nil)
    let error = #expect(throws: NablaError.self) { try Augmentation(parsing: text) }
    #expect(error?.description == "augmentation: expected " + message)
  }
}
