import Nabla
import Testing

@Suite struct TrainingTests {
  /// XOR, which no network without a hidden layer can learn.
  @Test func learnsXOR() throws {
    let data = try Dataset(
      images: [0, 0, 0, 255, 255, 0, 255, 255], labels: [0, 1, 1, 0], imageShape: .init(rows: 1, columns: 2))
    let network = try Network(topology: Topology([2, 4, 2]), cost: .crossEntropy, seed: 2)
    let trainer = try Trainer(
      network: network, data: data, configuration: TrainingConfiguration(learningRate: 4, miniBatchSize: 4))
    for _ in 0..<1000 { try trainer.trainEpoch() }
    let evaluation = try network.evaluate(data)
    #expect(evaluation.correct == 4)
    #expect(evaluation.cost < 0.05)
  }

  /// Two interleaved half circles, the usual test of a curved boundary.
  @Test func learnsTwoMoons() throws {
    var random = Philox(seed: 5)
    func moons(_ count: Int) throws -> Dataset {
      var images: [UInt8] = []
      var labels: [UInt8] = []
      while labels.count < count {
        // A point of the unit half circle by rejection; the second moon is turned and shifted into the first.
        let x = 2 * random.uniform() - 1
        let y = (1 - x * x).squareRoot()
        let label = UInt8(random.below(2))
        let px = (label == 0 ? x : 1 - x) + 0.08 * random.gaussian()
        let py = (label == 0 ? y : 0.5 - y) + 0.08 * random.gaussian()
        images.append(UInt8(max(0, min(255, (px + 1.5) / 4 * 255))))
        images.append(UInt8(max(0, min(255, (py + 1) / 3 * 255))))
        labels.append(label)
      }
      return try Dataset(images: images, labels: labels, imageShape: .init(rows: 1, columns: 2))
    }
    let training = try moons(1000)
    let test = try moons(500)
    let network = try Network(
      topology: Topology([2, 16, 2]), cost: .crossEntropy, initialization: .large, seed: 4)
    let trainer = try Trainer(
      network: network, data: training,
      configuration: TrainingConfiguration(learningRate: 3, miniBatchSize: 10))
    for _ in 0..<250 { try trainer.trainEpoch() }
    #expect(try network.evaluate(test).accuracy > 0.99)
  }

  /// Pictures with many zeros take the sparse kernels, pictures with few the dense ones.
  @Test(arguments: [[50, 40, 33, 7], [50, 30, 7], [50, 150, 7], [50, 7]], [20, 80])
  func sameBitsOnEveryThreadCountAndInstructionSet(_ sizes: [Int], percentNonZero: UInt32) throws {
    let data = try randomData(count: 203, inputs: 50, classes: 7, percentNonZero: percentNonZero)
    func train(threads: Int, policy: TeamPace.Policy = .fixed) throws -> [UInt8] {
      let network = try Network(topology: Topology(sizes), seed: 1)
      let trainer = try Trainer(
        network: network, data: data,
        configuration: TrainingConfiguration(learningRate: 1, l2: 0.1, miniBatchSize: 10),
        pace: TeamPace(members: threads, policy: policy))
      #expect(trainer.threads == threads)
      for _ in 0..<3 { try trainer.trainEpoch() }
      return parameterBytes(network)
    }
    let chosen = InstructionSet.current
    defer { try? chosen.select() }
    let expected = try train(threads: 1)
    for instructionSet in InstructionSet.available {
      try instructionSet.select()
      for threads in [1, 2, 3, 4, 8] {
        let isEqual = try train(threads: threads) == expected
        #expect(isEqual, "\(instructionSet), \(threads) threads")
      }
      let isEqual = try train(threads: 2, policy: .alternating) == expected
      #expect(isEqual, "\(instructionSet), two threads and one in turn")
    }
  }

  /// The dense path is the reference: leaving zeros out must not change a bit.
  @Test(arguments: [[50, 30, 7], [50, 150, 20, 7], [50, 7]], [1, 10, 40])
  func leavingZerosOutChangesNoBit(_ sizes: [Int], miniBatchSize: Int) throws {
    let data = try randomData(count: 203, inputs: 50, classes: 7, percentNonZero: 20)
    let settings = TrainingConfiguration(learningRate: 1, l2: 0.1, miniBatchSize: miniBatchSize)
    let networks = try [true, false].map { allowsSparse in
      let network = try Network(topology: Topology(sizes), seed: 1)
      let trainer = try Trainer(
        network: network, data: data, configuration: settings, allowsSparse: allowsSparse,
        pace: TeamPace(members: 2, policy: .fixed))
      #expect(trainer.isSparse == allowsSparse)
      for _ in 0..<3 { try trainer.trainEpoch() }
      return parameterBytes(network)
    }
    let areEqual = networks[0] == networks[1]
    #expect(areEqual)
  }

