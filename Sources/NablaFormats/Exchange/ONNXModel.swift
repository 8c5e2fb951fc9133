import Nabla

/// What an ONNX file holds, as far as feed-forward networks need it: a graph of nodes, and its initializers.
struct ONNXModel {
  struct Tensor {
    let name: String
    let shape: [Int]
    /// The numbers, row-major; none where they are no floats.
    let values: [Float]
    /// What the numbers are, where they are no floats: sizes and the like, which no layer is made of.
    let isFloat: Bool
  }

  struct Node {
    var name = ""
    var kind = ""
    var domain = ""
    var inputs: [String] = []
    var outputs: [String] = []
    var integers: [String: Int] = [:]
    var lists: [String: [Int]] = [:]
    var floats: [String: Float] = [:]
    var tensor: Tensor?

    /// What messages call it.
    var title: String { "node \(name.isEmpty ? outputs.first ?? "" : name) (\(kind))" }
  }

  private(set) var opset = 0
  private(set) var metadata: [String: String] = [:]
  private(set) var nodes: [Node] = []
  private(set) var initializers: [String: Tensor] = [:]
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []

  /// Whether a file that starts so may be ONNX: field 1 of a ModelProto is its version, a small number.
  static func isRecognized(_ start: [UInt8]) -> Bool {
    start.count > 2 && start[0] == 8 && 1...99 ~= start[1]
  }

  /// - Parameter content: the file.
  init(_ content: UnsafeRawBufferPointer, path: String) throws(FileError) {
    var reader = ProtobufReader(content, path: path)
    var graphs = 0
    while let field = try reader.field() {
      switch (field.number, field.value) {
      case (7, .bytes(let range)):
        graphs += 1
        try readGraph(reader.message(range))
      case (8, .bytes(let range)):
        let (domain, version) = try Self.pair(reader.message(range))
        if ["", "ai.onnx"].contains(domain) { opset = max(opset, version) }
      case (14, .bytes(let range)):
        let strings = try Self.strings(reader.message(range), [1, 2])
        metadata[strings[0]] = strings[1]
      default: break
      }
    }
    guard graphs == 1 else {
      throw FileError(
        path, "is not an ONNX model", expected: "a graph", found: graphs == 0 ? "none" : "\(graphs)")
    }
    guard opset >= 7 else {
      throw FileError(path, "has operators that are too old", expected: "opset 7 or newer", found: "\(opset)")
    }
  }

  private mutating func readGraph(_ graph: ProtobufReader) throws(FileError) {
    var reader = graph
    while let field = try reader.field() {
      guard case .bytes(let range) = field.value else { continue }
      let message = reader.message(range)
      switch field.number {
      case 1: nodes.append(try Self.node(message))
      case 5:
        let tensor = try Self.tensor(message)
        initializers[tensor.name] = tensor
      case 11: inputs.append(try Self.strings(message, [1])[0])
      case 12: outputs.append(try Self.strings(message, [1])[0])
      default: break
      }
    }
  }

