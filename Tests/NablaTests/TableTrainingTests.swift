import Nabla
import Testing

@Suite("Training on rows of a table")
struct TableTrainingTests {
  /// Numbers of any size and sign, this share of them not zero, in classes or with two real targets.
  private func table(
    count: Int = 61, columns: Int = 19, isRegression: Bool, percentNonZero: UInt32 = 100
  ) throws -> Dataset {
    var random = Philox(seed: 5)
    let features = (0..<count * columns).map { index -> Float in
      guard random.below(100) < percentNonZero else { return 0 }
      return Float(random.gaussian()) * (index % columns == 3 ? 1000 : 1) + (index % columns == 5 ? 7 : 0)
    }
    guard isRegression else {
      return try Dataset(
        features: features, columnCount: columns, labels: (0..<count).map { _ in Int(random.below(4)) },
        classNames: ["a", "b", "c", "d"])
    }
    return try Dataset(
      features: features, columnCount: columns,
      targets: (0..<2 * count).map { _ in Float(random.gaussian()) * 50 + 200 }, targetCount: 2)
  }

  private func encoded(_ data: Dataset) throws -> Dataset { try data.encoded(by: data.learnedEncoding()) }

  private func network(_ data: Dataset) throws -> Network {
    let isRegression = data.encoding.isRegression
    return try Network(
      topology: Topology(
        [data.inputSize, 21, 18, data.outputSize], hidden: .tanh, output: isRegression ? .identity : .softmax),
      cost: isRegression ? .quadratic : .logLikelihood, seed: 3)
  }

