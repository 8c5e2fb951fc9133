import Nabla

/// The header of a safetensors file: a length of 8 bytes (little-endian), that many bytes of JSON, then the
/// tensors' data without gaps.
///
/// Source: the format's description at https://huggingface.co/docs/safetensors.
struct SafetensorsHeader: Equatable {
  struct Tensor: Equatable {
    let name: String
    /// "F32" and so on, as in the file.
    let dtype: String
    /// Row-major.
    let shape: [Int]
    /// Where its data lie in the file.
    let bytes: Range<Int>
  }

  /// The tensors in the order of their data.
  let tensors: [Tensor]
  let metadata: [String: String]
  /// Where the data start in the file.
  let dataStart: Int

  /// The longest header that is read, which is the longest that the format allows. A layer needs about 150 bytes, a
  /// column of a table as many; what a bad file costs in memory, the number of its JSON values limits.
  static let greatestLength = 100_000_000

  private static let elementSizes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4,
    "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
  ]

  /// Reads the header and checks it against the file.
  ///
  /// - Throws: `FileError`.
  init(_ file: InputFile) throws(FileError) {
    let path = file.path
    guard file.length >= 8 else {
      throw FileError(
        path, file.length == 0 ? "is empty" : "is too short for a safetensors file",
        expected: "8 bytes or more", found: "\(file.length)")
    }
    let length = try file.bytes(at: 0, count: 8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.greatestLength) else {
      throw FileError(
        path, at: .byte(0), "has a header that is too long",
        expected: "at most \(Self.greatestLength) bytes", found: "\(length)")
    }
    let headerLength = Int(length)
    guard headerLength <= file.length - 8 else {
      throw FileError(
        path, at: .byte(0), "has a header that goes past the end of the file",
        expected: "at most \(file.length - 8) bytes", found: "\(headerLength)")
    }
    let text = try AlignedBuffer<UInt8>(count: headerLength, for: path)
    try file.read(into: UnsafeMutableRawBufferPointer(text.elements), at: 8)
    guard text.elements.first == UInt8(ascii: "{") else {
      throw FileError(
        path, at: .byte(8), "is not a safetensors file", expected: "'{'",
        found: text.elements.first.map { "byte 0x\(hexadecimal($0))" } ?? "an empty header")
    }
    dataStart = 8 + headerLength
    let json = try JSONReader.read(UnsafeRawBufferPointer(text.elements), path: path, offset: 8)
    guard case .object(let members) = json else {
      preconditionFailure("text that starts with { is an object")
    }
    var tensors: [Tensor] = []
    var metadata: [String: String] = [:]
    for member in members {
      if member.name == "__metadata__" {
        metadata = try Self.metadata(member.value, path: path)
      } else {
        tensors.append(try Self.tensor(member, dataStart: dataStart, fileLength: file.length, path: path))
      }
    }
    tensors.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    self.tensors = tensors
    self.metadata = metadata
    try checkGaps(path: path, fileLength: file.length)
  }

  private static func metadata(_ value: JSONValue, path: String) throws(FileError) -> [String: String] {
    guard case .object(let members) = value else {
      throw FileError(path, "has __metadata__ of another type", expected: "an object of strings")
    }
    var metadata: [String: String] = [:]
    for member in members {
      guard case .string(let text) = member.value else {
        throw FileError(path, "has __metadata__ \"\(member.name)\" of another type", expected: "a string")
      }
      metadata[member.name] = text
    }
    return metadata
  }

  private static func tensor(
    _ member: JSONValue.Member, dataStart: Int, fileLength: Int, path: String
  ) throws(FileError) -> Tensor {
    let name = member.name
    func wrong(_ problem: String, _ expected: String, _ found: String? = nil) -> FileError {
      FileError(path, "\(name) \(problem)", expected: expected, found: found)
    }
    guard case .object(let fields) = member.value else { throw wrong("is no tensor entry", "an object") }
    func field(_ key: String) -> JSONValue? { fields.first { $0.name == key }?.value }
    for field in fields where !["dtype", "shape", "data_offsets"].contains(field.name) {
      throw wrong("has an unknown field", "dtype, shape and data_offsets", "\"\(field.name)\"")
    }
    guard case .string(let dtype)? = field("dtype") else { throw wrong("has no dtype", "a string") }
    guard let elementSize = elementSizes[dtype] else {
      throw wrong(
        "has an unknown dtype", "one of \(elementSizes.keys.sorted().joined(separator: ", "))", dtype)
    }
    func wholeNumbers(_ key: String) throws(FileError) -> [Int] {
      guard case .array(let values)? = field(key) else { throw wrong("has no \(key)", "an array of numbers") }
      var numbers: [Int] = []
      for value in values {
        guard let number = value.wholeNumber else {
          var found: String?
          if case .number(let text) = value { found = text }
          throw wrong("has a \(key) with something else than sizes", "whole numbers 0 ... 2^53", found)
        }
        numbers.append(number)
      }
      return numbers
    }
    let shape = try wholeNumbers("shape")
    let offsets = try wholeNumbers("data_offsets")
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw wrong("has unusable data_offsets", "[begin, end], begin <= end", "\(offsets)")
    }
    guard offsets[1] <= fileLength - dataStart else {
      throw wrong(
        "goes past the end of the file", "data_offsets of at most \(fileLength - dataStart)", "\(offsets[1])")
    }
    var size: Int? = elementSize
    for dimension in shape { size = size.flatMap { multiplied($0, dimension) } }
    guard let size else {
      throw wrong("has a shape whose size cannot be addressed", "less than 2^63 bytes", "\(shape)")
    }
    guard size == offsets[1] - offsets[0] else {
      throw wrong(
        "has a shape and data_offsets that do not fit", "\(size) bytes for \(dtype) \(shape)",
        "\(offsets[1] - offsets[0])")
    }
    return Tensor(
      name: name, dtype: dtype, shape: shape, bytes: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  /// Checks that each tensor's data begin where those before end, and that the last end with the file: no overlap, no
  /// hole, no trailing bytes.
  private func checkGaps(path: String, fileLength: Int) throws(FileError) {
    var end = dataStart
    for tensor in tensors {
      let start = tensor.bytes.lowerBound
      guard start == end else {
        throw FileError(
          path, at: .byte(start),
          start < end ? "\(tensor.name) overlaps the tensor before it" : "has a hole before \(tensor.name)",
          expected: "data_offsets from \(end - dataStart)", found: "\(start - dataStart)")
      }
      end = tensor.bytes.upperBound
    }
    guard end == fileLength else {
      throw FileError(
        path, at: .byte(end), "has bytes after the last tensor", expected: "\(end) bytes in all",
        found: "\(fileLength)")
    }
  }

  /// Returns the start of a file up to its data, which begin on a 64-byte boundary.
  ///
  /// - Parameter tensors: names, element types and shapes, in the order of their data.
  static func bytes(
    tensors: [(name: String, dtype: String, shape: [Int])], metadata: [String: String]
  ) -> [UInt8] {
    let strings = metadata.sorted { $0.key < $1.key }.map {
      $0.key.jsonQuoted + ":" + $0.value.jsonQuoted
    }
    var entries = ["\"__metadata__\":{\(strings.joined(separator: ","))}"]
    var begin = 0
    for tensor in tensors {
      let end = begin + tensor.shape.reduce(elementSizes[tensor.dtype] ?? 4, *)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        tensor.name.jsonQuoted
          + ":{\"dtype\":\"\(tensor.dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
      begin = end
    }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (64 - (8 + text.count) % 64) % 64)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }
}