  private static func node(_ message: ProtobufReader) throws(FileError) -> Node {
    var reader = message
    var node = Node()
    while let field = try reader.field() {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1: node.inputs.append(text(reader, range))
      case 2: node.outputs.append(text(reader, range))
      case 3: node.name = text(reader, range)
      case 4: node.kind = text(reader, range)
      case 5: try readAttribute(reader.message(range), into: &node)
      case 7: node.domain = text(reader, range)
      default: break
      }
    }
    return node
  }

  private static func readAttribute(_ message: ProtobufReader, into node: inout Node) throws(FileError) {
    var reader = message
    var name = ""
    var values: [(number: Int, value: ProtobufReader.Value)] = []
    while let field = try reader.field() {
      if field.number == 1, case .bytes(let range) = field.value {
        name = text(reader, range)
      } else {
        values.append(field)
      }
    }
    for (number, value) in values {
      switch (number, value) {
      case (2, .fixed32(let bits)): node.floats[name] = Float(bitPattern: bits)
      case (3, .integer(let bits)): node.integers[name] = Int(Int64(bitPattern: bits))
      case (5, .bytes(let range)): node.tensor = try tensor(reader.message(range))
      case (8, _): node.lists[name, default: []] += try integers(value, of: reader)
      default: break
      }
    }
  }

  private static func tensor(_ message: ProtobufReader) throws(FileError) -> Tensor {
    var reader = message
    var (name, shape, type, isExternal) = ("", [Int](), 0, false)
    var raw: Range<Int>?
    var bits: [Range<Int>] = []
    var single: [UInt32] = []
    while let field = try reader.field() {
      switch (field.number, field.value) {
      case (1, _): shape += try integers(field.value, of: reader)
      case (2, .integer(let value)): type = Int(truncatingIfNeeded: value)
      case (4, .bytes(let range)): bits.append(range)
      case (4, .fixed32(let value)): single.append(value)
      case (8, .bytes(let range)): name = text(reader, range)
      case (9, .bytes(let range)): raw = range
      case (14, .integer(let value)): isExternal = value == 1
      default: break
      }
    }
    guard !isExternal else {
      throw FileError(
        reader.path, "keeps the numbers of \(name) in another file", expected: "a model in one file")
    }
    guard type == 1 else { return Tensor(name: name, shape: shape, values: [], isFloat: false) }
    var count: Int? = 1
    for size in shape { count = size < 0 ? nil : count.flatMap { multiplied($0, size) } }
    let found = raw?.count ?? bits.reduce(4 * single.count) { $0 + $1.count }
    guard let count, multiplied(count, 4) == found else {
      throw FileError(
        reader.path, "\(name) has another number of bytes than its shape \(shape)",
        expected: count.map { "4 x \($0)" } ?? "a shape that can be addressed", found: "\(found)")
    }
    var all = raw == nil ? single.map { Float(bitPattern: $0) } : []
    for range in raw.map({ [$0] }) ?? bits { all += floats(reader.file[range]) }
    guard all.count == count else {
      throw FileError(
        reader.path, "\(name) has parts of numbers", expected: "\(count) numbers", found: "\(all.count)")
    }
    return Tensor(name: name, shape: shape, values: all, isFloat: true)
  }

  /// Little-endian floats; bytes after the last whole one are left out.
  private static func floats(_ bytes: Slice<UnsafeRawBufferPointer>) -> [Float] {
    [Float](unsafeUninitializedCapacity: bytes.count / 4) { floats, count in
      count = bytes.count / 4
      UnsafeMutableRawBufferPointer(floats).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes.prefix(4 * count)))
    }
  }

  /// The numbers of a repeated field, packed or one of many.
  private static func integers(
    _ value: ProtobufReader.Value, of reader: ProtobufReader
  ) throws(FileError) -> [Int] {
    switch value {
    case .integer(let bits): return [Int(Int64(bitPattern: bits))]
    case .bytes(let range):
      var packed = reader.message(range)
      var numbers: [Int] = []
      while !packed.isAtEnd { numbers.append(Int(Int64(bitPattern: try packed.varint()))) }
      return numbers
    case .fixed32, .fixed64: return []
    }
  }

  /// The texts of these fields, empty where there is none.
  private static func strings(_ message: ProtobufReader, _ numbers: [Int]) throws(FileError) -> [String] {
    var reader = message
    var strings = [String](repeating: "", count: numbers.count)
    while let field = try reader.field() {
      guard let place = numbers.firstIndex(of: field.number), case .bytes(let range) = field.value else {
        continue
      }
      strings[place] = text(reader, range)
    }
    return strings
  }

  /// OperatorSetIdProto: domain and version.
  private static func pair(_ message: ProtobufReader) throws(FileError) -> (String, Int) {
    var reader = message
    var (domain, version) = ("", 0)
    while let field = try reader.field() {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): domain = text(reader, range)
      case (2, .integer(let value)): version = Int(truncatingIfNeeded: value)
      default: break
      }
    }
    return (domain, version)
  }

  private static func text(_ reader: ProtobufReader, _ range: Range<Int>) -> String {
    String(decoding: UnsafeRawBufferPointer(rebasing: reader.file[range]), as: UTF8.self)
  }
}
