import Nabla
import Testing

@Suite struct PredictionTests {
  /// A batch in one call, picture by picture, on any number of threads, and with zeros left out: the same bits.
  @Test(arguments: [1, 128, 1000])
  func batches(_ count: Int) throws {
    let data = try randomData(count: max(count, 4), inputs: 50, classes: 4, percentNonZero: 20)[0..<count]
    let network = try Network(
      topology: Topology([50, 30, 4], hidden: .relu, output: .softmax), cost: .logLikelihood, seed: 1)
    let images = (0..<count).flatMap { data.image(at: $0) }
    let expected = try (0..<count).flatMap { try network.feedforward(data.image(at: $0)) }
    for threads in [1, 2, 3] {
      #expect(try network.predict(images, threads: threads) == expected)
    }
    let predictor = try Predictor(network)
    for _ in 0..<2 { #expect(try predictor.predict(images) == expected) }
    #expect(expected.allSatisfy { $0 >= 0 && $0 <= 1 })
    let correct = (0..<count).count {
      indexOfLargest(Array(expected[$0 * 4..<$0 * 4 + 4])) == data.label(at: $0)
    }
    #expect(try network.evaluate(data).correct == correct)
  }

  @Test func spansAreFilledWithoutACopy() throws {
    let network = try Network(topology: Topology([6, 5, 3]), seed: 1)
    let predictor = try Predictor(network, threads: 1)
    let images = (0..<24).map { UInt8($0 * 10) }
    var outputs = [Float](repeating: -1, count: 12)
    var span = outputs.mutableSpan
    try predictor.predict(images.span, into: &span)
    #expect(try outputs == network.predict(images))
    var none: [Float] = []
    var empty = none.mutableSpan
    try predictor.predict([UInt8]().span, into: &empty)
    #expect(none == [])
  }

  @Test func wrongSizesAreRefused() throws {
    let network = try Network(topology: Topology([6, 5, 3]), seed: 1)
    #expect(throws: NablaError.self) { try network.predict([1, 2, 3, 4, 5, 6, 7]) }
    #expect(throws: NablaError.self) { try network.feedforward([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]) }
    var outputs = [Float](repeating: 0, count: 4)
    var span = outputs.mutableSpan
    var error: NablaError?
    do throws(NablaError) {
      try Predictor(network).predict([1, 2, 3, 4, 5, 6].span, into: &span)
    } catch let caught { error = caught }
    #expect(error?.description == "expected room for 1 x 3 outputs, found room for 4")
  }

  /// The evaluation's cost of each output activation is the reference's.
  @Test(arguments: Kind.all)
  func evaluationCosts(_ kind: Kind) throws {
    let data = try randomData(count: 40, inputs: 20, classes: 4, percentNonZero: 30)
    let network = try kind.makeNetwork([20, 9, 4])
    let reference = ReferenceNetwork(network)
    let expected =
      (0..<40).reduce(0.0) {
        $0 + reference.cost(data.image(at: $1).map { Double($0) / 255 }, label: data.label(at: $1))
      } / 40
    #expect(abs(try network.evaluate(data).cost / expected - 1) < 1e-5)
  }
}
