import Nabla
import Testing

@Suite struct NetworkTests {
  @Test func topologyCountsParameters() throws {
    let topology = try Topology([784, 30, 10])
    #expect(topology.parameterCount == 784 * 30 + 30 + 30 * 10 + 10)
    #expect(try ParameterLayout(topology).count == 784 * 32 + 32 + 30 * 16 + 16)
    #expect(topology.description == "[784,30,10]")
  }

  @Test(arguments: [[], [784], [784, 0, 10], [784, -1], [784, Int.max, 10]] as [[Int]])
  func topologiesThatAreNone(_ sizes: [Int]) {
    #expect(throws: NablaError.self) { try Topology(sizes) }
  }

  @Test func memoryThatNoMachineHasIsRefused() throws {
    let error = #expect(throws: NablaError.self) {
      try Network(zero: Topology([784, 999_999_999, 10]))
    }
    #expect(error?.description.hasPrefix("needs 3.2 TB of memory, more than there is") == true)
  }

  @Test("memory that there is, and the system does not give, is not said to be too much")
  func memoryThatIsRefused() {
    #expect(
      NablaError.outOfMemory(bytes: 192).description
        == "needs 192 bytes of memory, which the system does not give")
  }

  /// Row-major [outputs, inputs] in, the same out, whatever the panels look like.
  @Test(arguments: [[1, 1], [3, 15], [4, 16], [5, 17], [9, 33, 2]])
  func parametersRoundTrip(_ sizes: [Int]) throws {
    let network = try Network(zero: Topology(sizes))
    for (l, shape) in network.topology.layers.enumerated() {
      let weights = (0..<shape.outputs * shape.inputs).map { Float($0) + 0.5 }
      let biases = (0..<shape.outputs).map { -Float($0) - 1 }
      try network.setWeights(weights, layer: l)
      try network.setBiases(biases, layer: l)
      #expect(network.weights(layer: l) == weights)
      #expect(network.biases(layer: l) == biases)
    }
    #expect(parameterBytes(try network.copy()) == parameterBytes(network))
    #expect(parameterBytes(network).count == 4 * network.topology.parameterCount)
  }

  @Test func wrongParametersAreRefusedAndChangeNothing() throws {
    let network = try Network(topology: Topology([3, 2]), seed: 1)
    let before = parameterBytes(network)
    #expect(throws: NablaError.self) { try network.setWeights([1, 2, 3], layer: 0) }
    let error = #expect(throws: NablaError.self) { try network.setWeights([1, 2, 3, 4, .nan, 6], layer: 0) }
    #expect(error?.description == "layer 0 weight [1, 1]: expected a finite number, found nan")
    #expect(throws: NablaError.self) { try network.setBiases([1, .infinity], layer: 0) }
    #expect(throws: NablaError.self) { try network.setBiases([1], layer: 0) }
    #expect(parameterBytes(network) == before)
  }

  @Test func normalizedWeightsHaveTheirStandardDeviation() throws {
    let network = try Network(topology: Topology([784, 100, 10]), initialization: .normalized, seed: 6)
    func deviation(_ values: [Float]) -> Double {
      (values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
    }
    #expect(abs(deviation(network.weights(layer: 0)) * 28 - 1) < 0.02)
    #expect(abs(deviation(network.weights(layer: 1)) * 10 - 1) < 0.1)
    let large = try Network(topology: Topology([784, 100, 10]), initialization: .large, seed: 6)
    #expect(abs(deviation(large.weights(layer: 0)) - 1) < 0.02)
  }

  @Test func datasetsThatDoNotFit() throws {
    let shape = Dataset.ImageShape(rows: 1, columns: 2)
    #expect(throws: NablaError.self) { try Dataset(images: [1, 2, 3], labels: [0], imageShape: shape) }
    #expect(throws: NablaError.self) { try Dataset(images: [], labels: [], imageShape: shape) }
    #expect(throws: NablaError.self) {
      try Dataset(images: [1], labels: [0], imageShape: .init(rows: .max, columns: 2))
    }
    #expect(throws: NablaError.self) {
      try Dataset(images: [1], labels: [0], imageShape: .init(rows: 0, columns: 2))
    }
    let error = #expect(throws: NablaError.self) {
      try Dataset(images: [1, 2, 3, 4], labels: [0, 200], imageShape: shape, classCount: 10)
    }
    #expect(error?.description == "label 1: expected a class of 0 ... 9, found 200")
  }

  @Test func slicesShareTheirDataSet() throws {
    let data = try randomData(count: 20, inputs: 3, classes: 4)
    let slice = data[5..<12][1..<3]
    #expect(slice.count == 2)
    #expect(slice.classCount == 4)
    #expect(slice.image(at: 0) == data.image(at: 6))
    #expect(slice.label(at: 1) == data.label(at: 7))
  }
}
