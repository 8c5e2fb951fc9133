import Nabla

/// The JSON of the book's network2.py: {"sizes", "weights", "biases", "cost"}; weights[l] is a matrix [outputs, inputs],
/// biases[l] a column [outputs, 1], as NumPy's `tolist` writes them.
///
/// Source: Nielsen, network2.py, `save` and `load`.
enum Network2 {
  private static let costs: [(name: String, cost: Cost)] = [
    ("QuadraticCost", .quadratic), ("CrossEntropyCost", .crossEntropy),
  ]

  /// - Throws: `FileError` of kind `invalidRequest` for a network that network2.py does not know.
  static func write(_ model: ModelFile.Loaded, to path: String) throws(FileError) {
    let network = model.network
    let topology = network.topology
    guard topology.activations.allSatisfy({ $0 == .sigmoid }),
      let cost = costs.first(where: { $0.cost == network.cost })
    else {
      throw FileError(
        path, "cannot hold this network", expected: "sigmoid layers, quadratic or cross-entropy cost",
        found: "\(Activation.text(of: topology.activations) ?? "sigmoid"), \(network.cost.rawValue)",
        kind: .invalidRequest)
    }
    let file = try AtomicFile(replacing: path)
    let sizes = topology.layerSizes.map(String.init).joined(separator: ", ")
    try file.write(Array("{\"sizes\": [\(sizes)], \"weights\": [".utf8))
    for (index, layer) in topology.layers.enumerated() {
      let weights = network.weights(layer: index)
      for row in 0..<layer.outputs {
        let values = weights[row * layer.inputs..<(row + 1) * layer.inputs].map(exactText)
        let start = row > 0 ? ", [" : index > 0 ? ", [[" : "[["
        try file.write(Array("\(start)\(values.joined(separator: ", "))]".utf8))
      }
      try file.write(Array("]".utf8))
    }
    try file.write(Array("], \"biases\": [".utf8))
    for index in topology.layers.indices {
      let values = network.biases(layer: index).map { "[\(exactText($0))]" }
      try file.write(Array("\(index > 0 ? ", " : "")[\(values.joined(separator: ", "))]".utf8))
    }
    try file.write(Array("], \"cost\": \"\(cost.name)\"}".utf8))
    try file.commit()
  }

  static func read(_ file: InputFile, maxBytes: Int) throws(FileError) -> ForeignNetwork {
    let path = file.path
    let content = try file.content(maxBytes: maxBytes)
    // No two numbers without a byte between them: a file is never refused for its size alone.
    let json = try JSONReader.read(
      UnsafeRawBufferPointer(content.elements), path: path, offset: 0, mostValues: max(1000, file.length / 2))
    guard case .object(let members) = json else {
      throw FileError(path, "is not network2's JSON", expected: "an object")
    }
    func array(_ name: String) throws(FileError) -> [JSONValue] {
      guard case .array(let values)? = members.first(where: { $0.name == name })?.value else {
        throw FileError(
          path, "is not network2's JSON", expected: "\"\(name)\", an array",
          found: members.isEmpty ? "an empty object" : members.prefix(8).map(\.name).joined(separator: ", "))
      }
      return values
    }
    let sizes = try array("sizes").map(\.wholeNumber)
    let known = sizes.compactMap(\.self)
    guard known.count == sizes.count, known.count >= 2, known.allSatisfy({ 1...Int(Int32.max) ~= $0 }) else {
      throw FileError(path, "has unusable \"sizes\"", expected: "two or more whole numbers from 1 up")
    }
    var foreign = ForeignNetwork(format: ExportFormat.network2.rawValue)
    let (weights, biases) = (try array("weights"), try array("biases"))
    for (name, values) in [("weights", weights), ("biases", biases)] where values.count != known.count - 1 {
      throw FileError(
        path, "has \"\(name)\" that do not fit its sizes", expected: "\(known.count - 1) layers",
        found: "\(values.count)")
    }
    for index in weights.indices {
      let (inputs, outputs) = (known[index], known[index + 1])
      foreign.layers.append(
        .init(
          name: "weights[\(index)]", inputs: inputs, outputs: outputs,
          weights: try matrix(weights[index], outputs, inputs, "weights[\(index)]", path: path),
          biases: try matrix(biases[index], outputs, 1, "biases[\(index)]", path: path), activation: .sigmoid)
      )
    }
    foreign.cost = try cost(members.first { $0.name == "cost" }?.value, path: path)
    return foreign
  }

  private static func cost(_ value: JSONValue?, path: String) throws(FileError) -> Cost {
    var found: String?
    if case .string(let name)? = value {
      if let cost = costs.first(where: { $0.name == name })?.cost { return cost }
      found = name
    }
    throw FileError(
      path, "has an unknown \"cost\"", expected: costs.map(\.name).joined(separator: " or "), found: found)
  }

  /// The numbers of a matrix [rows, columns].
  private static func matrix(
    _ value: JSONValue, _ rows: Int, _ columns: Int, _ name: String, path: String
  ) throws(FileError) -> [Float] {
    guard case .array(let lines) = value, lines.count == rows else {
      var found: String?
      if case .array(let lines) = value { found = "\(lines.count)" }
      throw FileError(path, "\(name) has another shape", expected: "\(rows) rows", found: found)
    }
    var numbers: [Float] = []
    for (row, line) in lines.enumerated() {
      guard case .array(let cells) = line, cells.count == columns else {
        var found: String?
        if case .array(let cells) = line { found = "\(cells.count)" }
        throw FileError(
          path, "\(name)[\(row)] has another length", expected: "\(columns) numbers", found: found)
      }
      for (column, cell) in cells.enumerated() {
        guard case .number(let text) = cell, let number = Float(text) else {
          throw FileError(path, "\(name)[\(row)][\(column)] is not a number")
        }
        guard number.isFinite else {
          throw FileError(
            path, "\(name)[\(row)][\(column)] is too large for a 32-bit float",
            expected: "at most \(Float.greatestFiniteMagnitude)", found: text.prefix(40).description)
        }
        numbers.append(number)
      }
    }
    return numbers
  }
}

/// `value` with so many digits that a reader of doubles gets exactly this number, not one that a float rounds to it.
func exactText(_ value: Float) -> String { "\(Double(value))" }
