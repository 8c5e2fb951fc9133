import Nabla

/// A `DataEncoding` as a model file's metadata hold it, for people and Python to read:
///
/// - "features": `{"scaling":"standard","columns":[{"name":"age","fill":38,"offset":38.6,"factor":0.073},
///   {"name":"sex","words":["female","male"],"fill":1}]}`; input = (cell - offset) * factor, or 1 at a word's place.
/// - "target": `{"classes":["setosa","versicolor"]}`, or `{"values":[{"name":"y","offset":152.1,"factor":0.013}]}`;
///   target = output / factor + offset.
/// - "encoding_sha256": the hash of both texts.
///
/// Pictures whose classes are called by their numbers have none of them.
extension DataEncoding {
  static let featuresKey = "features"
  static let targetKey = "target"
  static let hashKey = "encoding_sha256"

  /// The keys of a model's metadata that serve an encoding alone.
  package static let metadataKeys = [featuresKey, targetKey, hashKey]

  /// Features and target as objects of JSON, each under its key; none for pictures whose classes are called by their
  /// numbers.
  package var metadataObjects: [(key: String, text: String)] {
    let strings = metadata
    return [Self.featuresKey, Self.targetKey].compactMap { key in strings[key].map { (key, $0) } }
  }

  /// The keys and texts to save.
  var metadata: [String: String] {
    guard self != DataEncoding() else { return [:] }
    var strings: [String: String] = [:]
    if let features { strings[Self.featuresKey] = Self.text(of: features) }
    strings[Self.targetKey] = Self.text(of: target)
    strings[Self.hashKey] = Self.hash(of: strings)
    return strings
  }

  private static func hash(of strings: [String: String]) -> String {
    var hasher = SHA256Hasher()
    for key in [featuresKey, targetKey] {
      Array((strings[key] ?? "").utf8).withUnsafeBytes { hasher.update($0) }
    }
    return hasher.finalize()
  }

  private static func text(of features: FeatureEncoding) -> String {
    let columns = zip(features.columns, features.numbers).map { column, numbers in
      switch column.kind {
      case .number:
        "{\"name\":\(column.name.jsonQuoted),\"fill\":\(numbers.fill),\"offset\":\(numbers.offset),"
          + "\"factor\":\(numbers.factor)}"
      case .category(let words):
        "{\"name\":\(column.name.jsonQuoted),\"words\":\(list(words)),\"fill\":\(Int(numbers.fill))}"
      }
    }
    return "{\"scaling\":\"\(features.scaling.rawValue)\",\"columns\":[\(columns.joined(separator: ","))]}"
  }

  private static func text(of target: Target) -> String {
    switch target {
    case .classes(let names): return "{\"classes\":\(list(names))}"
    case .values(let values):
      let texts = values.map {
        "{\"name\":\($0.name.jsonQuoted),\"offset\":\($0.offset),\"factor\":\($0.factor)}"
      }
      return "{\"values\":[\(texts.joined(separator: ","))]}"
    }
  }

  private static func list(_ names: [String]) -> String {
    "[" + names.map(\.jsonQuoted).joined(separator: ",") + "]"
  }

  /// Reads what `metadata` wrote; what is not there means pictures and numbered classes.
  ///
  /// - Throws: `FileError` if a text is damaged, is not of this form, or does not fit the network.
  init(metadata: [String: String], for topology: Topology, path: String) throws(FileError) {
    self.init()
    if let expected = metadata[Self.hashKey] {
      let found = Self.hash(of: metadata)
      guard expected == found else {
        throw FileError(
          path, "has damaged features or target in its metadata", expected: "sha256 \(expected.prefix(64))",
          found: "sha256 \(found)")
      }
    }
    if let text = metadata[Self.featuresKey] {
      features = try Self.features(Members(text, key: Self.featuresKey, path: path))
    }
    if let text = metadata[Self.targetKey] {
      target = try Self.target(Members(text, key: Self.targetKey, path: path))
    }
    if let inputs = features?.inputCount, inputs != topology.inputSize {
      throw FileError(
        path, "has features in its metadata that do not fit its tensors",
        expected: "columns for \(topology.inputSize) inputs", found: "\(inputs)")
    }
    let outputs: Int? =
      switch target {
      case .classes(let names): names.isEmpty ? nil : names.count
      case .values(let values): values.count
      }
    if let outputs, outputs > topology.outputSize || (isRegression && outputs != topology.outputSize) {
      throw FileError(
        path, "has a target in its metadata that does not fit its tensors",
        expected: "\(topology.outputSize) outputs", found: "\(outputs)")
    }
  }