  @Test(
    "Steps are those of the textbooks' equations in double, for classes and for real targets, weighted and not",
    arguments: [UpdateRule.sgd, .momentum(), .adam()], [false, true])
  func steps(rule: UpdateRule, isRegression: Bool) throws {
    for isBalanced in isRegression ? [false] : [false, true] {
      let data = try encoded(table(isRegression: isRegression))
      let network = try network(data)
      var configuration = TrainingConfiguration(rule: rule, learningRate: 0.01, miniBatchSize: 8)
      configuration.classWeight = isBalanced ? .balanced : .equal
      var weights: [Double]?
      if isBalanced {
        let labels = (0..<data.count).map { data.label(at: $0) }
        weights = labels.map { label in
          Double(data.count) / (4 * Double(labels.count { $0 == label }))
        }
      }
      var reference = try ReferenceTraining(network, data, configuration, weights: weights)
      let trainer = try Trainer(network: network, data: data, configuration: configuration)
      #expect(!trainer.isSparse)
      for epoch in 0..<6 {
        try trainer.trainEpoch()
        reference.trainEpoch(epoch)
      }
      let layers = network.topology.layers.indices
      let tolerance = rule.stateCount == 2 ? 1e-3 : 2e-5
      #expect(
        relativeDifference(layers.map { network.weights(layer: $0) }, reference.network.weights) < tolerance)
      #expect(
        relativeDifference(layers.map { network.biases(layer: $0) }, reference.network.biases) < tolerance)
    }
  }

  @Test(
    "The same bits on any threads and instruction set, with few zeros and with many",
    arguments: Recipe.rules, [100, 10] as [UInt32])
  func sameBits(rule: UpdateRule, percentNonZero: UInt32) throws {
    for isRegression in [false, true] {
      let data = try encoded(
        table(count: 103, columns: 50, isRegression: isRegression, percentNonZero: percentNonZero))
      func train(threads: Int, policy: TeamPace.Policy = .fixed) throws -> [UInt8] {
        let network = try network(data)
        var configuration = TrainingConfiguration(rule: rule, learningRate: 0.01, miniBatchSize: 10)
        configuration.dropout = [0.2, 0.5, 0.3]
        configuration.classWeight = .balanced
        let trainer = try Trainer(
          network: network, data: data, configuration: configuration,
          pace: TeamPace(members: threads, policy: policy))
        for _ in 0..<2 { try trainer.trainEpoch() }
        return parameterBytes(network)
      }
      let chosen = InstructionSet.current
      defer { try? chosen.select() }
      let expected = try train(threads: 1)
      for instructionSet in InstructionSet.available {
        try instructionSet.select()
        for threads in 1...4 {
          let isEqual = try train(threads: threads) == expected
          #expect(isEqual, "\(instructionSet), \(threads) threads")
        }
        let isEqual = try train(threads: 2, policy: .alternating) == expected
        #expect(isEqual, "\(instructionSet), two threads and one in turn")
      }
    }
  }

  @Test("A selection of rows trains as a table of these rows alone does")
  func selections() throws {
    let all = try table(isRegression: false)
    let chosen = [3, 1, 40, 41, 42, 7, 60, 20, 3]
    let copy = try Dataset(
      features: chosen.flatMap { row in (0..<19).map { all.cell(row, $0) } }, columnCount: 19,
      labels: chosen.map { all.label(at: $0) }, classNames: ["a", "b", "c", "d"])
    let selection = try all.selecting(chosen)
    let encoding = try copy.learnedEncoding()
    #expect(try selection.learnedEncoding() == encoding)
    var configuration = TrainingConfiguration(rule: .adam(), learningRate: 0.01, epochs: 3, miniBatchSize: 4)
    configuration.dropout = [0.2, 0.5, 0]
    let results = try [copy, selection].map { data -> ([UInt8], [Evaluation?]) in
      let data = try data.encoded(by: encoding)
      let session = try TrainingSession(
        network: network(data), training: data, test: data[2..<9], configuration: configuration)
      try session.run()
      return (parameterBytes(session.network), session.history.map(\.test))
    }
    let areEqual = results[0].0 == results[1].0
    #expect(areEqual)
    #expect(results[0].1 == results[1].1)
  }

  @Test("Pictures that are selected train as they do alone, sparse and dense")
  func selectedPictures() throws {
    for percentNonZero in [20, 90] as [UInt32] {
      let all = try randomData(count: 40, inputs: 50, classes: 3, percentNonZero: percentNonZero)
      let chosen = Array(stride(from: 39, through: 0, by: -3))
      let copy = try Dataset(
        images: chosen.flatMap { all.image(at: $0) }, labels: chosen.map { UInt8(all.label(at: $0)) },
        imageShape: all.imageShape, classCount: 3)
      var configuration = TrainingConfiguration(learningRate: 0.5, epochs: 2, miniBatchSize: 5)
      configuration.dropout = [0.3, 0.5]
      let bytes = try [copy, all.selecting(chosen)].map { data in
        let network = try Network(topology: Topology([50, 20, 3]), seed: 1)
        let trainer = try Trainer(network: network, data: data, configuration: configuration)
        for _ in 0..<2 { try trainer.trainEpoch() }
        return parameterBytes(network)
      }
      let areEqual = bytes[0] == bytes[1]
      #expect(areEqual)
    }
  }

  @Test("Errors of a regression are in the target's units, and those of its predictions")
  func regressionErrors() throws {
    let data = try encoded(table(count: 300, isRegression: true))
    let network = try network(data)
    let evaluation = try network.evaluate(data, threads: 2)
    let predictions = data.encoding.decoded(try network.outputs(of: data))
    let targets = (0..<data.count).flatMap { data.values(at: $0) }
    let metrics = try RegressionMetrics(predictions: predictions.span, targets: targets.span, outputCount: 2)
    let errors = try #require(evaluation.errors)
    #expect(abs(errors.rmse / metrics.mean.rootMeanSquared - 1) < 1e-5)
    #expect(abs(errors.mae / metrics.mean.meanAbsolute - 1) < 1e-5)
    let rSquared = try #require(metrics.mean.rSquared)
    #expect(try abs(#require(errors.r2) - rSquared) < 1e-5)
    #expect(evaluation.correct == 0 && evaluation.confusion.isEmpty)
    #expect(try network.evaluate(data, threads: 1) == evaluation)
    // The cost is that of the scaled targets.
    let cost = (0..<data.count).reduce(0.0) { sum, index in
      guard case .values(let values) = data.encoding.target else { return sum }
      let outputs = (try? network.feedforward(inputs: data.input(at: index))) ?? []
      return sum
        + zip(zip(outputs, data.values(at: index)), values).reduce(0.0) {
          let difference = Double($1.0.0) - Double(($1.0.1 - $1.1.offset) * $1.1.factor)
          return $0 + 0.5 * difference * difference
        }
    }
    #expect(abs(evaluation.cost / (cost / 300) - 1) < 1e-6)
  }

  @Test("More classes than a byte counts, up to the last that a label can have", arguments: [300, 65_535])
  func manyClasses(count: Int) throws {
    let labels = [0, 1, 255, 256, 257, count - 1, 0, 256]
    let data = try Dataset(
      features: labels.flatMap { [Float($0 % 7), Float($0 % 3)] }, columnCount: 2, labels: labels)
    #expect(data.classCount == count && data.label(at: 5) == count - 1)
    let encoded = try encoded(data)
    let network = try Network(
      topology: Topology([2, 5, count], hidden: .tanh, output: .softmax), cost: .logLikelihood, seed: 1)
    let trainer = try Trainer(
      network: network, data: encoded,
      configuration: TrainingConfiguration(rule: .adam(), learningRate: 0.1, miniBatchSize: 4))
    for _ in 0..<60 { try trainer.trainEpoch() }
    let evaluation = try network.evaluate(encoded)
    let outputs = try network.outputs(of: encoded)
    let predictions = labels.indices.map { row in
      indexOfLargest(Array(outputs[row * count..<(row + 1) * count]))
    }
    #expect(evaluation.correct == zip(predictions, labels).count { $0 == $1 })
    #expect(evaluation.correct >= 6)
    #expect(evaluation.confusion.isEmpty == (count > 1000))
    #expect(throws: NablaError.self) {
      try Dataset(features: [1, 2], columnCount: 1, labels: [0, 65_535])
    }
  }

  @Test("Networks and tables that do not fit")
  func misfits() throws {
    let data = try table(isRegression: true)
    func error(_ sizes: [Int], output: Activation = .identity, cost: Cost = .quadratic) throws -> String? {
      let network = try Network(topology: Topology(sizes, output: output), cost: cost, seed: 1)
      return #expect(throws: NablaError.self) {
        _ = try Trainer(network: network, data: data, configuration: TrainingConfiguration())
      }?.description
    }
    #expect(
      try error([18, 2]) == "expected rows of 18 inputs for the network [18,2], found 19")
    #expect(
      try error([19, 3]) == "expected 3 real targets for the network [19,3], found 2")
    #expect(
      try error([19, 2], output: .sigmoid, cost: .crossEntropy)
        == "expected the quadratic cost for real targets, found cross-entropy")
  }

  @Test("README's example: a table of arrays, from the first row to a prediction", arguments: [false, true])
  func example(isRegression: Bool) throws {
    let sides = (0..<200).map { ($0 % 20, $0 * 7 % 23) }
    let features = sides.flatMap { [Float($0), Float($1)] }
    let table =
      isRegression
      ? try Dataset(features: features, columnCount: 2, targets: sides.map { Float(10 * $0 - $1) })
      : try Dataset(
        features: features, columnCount: 2, labels: sides.map { $0 < $1 ? 0 : 1 },
        classNames: ["tall", "wide"])
    let (training, test) = try table.holdingOut(40, as: .test, seed: 1)
    let encoding = try training.learnedEncoding()
    let session = try TrainingSession(
      training: training.encoded(by: encoding), test: test.encoded(by: encoding),
      configuration: .standard(for: training))
    try session.run()
    let predictor = try Predictor(session.network, encoding: encoding.features)
    var outputs = [Float](repeating: 0, count: table.outputSize)
    var span = outputs.mutableSpan
    let rows: [Float] = [3, 18]
    try predictor.predict(rows: rows.span, into: &span)
    if isRegression {
      #expect(abs(encoding.decoded(outputs)[0] - 12) < 5)
    } else {
      #expect(outputs[0] > 0.9)
    }
  }
}