  /// With and without zeros left out.
  @Test(arguments: [20, 67] as [UInt32])
  func evaluationIsTheSameForEveryThreadCount(percentNonZero: UInt32) throws {
    let data = try randomData(count: 1000, inputs: 20, classes: 4, percentNonZero: percentNonZero)
    #expect(data.isSparse == (percentNonZero == 20))
    let network = try Network(topology: Topology([20, 5, 4]), cost: .crossEntropy, seed: 1)
    let expected = try network.evaluate(data, threads: 1)
    #expect(expected.confusion.flatMap { $0 }.reduce(0, +) == 1000)
    for threads in [2, 3, 8] { #expect(try network.evaluate(data, threads: threads) == expected) }
    let byHand = try (0..<1000).count { index in
      let confidences = try network.feedforward(data.image(at: index))
      return confidences.firstIndex(of: confidences.max()!) == data.label(at: index)
    }
    #expect(expected.correct == byHand)
    // A part of the data set begins anywhere in its memory.
    let parts = try [0..<301, 301..<1000].map { try network.evaluate(data[$0]).correct }
    #expect(parts.reduce(0, +) == byHand)
  }

  /// `backpropagate` takes every pixel, `feedforward` those that are not zero.
  @Test(arguments: [[50, 30, 7], [50, 150, 20, 7], [50, 7]])
  func feedforwardWithoutZerosGivesTheSameBits(_ sizes: [Int]) throws {
    let data = try randomData(count: 20, inputs: 50, classes: 7, percentNonZero: 20)
    let network = try Network(topology: Topology(sizes), seed: 1)
    for index in 0..<data.count {
      let trace = try network.backpropagate(image: data.image(at: index), label: data.label(at: index))
      #expect(try network.feedforward(data.image(at: index)) == trace.activations.last)
    }
  }

  @Test func aRequestedStopEndsAfterTheMiniBatch() throws {
    let data = try randomData(count: 100, inputs: 8, classes: 3)
    let network = try Network(topology: Topology([8, 5, 3]), seed: 1)
    let trainer = try Trainer(
      network: network, data: data, configuration: TrainingConfiguration(),
      pace: TeamPace(members: 2, policy: .fixed))
    let progress = TrainingProgress()
    progress.requestStop()
    let report = try trainer.trainEpoch(progress: progress)
    #expect(report.wasStopped)
    #expect(report.samples == 10)
    #expect(progress.samplesDone == 10)
  }

  @Test func divergenceIsReported() throws {
    let data = try randomData(count: 100, inputs: 8, classes: 3)
    let network = try Network(topology: Topology([8, 5, 3]), cost: .crossEntropy, seed: 1)
    let trainer = try Trainer(
      network: network, data: data, configuration: TrainingConfiguration(learningRate: 3e38))
    #expect(throws: NablaError.self) { for _ in 0..<20 { try trainer.trainEpoch() } }
  }

  /// Threads that do not pay are not used, and never more than were asked for.
  @Test func aTeamIsUsedWhereItPays() throws {
    let data = try randomData(count: 300, inputs: 784, classes: 10, percentNonZero: 19)
    func threads(_ sizes: [Int], _ miniBatchSize: Int, limit: Int?) throws -> Int {
      try Trainer(
        network: Network(topology: Topology(sizes), seed: 1), data: data,
        configuration: TrainingConfiguration(miniBatchSize: miniBatchSize, threads: limit)
      ).threads
    }
    let cores = try threads([784, 2000, 10], 100, limit: nil)
    #expect(cores >= 1)
    #expect(try threads([784, 2000, 10], 100, limit: 1) == 1)
    #expect(try threads([784, 2000, 10], 100, limit: 1000) == cores)
    #expect(try threads([784, 30, 10], 1, limit: nil) == 1)
    #expect(try threads([784, 10], 10, limit: 2) == 1)
    #expect(try threads([784, 30, 10], 10, limit: 2) == min(2, cores))
  }

  @Test func settingsOutOfRangeAreRefused() throws {
    let data = try randomData(count: 10, inputs: 8, classes: 3)
    let network = try Network(topology: Topology([8, 3]), seed: 1)
    for settings in [
      TrainingConfiguration(miniBatchSize: 0), TrainingConfiguration(learningRate: .nan),
      TrainingConfiguration(learningRate: 0),
      TrainingConfiguration(learningRate: .infinity), TrainingConfiguration(l2: -1),
      TrainingConfiguration(threads: 0), TrainingConfiguration(threads: 99_999),
    ] {
      #expect(throws: NablaError.self) { try Trainer(network: network, data: data, configuration: settings) }
    }
    let other = try Network(topology: Topology([9, 3]), seed: 1)
    #expect(throws: NablaError.self) {
      try Trainer(network: other, data: data, configuration: TrainingConfiguration())
    }
    let narrow = try Network(topology: Topology([8, 2]), seed: 1)
    #expect(throws: NablaError.self) {
      try Trainer(network: narrow, data: data, configuration: TrainingConfiguration())
    }
  }
}

func randomData(count: Int, inputs: Int, classes: UInt32, percentNonZero: UInt32 = 67) throws -> Dataset {
  var random = Philox(seed: 77)
  return try Dataset(
    images: (0..<count * inputs).map { _ in random.below(100) < percentNonZero ? UInt8(random.below(256)) : 0
    },
    labels: (0..<count).map { UInt8($0 < Int(classes) ? UInt32($0) : random.below(classes)) },
    imageShape: .init(rows: 1, columns: inputs))
}

func parameterBytes(_ network: Network) -> [UInt8] {
  var bytes: [UInt8] = []
  network.withParameterBytes { bytes.append(contentsOf: $0) }
  return bytes
}
