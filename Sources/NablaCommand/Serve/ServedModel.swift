import Nabla
import NablaFormats

/// A network as the page and programs ask it, with what is known about it.
final class ServedModel {
  /// What `/predict` answers with; the page's lessons do not change it.
  let network: Network
  let encoding: DataEncoding
  let metadata: [String: String]
  /// Rows and columns of the pictures it reads; nil for a table, and where nothing tells.
  let shape: Dataset.ImageShape?
  /// What people know it by.
  let name: String
  /// The copy that the page teaches.
  let lesson: Lesson
  private let predictor: Predictor

  /// - Parameter threads: the most threads of a prediction; a run that trains beside it keeps its cores.
  init(
    network: Network, encoding: DataEncoding, metadata: [String: String], shape: Dataset.ImageShape?,
    name: String,
    threads: Int? = nil
  ) throws(NablaError) {
    self.network = network
    self.encoding = encoding
    self.metadata = metadata
    self.shape = encoding.features == nil ? shape : nil
    self.name = name
    lesson = try Lesson(network)
    predictor = try Predictor(network, encoding: encoding.features, threads: threads)
  }

  /// Reads a model file.
  convenience init(path: String) throws {
    let loaded = try ModelFile.load(path)
    try self.init(
      network: loaded.network, encoding: loaded.encoding, metadata: loaded.metadata,
      shape: NetworkInput(of: loaded, model: path).shape, name: path)
  }

  var isTable: Bool { encoding.features != nil }
  /// Whether it reads pictures of the size that strokes are drawn in.
  var readsDrawings: Bool {
    shape == Dataset.ImageShape(rows: SyntheticDigits.side, columns: SyntheticDigits.side)
  }
  var outputs: Int { network.topology.outputSize }

  /// Returns a^L of n pictures.
  func predict(pictures: [UInt8]) throws(NablaError) -> [Float] { try predictor.predict(pictures) }

  /// Returns a^L of n rows, in the target's units.
  func predict(rows: [Float]) throws(NablaError) -> [Float] {
    let columns = encoding.features?.columns.count ?? network.topology.inputSize
    var outputs = [Float](repeating: 0, count: rows.count / columns * self.outputs)
    var span = outputs.mutableSpan
    try predictor.predict(rows: rows.span, into: &span)
    return encoding.decoded(outputs)
  }

  /// What a page needs to know before anything is drawn.
  var json: JSON {
    let layers = network.topology.layers.map { layer -> JSON in
      [
        "inputs": .integer(layer.inputs), "outputs": .integer(layer.outputs),
        "activation": .string(layer.activation.rawValue), "formula": .string(layer.activation.formula),
        "slope": .string(layer.activation.slopeFormula),
      ]
    }
    return [
      "name": .string(name), "topology": .string("\(network.topology)"),
      "parameters": .integer(network.topology.parameterCount), "cost": .string(network.cost.rawValue),
      "layers": .array(layers), "names": .array((0..<outputs).map { .string(outputName($0)) }),
      "is_table": .bool(isTable), "reads_drawings": .bool(readsDrawings),
      "is_regression": .bool(encoding.isRegression),
      "tells_rule": .bool(!metadata.isEmpty), "columns": columns,
      "rate": .number(lesson.usualRate(UpdateFormula(metadata))),
    ]
  }

  /// What output `index` stands for.
  func outputName(_ index: Int) -> String {
    if case .values(let values) = encoding.target, values.indices.contains(index) {
      return values[index].name
    }
    return encoding.className(index)
  }

  /// The form of a table's row: each column with its words, or with what stands in for a missing number.
  private var columns: JSON {
    guard let features = encoding.features else { return .array([]) }
    return .array(
      zip(features.columns, features.numbers).map { column, numbers in
        switch column.kind {
        case .number: ["name": .string(column.name), "usual": .number(numbers.fill)]
        case .category(let words):
          [
            "name": .string(column.name), "words": .array(words.map { .string($0) }),
            "usual": .string(words[min(Int(numbers.fill), words.count - 1)]),
          ]
        }
      })
  }
}
