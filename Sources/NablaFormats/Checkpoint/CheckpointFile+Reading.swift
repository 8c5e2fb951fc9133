import Nabla

extension CheckpointFile {
  /// Reads a checkpoint. Its header is compared with the file in every respect before memory is taken, and its hash
  /// before anything is believed.
  ///
  /// - Throws: `FileError`.
  public init(_ path: String) throws(FileError) {
    let file = try InputFile(path)
    let header = try SafetensorsHeader(file)
    let fields = CheckpointFields(metadata: header.metadata, path: path)
    guard header.metadata["format"] == Self.format else {
      throw FileError(
        path, "is no checkpoint", expected: "\"format\": \"\(Self.format)\" in its metadata",
        found: header.metadata["format"].map { "\"\($0)\"" })
    }
    let version = try fields.string("checkpoint_version")
    guard version == Self.version else {
      throw FileError(
        path, "is a checkpoint of another version", expected: Self.version, found: version)
    }
    let topology = try Self.topology(fields, header, path: path)
    let layout = try FileError.at(path) { () throws(NablaError) in try ParameterLayout(topology) }
    let ruleStates = try fields.wholeNumber("rule_states")
    let hasBest = header.tensors.contains { $0.name.hasPrefix(CheckpointArena.bestPrefix) }
    var prefixes = [""]
    guard ruleStates <= 8 else { throw fields.wrong("rule_states", "at most 8") }
    for index in 0..<ruleStates { prefixes.append(CheckpointArena.rulePrefix(index)) }
    if hasBest { prefixes.append(CheckpointArena.bestPrefix) }
    try Self.check(header, prefixes, topology, path: path)
    try FileError.at(path) { () throws(NablaError) in
      // Every arena, and one tensor on its way.
      try requireMemory(bytes: (multiplied(4 * (prefixes.count + 1), layout.count) ?? .max))
    }

    var reader = try HashedReader(file, header)
    var rows: [[Double]] = []
    if let history = header.tensors.first, history.name == Self.historyName {
      let numbers = try reader.doubles(history)
      let width = EpochResult.numberNames.count
      rows = stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<$0 + width]) }
    }
    var arenas: [[Float]] = []
    for _ in prefixes { arenas.append(try reader.arena(layout)) }
    try reader.checkHash()

    var history: [EpochResult] = []
    for row in rows {
      guard let result = EpochResult(numbers: row) else {
        throw FileError(path, "has an unusable row in its history", expected: "numbers of an epoch")
      }
      history.append(result)
    }
    var selection = TrainingState.Selection()
    selection.halvings = try fields.wholeNumber("halvings")
    selection.bestMeasure = try fields.optional("best_measure", fields.number)
    selection.bestEpoch = try fields.optional("best_epoch", fields.wholeNumber)
    selection.epochsSinceBest = try fields.wholeNumber("epochs_since_best")
    selection.epochsSinceHalving = try fields.wholeNumber("epochs_since_halving")
    if hasBest { selection.bestParameters = arenas.removeLast() }
    let parameters = arenas.removeFirst()
    let state = TrainingState(
      parameters: parameters, ruleStates: arenas, betaPowers: try fields.pair("beta_powers"),
      epoch: try fields.wholeNumber("epoch"), samplesDone: try fields.wholeNumber("samples_done"),
      costSum: try fields.number("cost_sum"), costProduct: try fields.number("cost_product"),
      selection: selection)
    self.path = path
    self.topology = topology
    cost = try fields.cost()
    checkpoint = TrainingCheckpoint(
      state: state, history: history, hasWarned: try fields.string("has_warned") == "true")
    metadata = header.metadata
  }

  private static func topology(
    _ fields: CheckpointFields, _ header: SafetensorsHeader, path: String
  ) throws(FileError) -> Topology {
    let words = try fields.string("topology").split(separator: ",", omittingEmptySubsequences: false)
    let sizes = words.compactMap { Int($0) }
    guard sizes.count == words.count, sizes.count >= 2 else {
      throw fields.wrong("topology", "two or more sizes")
    }
    let activations = try ModelFile.activations(of: header.metadata, layers: sizes.count - 1, path: path)
    return try FileError.at(path) { () throws(NablaError) in
      try Topology(sizes, activations: activations)
    }
  }

  /// Compares the tensors with those that such a checkpoint has.
  private static func check(
    _ header: SafetensorsHeader, _ prefixes: [String], _ topology: Topology, path: String
  ) throws(FileError) {
    var found = header.tensors[...]
    if let first = found.first, first.name == historyName {
      found = found.dropFirst()
      guard first.dtype == "F64", first.shape.count == 2, first.shape[1] == EpochResult.numberNames.count
      else {
        throw FileError(
          path, "has another history", expected: "F64 [epochs, \(EpochResult.numberNames.count)]",
          found: "\(first.dtype) \(first.shape)")
      }
    }
    let expected = prefixes.flatMap { CheckpointArena.tensors(prefix: $0, of: topology) }
    guard found.count == expected.count else {
      throw FileError(
        path, "has another number of tensors", expected: "\(expected.count)", found: "\(found.count)")
    }
    for (tensor, expected) in zip(found, expected) {
      guard tensor.name == expected.name, tensor.dtype == expected.dtype, tensor.shape == expected.shape
      else {
        throw FileError(
          path, "has another tensor", expected: "\(expected.name) \(expected.dtype) \(expected.shape)",
          found: "\(tensor.name) \(tensor.dtype) \(tensor.shape)")
      }
    }
  }
}

