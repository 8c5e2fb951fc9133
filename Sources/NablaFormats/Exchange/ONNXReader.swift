import Nabla

/// Reads a network from ONNX: a chain of Gemm, or MatMul and Add, and activations. What changes nothing when a network
/// predicts (Identity, Dropout, Flatten before the first layer) is passed over; everything else is refused by name.
struct ONNXReader {
  private let path: String
  private let model: ONNXModel
  private var foreign = ForeignNetwork(format: ExportFormat.onnx.rawValue)
  /// The initializers, and what was made of them by nodes.
  private var constants: [String: ONNXModel.Tensor]
  /// The value that the next node must read.
  private var current: String
  /// What IsNaN made of it.
  private var mask: String?
  /// A MatMul whose biases may follow.
  private var lacksBiases = false
  /// Numbers that may still be copied. Each number of the file is transposed once and becomes a weight once; without a
  /// limit a small file could use a matrix over and over.
  private var room: Int
  private var preparation: [ONNXWriter.Step] = []
  private var ending: [ONNXWriter.Step] = []

  static func read(_ file: InputFile, maxBytes: Int) throws(FileError) -> ForeignNetwork {
    let content = try file.content(maxBytes: maxBytes)
    let model = try ONNXModel(UnsafeRawBufferPointer(content.elements), path: file.path)
    var reader = try ONNXReader(model, path: file.path, room: file.length / 2)
    return try reader.network()
  }

  private init(_ model: ONNXModel, path: String, room: Int) throws(FileError) {
    self.model = model
    self.room = room
    self.path = path
    constants = model.initializers
    // Files before IR version 4 list their initializers among the inputs.
    let inputs = model.inputs.filter { model.initializers[$0] == nil }
    guard inputs.count == 1, model.outputs.count == 1 else {
      throw FileError(
        path, "is not a network of one input and one output", expected: "1 and 1",
        found: "\(inputs.count) and \(model.outputs.count)")
    }
    current = inputs[0]
  }

  private mutating func network() throws(FileError) -> ForeignNetwork {
    if model.metadata["format"] == "nabla" { foreign.metadata = model.metadata }
    for node in model.nodes { try take(node) }
    guard current == model.outputs[0] else {
      throw FileError(
        path, "has an output that its last layer does not make", expected: current, found: model.outputs[0])
    }
    for index in foreign.layers.indices where foreign.layers[index].activation == nil {
      foreign.layers[index].activation = .identity
    }
    try checkScaling()
    if let cost = foreign.metadata["cost"] { foreign.cost = Cost(rawValue: cost) }
    return foreign
  }

  private mutating func take(_ node: ONNXModel.Node) throws(FileError) {
    guard ["", "ai.onnx"].contains(node.domain), let output = node.outputs.first else { throw refused(node) }
    switch node.kind {
    case "Constant":
      guard let tensor = node.tensor else { throw refused(node) }
      constants[output] = tensor
      return
    case "Transpose" where node.inputs.first.map { constants[$0] != nil } == true:
      constants[output] = try transposed(node)
      return
    case "IsNaN" where node.inputs == [current]:
      mask = output
      preparation.append(.init(kind: "IsNaN"))
      return
    case "Gemm": try takeGemm(node)
    case "MatMul": try takeMatMul(node)
    case "Add" where lacksBiases: try takeBiases(node)
    case "Relu": try takeActivation(.relu, node)
    case "Sigmoid": try takeActivation(.sigmoid, node)
    case "Tanh": try takeActivation(.tanh, node)
    case "Softmax", "LogSoftmax":
      guard [-1, 1].contains(node.integers["axis"] ?? -1) else { throw refused(node) }
      try takeActivation(.softmax, node)
      if node.kind == "LogSoftmax" {
        foreign.notes.append(
          "LogSoftmax is read as softmax: the outputs are probabilities, not their logarithms")
      }
    case "Identity", "Dropout":
      guard node.inputs.first == current, node.inputs.count <= 2 else { throw refused(node) }
    case "Flatten", "Reshape":
      // Rows of the input stay rows; inside the network nothing has another shape.
      guard node.inputs.first == current, foreign.layers.isEmpty, [0, 1].contains(node.integers["axis"] ?? 1)
      else {
        throw refused(node)
      }
    case "Where", "Sub", "Mul", "Div", "Add": try takeScaling(node)
    default: throw refused(node)
    }
    current = output
  }

  // MARK: Layers

  private mutating func takeGemm(_ node: ONNXModel.Node) throws(FileError) {
    guard 2...3 ~= node.inputs.count, node.inputs[0] == current else { throw refused(node) }
    guard (node.floats["alpha"] ?? 1) == 1, (node.floats["beta"] ?? 1) == 1,
      node.integers["transA"] ?? 0 == 0
    else { throw refused(node) }
    try addLayer(node, isTransposed: node.integers["transB"] ?? 0 == 0)
    lacksBiases = node.inputs.count < 3 || node.inputs[2].isEmpty
    if !lacksBiases { try setBiases(constants[node.inputs[2]], node) }
  }

  private mutating func takeMatMul(_ node: ONNXModel.Node) throws(FileError) {
    guard node.inputs.count == 2, node.inputs[0] == current else { throw refused(node) }
    try addLayer(node, isTransposed: true)
    lacksBiases = true
  }