  private static func features(_ members: Members) throws(FileError) -> FeatureEncoding {
    let word = try members.string("scaling")
    guard let scaling = FeatureEncoding.Scaling(rawValue: word) else {
      throw members.wrong("scaling", FeatureEncoding.Scaling.allCases.map(\.rawValue).joined(separator: ", "))
    }
    var columns: [FeatureColumn] = []
    var numbers: [FeatureEncoding.Numbers] = []
    for column in try members.objects("columns") {
      let name = try column.string("name")
      if column.has("words") {
        columns.append(FeatureColumn(name: name, kind: .category(try column.strings("words"))))
        numbers.append(.init(fill: try column.float("fill")))
      } else {
        columns.append(FeatureColumn(name: name))
        numbers.append(
          .init(
            fill: try column.float("fill"), offset: try column.float("offset"),
            factor: try column.float("factor")))
      }
    }
    return try FileError.at(members.path) { () throws(NablaError) in
      try FeatureEncoding(columns: columns, scaling: scaling, numbers: numbers)
    }
  }

  private static func target(_ members: Members) throws(FileError) -> Target {
    if members.has("classes") { return .classes(names: try members.strings("classes")) }
    var values: [Value] = []
    for value in try members.objects("values") {
      let (offset, factor) = (try value.float("offset"), try value.float("factor"))
      guard offset.isFinite, factor.isFinite, factor != 0 else {
        throw value.wrong("factor", "a finite number other than 0")
      }
      values.append(Value(name: try value.string("name"), offset: offset, factor: factor))
    }
    return .values(values)
  }
}

/// The members of a JSON object in the metadata, each read as what it must be.
private struct Members {
  let path: String
  private let key: String
  private let members: [JSONValue.Member]

  init(_ text: String, key: String, path: String) throws(FileError) {
    // Read as a file of its own: where in the header its text lies would be no help.
    let bytes = Array(text.utf8)
    let value = try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) -> JSONValue in
      try JSONReader.read(
        UnsafeRawBufferPointer(bytes), path: "\(path): \"\(key)\" in the metadata", offset: 0,
        mostValues: 20_000_000)
    }
    guard case .object(let members) = value else {
      throw FileError(path, "has \"\(key)\" of another type in its metadata", expected: "an object")
    }
    (self.path, self.key, self.members) = (path, key, members)
  }

  private init(_ members: [JSONValue.Member], of other: Members) {
    (path, key, self.members) = (other.path, other.key, members)
  }

  func wrong(_ name: String, _ expected: String) -> FileError {
    FileError(path, "has an unusable \"\(name)\" in \"\(key)\" of its metadata", expected: expected)
  }

  private func value(_ name: String) -> JSONValue? { members.first { $0.name == name }?.value }

  func has(_ name: String) -> Bool { value(name) != nil }

  func string(_ name: String) throws(FileError) -> String {
    guard case .string(let text)? = value(name) else { throw wrong(name, "a string") }
    return text
  }

  func float(_ name: String) throws(FileError) -> Float {
    guard case .number(let text)? = value(name), let number = Float(text) else {
      throw wrong(name, "a number")
    }
    return number
  }

  func strings(_ name: String) throws(FileError) -> [String] {
    guard case .array(let values)? = value(name) else { throw wrong(name, "an array of strings") }
    var strings: [String] = []
    for value in values {
      guard case .string(let text) = value else { throw wrong(name, "an array of strings") }
      strings.append(text)
    }
    return strings
  }

  func objects(_ name: String) throws(FileError) -> [Members] {
    guard case .array(let values)? = value(name), !values.isEmpty else {
      throw wrong(name, "an array of objects")
    }
    var objects: [Members] = []
    for value in values {
      guard case .object(let members) = value else { throw wrong(name, "an array of objects") }
      objects.append(Members(members, of: self))
    }
    return objects
  }
}
