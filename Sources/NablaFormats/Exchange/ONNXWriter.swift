import Nabla

/// Writes a network as ONNX: Gemm and an activation for each layer, before them what scales a table's numbers, after them
/// what brings targets into their units. IR version 7 and opset 13: what every reader since 2020 knows.
///
/// Source: https://onnx.ai/onnx/operators, onnx.proto.
enum ONNXWriter {
  /// One operator of the graph: its inputs are the value so far and these initializers.
  struct Step: Equatable {
    let kind: String
    var values: [Float] = []
  }

  static let producer = "nabla"

  /// What stands before the first layer.
  static func preparation(_ encoding: DataEncoding) -> [Step] {
    guard let features = encoding.features else { return [] }
    let scaling = InputScaling(features)
    let filling = [Step(kind: "IsNaN"), Step(kind: "Where", values: scaling.fill)]
    return scaling.isIdentity
      ? filling
      : filling + [Step(kind: "Sub", values: scaling.offset), Step(kind: "Mul", values: scaling.factor)]
  }

  /// What stands after the last layer.
  static func ending(_ encoding: DataEncoding) -> [Step] {
    guard case .values(let values) = encoding.target,
      values.contains(where: { $0.factor != 1 || $0.offset != 0 })
    else { return [] }
    return [Step(kind: "Div", values: values.map(\.factor)), Step(kind: "Add", values: values.map(\.offset))]
  }

  static func write(_ model: ModelFile.Loaded, to path: String) throws(FileError) {
    // Protocol Buffers have no messages of 2 GB; the metadata take less than what is left.
    let bytes = multiplied(model.network.topology.parameterCount, 4) ?? .max
    guard bytes < Int(Int32.max) - (1 << 27) else {
      throw FileError(
        path, "cannot hold this network", expected: "at most 2 GB of parameters",
        found: humanReadable(bytes: bytes), kind: .invalidRequest)
    }
    var writer = ProtobufMessage()
    writer.add(1, 7)
    writer.add(2, producer)
    writer.add(7) { graph(model, in: &$0) }
    writer.add(8) {
      $0.add(1, "")
      $0.add(2, 13)
    }
    for (key, value) in ModelFile.strings(of: model).sorted(by: { $0.key < $1.key }) {
      writer.add(14) {
        $0.add(1, key)
        $0.add(2, value)
      }
    }
    try AtomicFile.write(writer.bytes, to: path)
  }

  private static func graph(_ model: ModelFile.Loaded, in writer: inout ProtobufMessage) {
    let network = model.network
    let topology = network.topology
    var graph = Graph()
    for step in preparation(model.encoding) { graph.add(step, of: "input") }
    for (index, layer) in topology.layers.enumerated() {
      graph.addLayer(
        index, layer, weights: network.weights(layer: index), biases: network.biases(layer: index))
    }
    for step in ending(model.encoding) { graph.add(step, of: "target") }
    graph.nameOutput()
    for node in graph.nodes {
      writer.add(1) { writer in
        for input in node.inputs { writer.add(1, input) }
        writer.add(2, node.output)
        writer.add(3, node.name)
        writer.add(4, node.kind)
        for (name, value) in node.attributes {
          writer.add(5) {
            $0.add(1, name)
            $0.add(3, value)
            $0.add(20, 2)
          }
        }
      }
    }
    writer.add(2, "network")
    for tensor in graph.initializers {
      writer.add(5) { writer in
        for size in tensor.shape { writer.add(1, size) }
        writer.add(2, 1)
        writer.add(8, tensor.name)
        var bytes: [UInt8] = []
        bytes.append(littleEndian: tensor.values)
        writer.add(9, bytes)
      }
    }
    writer.add(11) { value("input", size: topology.inputSize, meaning: meaning(of: model), in: &$0) }
    writer.add(12) { value("output", size: topology.outputSize, meaning: nil, in: &$0) }
  }

  /// What the numbers of an input are, for people.
  private static func meaning(of model: ModelFile.Loaded) -> String {
    if let features = model.encoding.features {
      return InputScaling(features).names.joined(separator: ", ") + "; NaN where a number is missing"
    }
    let size = model.imageShape.map { "\($0.rows) x \($0.columns) " } ?? ""
    return "\(size)pixels, 0 (black) ... 1 (white)"
  }

  /// ValueInfoProto: floats [N, size].
  private static func value(
    _ name: String, size: Int, meaning: String?, in writer: inout ProtobufMessage
  ) {
    writer.add(1, name)
    writer.add(2) { type in
      type.add(1) { tensor in
        tensor.add(1, 1)
        tensor.add(2) { shape in
          shape.add(1) { $0.add(2, "N") }
          shape.add(1) { $0.add(1, size) }
        }
      }
    }
    if let meaning { writer.add(3, meaning) }
  }
}

/// The nodes and initializers of a chain of operators.
private struct Graph {
  struct Node {
    let name: String
    let kind: String
    let inputs: [String]
    var output: String
    var attributes: [(String, Int)] = []
  }

  private(set) var nodes: [Node] = []
  private(set) var initializers: [(name: String, shape: [Int], values: [Float])] = []
  /// The value that the next node reads.
  private var current = "input"
  /// What IsNaN found.
  private var mask = ""

  mutating func add(_ step: ONNXWriter.Step, of part: String) {
    let name = "\(part).\(step.kind.lowercased())"
    var inputs = [current]
    if !step.values.isEmpty {
      let values = "\(name).values"
      initializers.append((values, [step.values.count], step.values))
      // Where(mask, what to take, what else)
      inputs = step.kind == "Where" ? [mask, values, current] : [current, values]
    }
    nodes.append(Node(name: name, kind: step.kind, inputs: inputs, output: name))
    if step.kind == "IsNaN" { mask = name } else { current = name }
  }

  mutating func addLayer(_ index: Int, _ layer: Layer, weights: [Float], biases: [Float]) {
    let name = "layers.\(index)"
    initializers.append(("\(name).weight", [layer.outputs, layer.inputs], weights))
    initializers.append(("\(name).bias", [layer.outputs], biases))
    nodes.append(
      Node(
        name: name, kind: "Gemm", inputs: [current, "\(name).weight", "\(name).bias"],
        output: "z\(index + 1)",
        attributes: [("transB", 1)]))
    current = "z\(index + 1)"
    guard let kind = layer.activation.onnxName else { return }
    let attributes = layer.activation == .softmax ? [("axis", 1)] : []
    nodes.append(
      Node(
        name: "\(name).\(layer.activation.rawValue)", kind: kind, inputs: [current], output: "a\(index + 1)",
        attributes: attributes))
    current = "a\(index + 1)"
  }

  /// Calls what the last node makes "output".
  mutating func nameOutput() { nodes[nodes.count - 1].output = "output" }
}

extension Activation {
  /// The operator; nil for the identity, which needs none.
  var onnxName: String? {
    switch self {
    case .sigmoid: "Sigmoid"
    case .tanh: "Tanh"
    case .relu: "Relu"
    case .softmax: "Softmax"
    case .identity: nil
    }
  }
}
