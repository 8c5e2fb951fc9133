import Foundation
import Nabla
import NablaFormats
import NablaServer

/// What the page sends: a picture, and what it is said to show.
struct Drawing {
  let pixels: [UInt8]
  /// The class that a person says it is; nil while nobody has said.
  let label: Int?
  /// η of a step.
  let rate: Float?

  /// Bytes that a drawing may take: some thousand points.
  static let longestBody = 256 << 10

  /// Reads {"strokes": [[[x, y], ...], ...], "label": 3, "rate": 0.1}, or "pixels" in base64 instead of strokes.
  init(_ body: [UInt8], for model: ServedModel) throws(HTTPRefusal) {
    let json = try JSONBody(body, mostValues: 50_000)
    let pixels = try json.string("pixels")
    if let pixels {
      guard let data = Data(base64Encoded: pixels), data.count == model.network.topology.inputSize else {
        throw HTTPRefusal(
          .unprocessable, "pixels: expected \(model.network.topology.inputSize) bytes in base64")
      }
      self.pixels = Array(data)
    } else {
      guard model.readsDrawings else {
        throw HTTPRefusal(.unprocessable, "strokes: expected a model of 28 x 28 pixels, found another")
      }
      self.pixels = SyntheticDigits.picture(of: try Self.strokes(json))
    }
    label = try json.wholeNumber("label", below: model.outputs)
    rate = try json.number("rate", 0.000_001...100)
  }

  private static func strokes(_ json: JSONBody) throws(HTTPRefusal) -> [[(x: Float, y: Float)]] {
    let wrong = HTTPRefusal(
      .unprocessable, "strokes: expected [[[x, y], ...], ...] with numbers from -8 to 8")
    guard case .array(let strokes)? = json["strokes"] else { throw wrong }
    var result: [[(x: Float, y: Float)]] = []
    for stroke in strokes {
      guard case .array(let points) = stroke else { throw wrong }
      var line: [(x: Float, y: Float)] = []
      for point in points {
        guard case .array(let numbers) = point, numbers.count == 2, let x = numbers[0].float,
          let y = numbers[1].float,
          x.magnitude <= 8, y.magnitude <= 8
        else { throw wrong }
        line.append((x, y))
      }
      result.append(line)
    }
    return result
  }
}

/// The members of a request's JSON object.
struct JSONBody {
  private let members: [JSONValue.Member]

  /// - Throws: `HTTPRefusal` for what is no JSON object.
  init(_ body: [UInt8], mostValues: Int) throws(HTTPRefusal) {
    guard case .object(let members) = try Self.value(body, mostValues: mostValues) else {
      throw HTTPRefusal(.badRequest, "the body is no JSON object")
    }
    self.members = members
  }

  static func value(_ body: [UInt8], mostValues: Int) throws(HTTPRefusal) -> JSONValue {
    do throws(FileError) {
      return try body.withUnsafeBufferPointer { (bytes) throws(FileError) in
        try JSONReader.read(UnsafeRawBufferPointer(bytes), path: "body", offset: 0, mostValues: mostValues)
      }
    } catch {
      throw HTTPRefusal(.badRequest, error.description)
    }
  }

  subscript(_ name: String) -> JSONValue? {
    let value = members.first { $0.name == name }?.value
    return value == .null ? nil : value
  }

  /// The only member's name and value; nil where there are none or several.
  var only: (name: String, value: JSONValue)? {
    members.count == 1 ? (members[0].name, members[0].value) : nil
  }

  func string(_ name: String) throws(HTTPRefusal) -> String? {
    guard let value = self[name] else { return nil }
    guard case .string(let text) = value else {
      throw HTTPRefusal(.unprocessable, "\(name): expected a text")
    }
    return text
  }

  func wholeNumber(_ name: String, below limit: Int) throws(HTTPRefusal) -> Int? {
    guard let value = self[name] else { return nil }
    guard let number = value.wholeNumber, number < limit else {
      throw HTTPRefusal(.unprocessable, "\(name): expected a whole number, 0 to \(limit - 1)")
    }
    return number
  }

  func number(_ name: String, _ range: ClosedRange<Float>) throws(HTTPRefusal) -> Float? {
    guard let value = self[name] else { return nil }
    guard let number = value.float, range.contains(number) else {
      throw HTTPRefusal(
        .unprocessable, "\(name): expected a number, \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}

extension JSONValue {
  /// The number as a float; nil for what is none, or is not finite.
  var float: Float? {
    guard case .number(let text) = self, let value = Float(text), value.isFinite else { return nil }
    return value
  }
}