/// Reads the tensors of a checkpoint one after the other, and hashes the whole file on the way.
private struct HashedReader: ~Copyable {
  private let file: InputFile
  private let expected: String
  private var hasher = SHA256Hasher()
  private var rest: ArraySlice<SafetensorsHeader.Tensor>

  init(_ file: InputFile, _ header: SafetensorsHeader) throws(FileError) {
    self.file = file
    rest = header.tensors.drop { $0.name == CheckpointFile.historyName }
    var bytes = try file.bytes(at: 0, count: header.dataStart)
    guard let place = CheckpointFile.hashPlace(in: bytes) else {
      throw FileError(file.path, "has no \(CheckpointFile.hashKey) in its metadata")
    }
    expected = String(decoding: bytes[place], as: UTF8.self)
    bytes.replaceSubrange(place, with: Array(CheckpointFile.zeroHash.utf8))
    bytes.withUnsafeBytes { hasher.update($0) }
  }

  mutating func doubles(_ tensor: SafetensorsHeader.Tensor) throws(FileError) -> [Double] {
    let values = try AlignedBuffer<Double>(count: tensor.bytes.count / 8, for: file.path)
    try read(tensor, into: UnsafeMutableRawBufferPointer(values.elements))
    return Array(values.elements)
  }

  /// The next arena, from the tensors of all layers.
  mutating func arena(_ layout: ParameterLayout) throws(FileError) -> [Float] {
    let arena = try AlignedBuffer<Float>(count: layout.count, for: file.path)
    for index in layout.layers.indices {
      for isWeight in [true, false] {
        guard let tensor = rest.popFirst() else { preconditionFailure("the tensors were counted") }
        let values = try AlignedBuffer<Float>(count: tensor.bytes.count / 4, for: file.path)
        try read(tensor, into: UnsafeMutableRawBufferPointer(values.elements))
        if isWeight {
          layout.setWeights(values.pointer, layer: index, of: arena.pointer)
        } else {
          layout.setBiases(values.pointer, layer: index, of: arena.pointer)
        }
      }
    }
    return Array(arena.elements)
  }

  private mutating func read(
    _ tensor: SafetensorsHeader.Tensor, into room: UnsafeMutableRawBufferPointer
  ) throws(FileError) {
    let bytes = UnsafeMutableRawBufferPointer(rebasing: room[..<tensor.bytes.count])
    try file.read(into: bytes, at: tensor.bytes.lowerBound)
    hasher.update(UnsafeRawBufferPointer(bytes))
  }

  consuming func checkHash() throws(FileError) {
    let (path, expected) = (file.path, expected)
    let found = hasher.finalize()
    guard expected == found else {
      throw FileError(path, "is damaged", expected: "sha256 \(expected)", found: "sha256 \(found)")
    }
  }
}

/// The strings of a checkpoint's metadata, each read as what it must be.
private struct CheckpointFields {
  let metadata: [String: String]
  let path: String

  func wrong(_ key: String, _ expected: String) -> FileError {
    FileError(
      path, "has an unusable \"\(key)\" in its metadata", expected: expected,
      found: metadata[key].map { "\"\($0.prefix(100))\"" } ?? "none")
  }

  func string(_ key: String) throws(FileError) -> String {
    guard let text = metadata[key] else { throw wrong(key, "a string") }
    return text
  }

  /// A count; small enough that a run that goes on can count further.
  func wholeNumber(_ key: String) throws(FileError) -> Int {
    guard let number = Int(try string(key)), (0...1 << 53).contains(number) else {
      throw wrong(key, "a whole number from 0 to 2^53")
    }
    return number
  }

  func number(_ key: String) throws(FileError) -> Double {
    guard let number = Double(try string(key)) else { throw wrong(key, "a number") }
    return number
  }

  func pair(_ key: String) throws(FileError) -> (first: Double, second: Double) {
    let numbers = try string(key).split(separator: ",").map { Double($0) }
    guard numbers.count == 2, let first = numbers[0], let second = numbers[1] else {
      throw wrong(key, "two numbers")
    }
    return (first, second)
  }

  func optional<Value>(
    _ key: String, _ read: (String) throws(FileError) -> Value
  ) throws(FileError) -> Value? {
    metadata[key] == nil ? nil : try read(key)
  }

  func cost() throws(FileError) -> Cost {
    guard let cost = Cost(rawValue: try string("cost")) else { throw wrong("cost", "a cost") }
    return cost
  }
}