  private mutating func takeBiases(_ node: ONNXModel.Node) throws(FileError) {
    guard node.inputs.count == 2, let place = node.inputs.firstIndex(of: current) else { throw refused(node) }
    try setBiases(constants[node.inputs[1 - place]], node)
    lacksBiases = false
  }

  /// Appends a layer without biases; its weights are the second input, a matrix [inputs, outputs] if `isTransposed`.
  private mutating func addLayer(_ node: ONNXModel.Node, isTransposed: Bool) throws(FileError) {
    guard let weights = constants[node.inputs[1]], weights.isFloat, weights.shape.count == 2,
      weights.shape.allSatisfy({ $0 > 0 }), ending.isEmpty
    else {
      throw FileError(
        path, "\(node.title) has no weights", expected: "a matrix of float32", found: node.inputs[1])
    }
    try use(weights)
    closeLayer()
    let (rows, columns) = (weights.shape[0], weights.shape[1])
    let (outputs, inputs) = isTransposed ? (columns, rows) : (rows, columns)
    foreign.layers.append(
      .init(
        name: node.title, inputs: inputs, outputs: outputs,
        weights: isTransposed ? transposed(weights.values, rows: rows, columns: columns) : weights.values,
        biases: [Float](repeating: 0, count: outputs), activation: nil))
  }

  /// Gives the last layer its biases, [outputs] or [1, outputs].
  private mutating func setBiases(_ biases: ONNXModel.Tensor?, _ node: ONNXModel.Node) throws(FileError) {
    let last = foreign.layers.count - 1
    let outputs = foreign.layers[last].outputs
    guard let biases, biases.isFloat, [[outputs], [1, outputs]].contains(biases.shape) else {
      throw FileError(
        path, "\(node.title) has no biases that fit", expected: "\(outputs) numbers",
        found: biases.map { "\($0.shape)" })
    }
    foreign.layers[last].biases = biases.values
  }

  /// A layer whose activation did not come has none.
  private mutating func closeLayer() {
    guard let last = foreign.layers.indices.last, foreign.layers[last].activation == nil else { return }
    foreign.layers[last].activation = .identity
  }

  private mutating func takeActivation(
    _ activation: Activation, _ node: ONNXModel.Node
  ) throws(FileError) {
    guard node.inputs == [current], let last = foreign.layers.indices.last, ending.isEmpty,
      foreign.layers[last].activation == nil
    else { throw refused(node) }
    foreign.layers[last].activation = activation
    lacksBiases = false
  }

  private func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
  }

  private mutating func transposed(_ node: ONNXModel.Node) throws(FileError) -> ONNXModel.Tensor {
    guard let matrix = node.inputs.first.flatMap({ constants[$0] }), matrix.isFloat, matrix.shape.count == 2,
      [1, 0] == node.lists["perm"] ?? [1, 0]
    else { throw refused(node) }
    try use(matrix)
    return ONNXModel.Tensor(
      name: matrix.name, shape: matrix.shape.reversed(),
      values: transposed(matrix.values, rows: matrix.shape[0], columns: matrix.shape[1]), isFloat: true)
  }

  private mutating func use(_ tensor: ONNXModel.Tensor) throws(FileError) {
    room -= tensor.values.count
    guard room >= 0 else { throw FileError(path, "uses its weights again and again", found: tensor.name) }
  }

  // MARK: Scaling

  /// Takes a node that scales the inputs or outputs; `checkScaling` compares it with the metadata.
  private mutating func takeScaling(_ node: ONNXModel.Node) throws(FileError) {
    var values: [String] = []
    if node.kind == "Where" {
      guard node.inputs.count == 3, node.inputs[0] == mask, node.inputs[2] == current else {
        throw refused(node)
      }
      values = [node.inputs[1]]
    } else {
      guard node.inputs.count == 2, node.inputs[0] == current else { throw refused(node) }
      values = [node.inputs[1]]
    }
    guard foreign.metadata["format"] == "nabla", let tensor = constants[values[0]], tensor.isFloat else {
      throw refused(node)
    }
    let step = ONNXWriter.Step(kind: node.kind, values: tensor.values)
    if foreign.layers.isEmpty { preparation.append(step) } else { ending.append(step) }
  }

  /// Checks that the graph scales as the metadata say, which become the model's.
  private func checkScaling() throws(FileError) {
    guard !preparation.isEmpty || !ending.isEmpty || foreign.metadata["format"] == "nabla" else { return }
    let sizes = [foreign.layers.first?.inputs ?? 1] + foreign.layers.map(\.outputs)
    guard foreign.metadata["format"] == "nabla", !foreign.layers.isEmpty else {
      throw FileError(path, "scales its inputs, but does not say which columns they are")
    }
    let topology = try FileError.at(path) { () throws(NablaError) in
      try Topology(sizes, activations: foreign.layers.map { $0.activation ?? .identity })
    }
    let encoding = try DataEncoding(metadata: foreign.metadata, for: topology, path: path)
    guard preparation == ONNXWriter.preparation(encoding), ending == ONNXWriter.ending(encoding) else {
      throw FileError(path, "scales its inputs or outputs in another way than its metadata say")
    }
  }

  private func refused(_ node: ONNXModel.Node) -> FileError {
    FileError(
      path, "\(node.title) is no part of a chain of dense layers",
      expected: "Gemm, or MatMul and Add, then Relu, Sigmoid, Tanh or Softmax",
      found: "\(node.kind) of \(node.inputs.prefix(4).joined(separator: ", "))")
  }
}
