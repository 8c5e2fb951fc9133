import Nabla

/// A network as C99: a header and a source file that need no library, not even libm, and allocate nothing.
struct CSource {
  private let model: ModelFile.Loaded
  private let name: String
  private let headerName: String

  /// - Parameters:
  ///   - name: what all names start with.
  ///   - path: the source file, whose name ends in ".c".
  /// - Throws: `FileError` of kind `invalidRequest` for a name that C does not allow, or another ending.
  init(_ model: ModelFile.Loaded, name: String, path: String) throws(FileError) {
    guard path.hasSuffix(".c"), !path.hasSuffix("/.c") else {
      throw FileError(
        path, "is no name of a C file", expected: "one that ends in .c; the .h goes beside it",
        kind: .invalidRequest)
    }
    let first = name.utf8.first
    guard let first, !(0x30...0x39 ~= first), name.utf8.count <= 40, name.utf8.allSatisfy(Self.isPartOfName)
    else {
      throw FileError(
        path, "cannot name its functions so", expected: "a C name of at most 40 letters, digits and _",
        found: "'\(name)'", kind: .invalidRequest)
    }
    self.model = model
    self.name = name
    headerName = (path.split(separator: "/").last.map(String.init) ?? path).dropLast(2) + ".h"
  }

  private static func isPartOfName(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || byte == 0x5F
  }

  /// Writes the source to `path` and the header beside it.
  func write(to path: String) throws(FileError) {
    let header = String(path.dropLast(2)) + ".h"
    try OutputPath.check(path)
    try AtomicFile.write(Array(self.header.utf8), to: header)
    let file = try AtomicFile(replacing: path)
    try file.write(Array(start.utf8))
    for index in topology.layers.indices {
      try file.write(array("w\(index + 1)", model.network.weights(layer: index)))
      try file.write(array("b\(index + 1)", model.network.biases(layer: index)))
    }
    try file.write(Array(rest.utf8))
    try file.commit()
  }

  private var topology: Topology { model.network.topology }
  private var activations: [Activation] { topology.activations }
  private var upperName: String { name.uppercased() }
  private var scaling: InputScaling? { model.encoding.features.map(InputScaling.init) }

  private var classNames: [String] {
    guard case .classes(let names) = model.encoding.target, !names.isEmpty else { return [] }
    return (0..<topology.outputSize).map(model.encoding.className)
  }

  private var values: [DataEncoding.Value] {
    if case .values(let values) = model.encoding.target { values } else { [] }
  }

  /// Sizes of the two buffers that the hidden layers take turns in, and of the scaled input; 0 for none.
  private var buffers: (even: Int, odd: Int, input: Int) {
    let hidden = topology.layers.dropLast().map(\.outputs)
    func largest(_ rest: Int) -> Int {
      hidden.indices.filter { $0 % 2 == rest }.map { hidden[$0] }.max() ?? 0
    }
    return (largest(0), largest(1), scaling == nil ? 0 : topology.inputSize)
  }

  // MARK: The header

  private var header: String {
    let guardName = upperName + "_H"
    let stack = 4 * (buffers.even + buffers.odd + buffers.input)
    return """
      /* \(title) */
      #ifndef \(guardName)
      #define \(guardName)

      #define \(upperName)_INPUTS \(topology.inputSize)
      #define \(upperName)_OUTPUTS \(topology.outputSize)

      #ifdef __cplusplus
      extern "C" {
      #endif

      /* Writes what the network makes of one sample.
       *
       * x [\(upperName)_INPUTS]: \(inputWords)
       * y [\(upperName)_OUTPUTS]: \(outputWords)
       *
       * Threads may call it at once. It takes \(stack) bytes of stack, and as many as a few calls need. */
      void \(name)_predict(const float *x, float *y);
      \(classNames.isEmpty ? "" : "\n/* The names of the classes. */\nextern const char *const \(name)_classes[\(upperName)_OUTPUTS];\n")
      #ifdef __cplusplus
      }
      #endif

      #endif

      """
  }

  private var title: String {
    let words = activations.map(\.rawValue).joined(separator: ", ")
    return
      "The network \(topology) (\(words)), \(topology.parameterCount.grouped) parameters. Made by nabla export; "
      + "parameters sha256\n * \(ModelFile.parametersSHA256(of: model.network))"
  }

