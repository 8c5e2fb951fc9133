import Nabla
import Testing

@Suite("Metrics")
struct MetricsTests {
  /// Whether both are nil, or close to each other.
  private func agree(_ found: Double?, _ expected: Double?) -> Bool {
    guard let found, let expected else { return found == nil && expected == nil }
    return abs(found - expected) <= 1e-9 * abs(expected) + 1e-12
  }

  private func agree(_ found: [Double?], _ expected: [Double?]) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { agree($0, $1) }
  }

  private func agree(_ found: [ClassificationMetrics.Scores], _ expected: MetricsGolden.Scores) -> Bool {
    agree(found.map(\.precision), expected.precision) && agree(found.map(\.recall), expected.recall)
      && agree(found.map(\.f1), expected.f1)
  }

  private func measure(_ outputs: [Float], _ labels: [UInt16], _ classes: Int) throws -> ClassificationMetrics
  {
    try ClassificationMetrics(outputs: outputs.span, labels: labels.span, classCount: classes)
  }

  // MARK: classification

  @Test("classification: scikit-learn's numbers", arguments: MetricsGolden.all.classification)
  func classification(_ golden: MetricsGolden.Classification) throws {
    let found = try golden.measured()
    #expect(found.count == golden.labels.count)
    #expect(agree(found.accuracy, golden.accuracy))
    #expect(agree(found.classes, golden.perClass))
    #expect(agree([found.macro], golden.macro))
    #expect(agree([found.weighted], golden.weighted))
    #expect(found.support == golden.support)
    #expect(found.confusion == golden.confusion)
    #expect(agree(found.logLoss, golden.logLoss))
    #expect(agree(found.calibrationError, golden.calibrationError))
    #expect(agree(found.rocAUC, golden.rocAUC))
    #expect(agree(found.matthewsCorrelation, golden.matthews))
    #expect(agree(found.cohenKappa, golden.kappa))
    #expect(found.topK.map(\.k) == [1, 2, 3, 5].filter { $0 < golden.classes })
    #expect(found.topK.first?.accuracy == found.accuracy)
    for top in found.topK where golden.classes > 2 {
      #expect(agree(top.accuracy, golden.topK["\(top.k)"]), "k = \(top.k)")
    }
  }

  @Test("the goldens have what is rare: outputs below 0, absent classes, equal scores, what is undefined")
  func goldensAreTelling() {
    let goldens = MetricsGolden.all.classification
    #expect(goldens.contains { $0.logLoss == nil && $0.rocAUC != nil })
    #expect(goldens.contains { $0.kappa == nil } && goldens.contains { $0.classes == 2 && $0.rocAUC == nil })
    #expect(
      goldens.contains { golden in
        golden.support.contains(0) && golden.macro.f1[0] != golden.perClass.f1.reduce(0, +) / 10
      })
    #expect(MetricsGolden.all.regression.contains { $0.mean.rSquared == [nil] })
  }

  @Test("calibration bins hold every sample, a confidence on an edge in the lower bin")
  func calibrationBins() throws {
    for golden in MetricsGolden.all.classification where golden.logLoss != nil {
      let bins = try golden.measured().calibrationBins
      #expect(bins.count == CalibrationBin.binCount)
      #expect(bins.reduce(0) { $0 + $1.count } == golden.labels.count)
      for (index, bin) in bins.enumerated() where bin.count > 0 {
        #expect(bin.meanConfidence > Double(index) / 15 - 1e-12)
        #expect(bin.meanConfidence < Double(index + 1) / 15 + 1e-12)
      }
    }
    // 3/5 is the edge between the bins 8 and 9; 1 is the end of the last.
    let bins = try measure([3, 2, 0, 5], [0, 0], 2).calibrationBins
    #expect(bins.indices.filter { bins[$0].count > 0 } == [8, 14])
    #expect(bins[8].accuracy == 1 && bins[14].accuracy == 0 && bins[14].meanConfidence == 1)
  }

  @Test("the area under the curve is the share of ordered pairs, counted one by one")
  func areaUnderROC() throws {
    var random = Philox(seed: 3)
    for _ in 0..<20 {
      let count = 2 + Int(random.below(40))
      let labels = (0..<count).map { $0 < 2 ? UInt16($0) : UInt16(random.below(2)) }
      let outputs = (0..<count * 2).map { _ in Float(random.below(4)) - 1 }
      // Outputs below 0 are no probabilities: then the score is a difference.
      guard outputs.contains(where: { $0 < 0 }) else { continue }
      let scores = labels.indices.map { outputs[2 * $0 + 1] - outputs[2 * $0] }
      var (pairs, halves) = (0, 0)
      for (i, label) in labels.enumerated() where label == 1 {
        for (j, other) in labels.enumerated() where other == 0 {
          pairs += 1
          halves += scores[i] > scores[j] ? 2 : scores[i] == scores[j] ? 1 : 0
        }
      }
      #expect(try measure(outputs, labels, 2).rocAUC == Double(halves) / (2 * Double(pairs)))
    }
  }

  @Test("many classes have scores but no confusion matrix")
  func manyClasses() throws {
    for (classes, rows) in [(1000, 1000), (1001, 0)] {
      let labels: [UInt16] = [0, UInt16(classes - 1), 7]
      var outputs = [Float](repeating: 0, count: 3 * classes)
      for (sample, label) in labels.enumerated() { outputs[sample * classes + Int(label)] = 1 }
      let found = try measure(outputs, labels, classes)
      #expect(found.correct == 3)
      #expect(found.confusion.count == rows)
      #expect(found.macro == .init(precision: 1, recall: 1, f1: 1))
      #expect(found.classes[1].f1 == 0)
    }
  }

  @Test("a single class has no k, no area, and is always right")
  func singleClass() throws {
    let found = try measure([0.5, 0, 3], [0, 0, 0], 1)
    #expect(found.accuracy == 1 && found.topK == [] && found.rocAUC == nil && found.confusion == [[3]])
  }

  @Test(
    "outputs that are no measurement are refused",
    arguments: [
      ([], [], 2, "expected samples and classes to measure, found 0 and 2"),
      ([1], [0], 0, "expected samples and classes to measure, found 1 and 0"),
      ([1, 0, 1], [0, 1], 2, "expected 2 x 2 outputs, found 3"),
      ([1, 0, 1, 0], [0], 2, "expected 1 x 2 outputs, found 4"),
      ([1, 0, 1, 0], [0, 2], 2, "label 1: expected a class of 0 ... 1, found 2"),
      ([1, 0, 1, .nan], [0, 1], 2, "output 1 of sample 1 is nan"),
      ([.infinity, 0, 1, 0], [0, 1], 2, "output 0 of sample 0 is inf"),
    ] as [([Float], [UInt16], Int, String)])
  func refused(_ outputs: [Float], _ labels: [UInt16], _ classes: Int, _ message: String) {
    #expect { try measure(outputs, labels, classes) } throws: { "\($0)" == message }
  }

  // MARK: regression

  @Test("regression: scikit-learn's numbers", arguments: MetricsGolden.all.regression)
  func regression(_ golden: MetricsGolden.Regression) throws {
    let found = try RegressionMetrics(
      predictions: golden.predictions.span, targets: golden.targets.span, outputCount: golden.outputs)
    #expect(found.count == golden.targets.count / golden.outputs)
    #expect(found.outputs.count == golden.outputs)
    for (errors, expected) in [(found.outputs, golden.each), ([found.mean], golden.mean)] {
      #expect(agree(errors.map(\.meanSquared), expected.meanSquared))
      #expect(agree(errors.map(\.rootMeanSquared), expected.rootMeanSquared))
      #expect(agree(errors.map(\.meanAbsolute), expected.meanAbsolute))
      #expect(agree(errors.map(\.medianAbsolute), expected.medianAbsolute))
      #expect(agree(errors.map(\.largest), expected.largest))
      #expect(agree(errors.map(\.rSquared), expected.rSquared))
    }
  }

  @Test(
    "predictions that are no measurement are refused",
    arguments: [
      ([], [], 1, "expected targets of 1 outputs, found 0 numbers"),
      ([1, 2, 3], [1, 2, 3], 2, "expected targets of 2 outputs, found 3 numbers"),
      ([1, 2], [1, 2, 3, 4], 2, "expected 4 predictions, found 2"),
      ([1, 2, .nan, 4], [1, 2, 3, 4], 2, "prediction 0 of sample 1 is nan"),
      ([1, 2], [1, -.infinity], 1, "target 0 of sample 1 is -inf"),
    ] as [([Float], [Float], Int, String)])
  func refused(_ predictions: [Float], _ targets: [Float], _ outputs: Int, _ message: String) {
    #expect {
      try RegressionMetrics(predictions: predictions.span, targets: targets.span, outputCount: outputs)
    } throws: {
      "\($0)" == message
    }
  }

  // MARK: networks

  @Test("outputs of a data set give what an evaluation gives, to the bit", arguments: Kind.all, [1, 2, 3])
  func outputsAgreeWithEvaluation(_ kind: Kind, threads: Int) throws {
    let data = try randomData(count: 333, inputs: 20, classes: 4, percentNonZero: threads == 2 ? 20 : 80)
    let network = try kind.makeNetwork([20, 9, 4])
    let outputs = try network.outputs(of: data, threads: threads)
    #expect(try outputs == (0..<333).flatMap { try network.feedforward(data.image(at: $0)) })
    let labels = (0..<333).map { UInt16(data.label(at: $0)) }
    let evaluation = try network.evaluate(data)
    let found = try measure(outputs, labels, 4)
    #expect(found.correct == evaluation.correct)
    #expect(found.confusion == evaluation.confusion)
    #expect(network.cost.mean(of: outputs.span, labels: labels.span) == evaluation.cost)
  }

  @Test("an ensemble's outputs are the mean in the order of its networks")
  func meanOutputs() {
    var one = MeanOutputs()
    one.add([0.1, 0.7])
    #expect(one.mean() == [0.1, 0.7])
    var three = MeanOutputs()
    for outputs in [[0.1, 1], [0.2, 0], [0.4, 1]] as [[Float]] { three.add(outputs) }
    let sum = Float(0.1) + Float(0.2) + Float(0.4)
    #expect(three.mean() == [sum / 3, Float(2) / 3])
  }
}
