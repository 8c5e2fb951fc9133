import Foundation
import Nabla
import NablaFormats
import NablaServer

/// What a program asks `/predict`: pictures, or rows of a table, one or many.
struct PredictionRequest {
  private let model: ServedModel
  private let samples: Samples

  private enum Samples {
    /// Pixels of all pictures, one after the other.
    case pictures([UInt8])
    /// Cells of all rows, as they stand in the table; NaN where one is missing.
    case rows([Float])
  }

  /// A thousand pictures as JSON numbers fit.
  static let longestBody = 8 << 20
  /// Numbers, texts, lists and objects in a body.
  private static let mostValues = 1_000_000

  /// Reads a picture, or JSON: {"picture": P}, {"pictures": [P, ...]} with P a list of pixels or a file in base64,
  /// {"row": {"column": value}}, {"rows": [...]}.
  ///
  /// - Throws: `HTTPRefusal` for what this model cannot read.
  init(_ request: HTTPRequest, for model: ServedModel) throws(HTTPRefusal) {
    self.model = model
    let type = (request.head.value(of: "content-type") ?? "").lowercased()
    if type.hasPrefix("application/json") {
      samples = try Self.samples(request, model)
    } else if type.hasPrefix("image/") || type.hasPrefix("application/octet-stream") {
      samples = .pictures(try Self.picture(request.body, "body", request.head, model))
    } else {
      throw HTTPRefusal(
        .unsupportedMediaType,
        "content-type: expected image/png, image/x-portable-graymap or application/json, found "
          + (type.isEmpty ? "none" : "another"))
    }
  }

  /// {"predictions": [...]}: for classes the class, its name and the confidences; for real targets their values.
  ///
  /// - Throws: `NablaError`; `HTTPRefusal` where numbers so large were sent that an output is none: the largest of
  ///   such outputs would be no answer.
  func answer() throws -> JSON {
    let outputs =
      switch samples {
      case .pictures(let pixels): try model.predict(pictures: pixels)
      case .rows(let rows): try model.predict(rows: rows)
      }
    let width = model.outputs
    if let index = outputs.firstIndex(where: { !$0.isFinite }) {
      let kind = if case .rows = samples { "row" } else { "picture" }
      throw HTTPRefusal(.unprocessable, "\(kind) \(index / width): the network's output is not finite")
    }
    let predictions = stride(from: 0, to: outputs.count, by: width).map { start -> JSON in
      let values = Array(outputs[start..<start + width])
      if model.encoding.isRegression {
        return ["values": .object(values.enumerated().map { (model.outputName($0), .number($1)) })]
      }
      let best = indexOfLargest(values)
      return [
        "class": .integer(best), "name": .string(model.outputName(best)), "confidence": .number(values[best]),
        "confidences": .numbers(values),
      ]
    }
    return ["predictions": .array(predictions)]
  }

  /// Pictures or rows.
  var count: Int {
    switch samples {
    case .pictures(let pixels): pixels.count / model.network.topology.inputSize
    case .rows(let rows): rows.count / (model.encoding.features?.columns.count ?? 1)
    }
  }

  // MARK: Reading

  private static func samples(_ request: HTTPRequest, _ model: ServedModel) throws(HTTPRefusal) -> Samples {
    guard let (name, value) = try JSONBody(request.body, mostValues: mostValues).only else {
      throw HTTPRefusal(.unprocessable, "expected one of picture, pictures, row, rows")
    }
    var list = [value]
    if name == "pictures" || name == "rows" {
      guard case .array(let values) = value, !values.isEmpty else {
        throw HTTPRefusal(.unprocessable, "\(name): expected a list with something in it")
      }
      list = values
    }
    switch name {
    case "picture", "pictures":
      var pixels: [UInt8] = []
      for (index, value) in list.enumerated() {
        pixels += try picture(value, "picture \(index)", request.head, model)
      }
      return .pictures(pixels)
    case "row", "rows":
      guard let features = model.encoding.features else {
        throw HTTPRefusal(.unprocessable, "\(name): expected pictures: the model is not of a table")
      }
      var cells: [Float] = []
      for (index, value) in list.enumerated() {
        cells += try row(value, "row \(index)", features, target: model.metadata["target_column"])
      }
      return .rows(cells)
    default: throw HTTPRefusal(.unprocessable, "expected one of picture, pictures, row, rows")
    }
  }