  private var inputWords: String {
    guard let scaling else {
      let size = model.imageShape.map { "\($0.rows) x \($0.columns) " } ?? ""
      return "\(size)pixels, row after row, 0 (black) ... 1 (white): a byte divided by 255."
    }
    let names = scaling.names.enumerated().map { "\n *   \($0)  \(Self.inComment($1))" }.joined()
    return "the cells of a row as they stand in the table, NaN for a number that is missing; of a category\n"
      + " * 1 at the word that is there and 0 at the others:\(names)"
  }

  private var outputWords: String {
    guard values.isEmpty else {
      return "in the targets' units: " + values.map { Self.inComment($0.name) }.joined(separator: ", ")
    }
    return "the output of each class; the largest is the answer."
  }

  /// Text that cannot end a comment, or start one.
  private static func inComment(_ text: String) -> String {
    text.onOneLine.replacing("*/", with: "* /").replacing("/*", with: "/ *").replacing("??", with: "? ?")
  }

  /// Text as a C string; bytes that are no plain letters as octal numbers.
  private static func quoted(_ text: String) -> String {
    let characters = text.utf8.map { byte in
      if 0x20...0x7E ~= byte, ![0x22, 0x5C, 0x3F].contains(byte) { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }
    return "\"\(characters.joined())\""
  }

  // MARK: The source

  private var start: String {
    """
    /* \(title) */
    #include "\(headerName)"

    #include <stddef.h>
    \(usesExponential ? "#include <stdint.h>\n" : "")
    /* For each layer the weights, a row for each of its neurons, and the biases. */

    """
  }

  private func array(_ name: String, _ values: [Float]) -> [UInt8] {
    var bytes = Array("static const float \(name)[\(values.count)] = {".utf8)
    for (index, value) in values.enumerated() {
      bytes += (index % 8 == 0 ? "\n    " : " ").utf8
      // The fewest digits that are nearer to this float than to any other.
      bytes += "\(value)f,".utf8
    }
    bytes += "\n};\n\n".utf8
    return bytes
  }

  private func arrayText(_ name: String, _ values: [Float]) -> String {
    String(decoding: array(name, values), as: UTF8.self)
  }

  private var rest: String {
    var text = ""
    if let scaling {
      text += "/* x = (cell - offset) * factor; fill stands for a missing cell. */\n"
      text += arrayText("input_fill", scaling.fill)
      if !scaling.isIdentity {
        text += arrayText("input_offset", scaling.offset) + arrayText("input_factor", scaling.factor)
      }
    }
    if !values.isEmpty {
      text += "/* y = output / factor + offset. */\n"
      text +=
        arrayText("target_offset", values.map(\.offset)) + arrayText("target_factor", values.map(\.factor))
    }
    if !classNames.isEmpty {
      let names = classNames.map { "    \(Self.quoted($0)),\n" }.joined()
      text += "const char *const \(name)_classes[\(upperName)_OUTPUTS] = {\n\(names)};\n\n"
    }
    text += CFunctions.dense
    if usesExponential { text += CFunctions.exponential }
    for activation in Activation.allCases where activations.contains(activation) {
      text += CFunctions.text(of: activation)
    }
    return text + predict
  }

  private var usesExponential: Bool {
    activations.contains { $0 != .relu && $0 != .identity }
  }

  private var predict: String {
    var lines: [String] = []
    for (buffer, size) in [("even", buffers.even), ("odd", buffers.odd), ("input", buffers.input)]
    where size > 0 {
      lines.append("float \(buffer)[\(size)];")
    }
    var current = "x"
    if let scaling {
      lines.append("for (size_t i = 0; i < \(topology.inputSize); i++) {")
      lines.append("    const float cell = x[i] != x[i] ? input_fill[i] : x[i];")
      lines.append(
        scaling.isIdentity
          ? "    input[i] = cell;" : "    input[i] = (cell - input_offset[i]) * input_factor[i];")
      lines.append("}")
      current = "input"
    }
    for (index, layer) in topology.layers.enumerated() {
      let target = index == topology.layers.count - 1 ? "y" : index % 2 == 0 ? "even" : "odd"
      lines.append(
        "dense(w\(index + 1), b\(index + 1), \(current), \(target), \(layer.inputs), \(layer.outputs));")
      if layer.activation != .identity {
        lines.append("\(layer.activation.rawValue)_of(\(target), \(layer.outputs));")
      }
      current = target
    }
    if !values.isEmpty {
      lines.append("for (size_t j = 0; j < \(values.count); j++)")
      lines.append("    y[j] = y[j] / target_factor[j] + target_offset[j];")
    }
    return "void \(name)_predict(const float *x, float *y)\n{\n" + lines.map { "    \($0)\n" }.joined()
      + "}\n"
  }
}