  private static func picture(
    _ value: JSONValue, _ name: String, _ head: HTTPRequestHead, _ model: ServedModel
  ) throws(HTTPRefusal) -> [UInt8] {
    switch value {
    case .string(let text):
      guard let data = Data(base64Encoded: text) else {
        throw HTTPRefusal(.unprocessable, "\(name): is no base64")
      }
      return try picture(Array(data), name, head, model)
    case .array(let numbers):
      try requirePictures(model)
      let inputs = model.network.topology.inputSize
      guard numbers.count == inputs else {
        throw HTTPRefusal(.unprocessable, "\(name): expected \(inputs) pixels, found \(numbers.count)")
      }
      var pixels: [UInt8] = []
      pixels.reserveCapacity(inputs)
      for number in numbers {
        guard let pixel = number.wholeNumber, pixel < 256 else {
          throw HTTPRefusal(.unprocessable, "\(name): expected pixels as whole numbers, 0 to 255")
        }
        pixels.append(UInt8(pixel))
      }
      return head.hasFlag("invert") ? pixels.map { 255 - $0 } : pixels
    default: throw HTTPRefusal(.unprocessable, "\(name): expected a list of pixels, or a file in base64")
    }
  }

  private static func picture(
    _ bytes: [UInt8], _ name: String, _ head: HTTPRequestHead, _ model: ServedModel
  ) throws(HTTPRefusal) -> [UInt8] {
    try requirePictures(model)
    do throws(FileError) {
      let picture = try Picture.read(
        bytes: bytes, name: name, shape: model.shape, resize: head.hasFlag("resize"),
        invert: head.hasFlag("invert"), maxBytes: 64 << 20)
      let inputs = model.network.topology.inputSize
      guard picture.pixels.count == inputs else {
        throw FileError(
          name, "has another size than the network's input", expected: "\(inputs) pixels",
          found: "\(picture.rows) x \(picture.columns)")
      }
      return picture.pixels
    } catch {
      let advice = error.remedy == .resize ? "?resize scales it" : nil
      throw HTTPRefusal(.unprocessable, error.message(advice: advice))
    }
  }

  private static func requirePictures(_ model: ServedModel) throws(HTTPRefusal) {
    guard !model.isTable else {
      throw HTTPRefusal(
        .unprocessable, "expected rows, {\"rows\": [{\"column\": value}]}: the model is of a table")
    }
  }

  /// The cells of a row in the order of the model's columns; one that is not named, or null, is missing.
  private static func row(
    _ value: JSONValue, _ place: String, _ features: FeatureEncoding, target: String?
  ) throws(HTTPRefusal) -> [Float] {
    guard case .object(let members) = value else {
      throw HTTPRefusal(.unprocessable, "\(place): expected {\"column\": value, ...}")
    }
    let known = Set(features.columns.map(\.name))
    for member in members where !known.contains(member.name) && member.name != target {
      throw HTTPRefusal(
        .unprocessable,
        "\(place): there is no column '\(member.name)' (expected \(known.sorted().joined(separator: ", ")))")
    }
    var cells: [Float] = []
    for column in features.columns {
      let value = members.first { $0.name == column.name }?.value ?? .null
      cells.append(try cell(value, "\(place), \(column.name)", column.kind))
    }
    return cells
  }

  private static func cell(
    _ value: JSONValue, _ place: String, _ kind: FeatureColumn.Kind
  ) throws(HTTPRefusal) -> Float {
    if value == .null { return .nan }
    switch kind {
    case .number:
      guard let number = value.float else {
        throw HTTPRefusal(.unprocessable, "\(place): expected a number or null")
      }
      return number
    case .category(let words):
      // Words that look like numbers may come as numbers.
      let text: String? =
        switch value {
        case .string(let text), .number(let text): text
        default: nil
        }
      guard let text, let index = words.firstIndex(of: text) else {
        let few = words.prefix(8).joined(separator: ", ") + (words.count > 8 ? ", ..." : "")
        throw HTTPRefusal(.unprocessable, "\(place): expected \(few) or null")
      }
      return Float(index)
    }
  }
}
