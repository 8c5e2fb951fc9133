import Nabla

extension CheckpointFile {
  /// Writes a checkpoint to `path` atomically, and synchronizes it to the disk.
  ///
  /// - Parameters:
  ///   - metadata: the run's settings and whatever else should stand in the file.
  ///   - temporary: as `AtomicFile` has it.
  ///   - old: a name that the file at `path` gets; nil replaces it.
  /// - Throws: `FileError` of kind `cannotCreate` or `inputOutput`; what was at `path` is there or has its new name.
  package static func write(
    _ checkpoint: TrainingCheckpoint, topology: Topology, cost: Cost, metadata: [String: String],
    to path: String, temporary: String? = nil, keepingOldAs old: String? = nil
  ) throws(FileError) {
    let layout = try FileError.at(path) { () throws(NablaError) in try ParameterLayout(topology) }
    let arenas = CheckpointArena.all(of: checkpoint.state)
    var tensors: [(name: String, dtype: String, shape: [Int])] = []
    let rows = checkpoint.history.map(\.numbers)
    if !rows.isEmpty { tensors.append((historyName, "F64", [rows.count, EpochResult.numberNames.count])) }
    for arena in arenas { tensors += CheckpointArena.tensors(prefix: arena.prefix, of: topology) }
    let strings = metadata.merging(self.metadata(of: checkpoint, topology, cost)) { $1 }
    var header = SafetensorsHeader.bytes(tensors: tensors, metadata: strings)

    // Twice over the data, because their hash stands before them: less memory than all tensors at once.
    var hasher = SHA256Hasher()
    header.withUnsafeBytes { hasher.update($0) }
    forEachTensor(rows, arenas, layout) { hasher.update($0) }
    guard let place = hashPlace(in: header) else { preconditionFailure("a header without its hash") }
    header.replaceSubrange(place, with: Array(hasher.finalize().utf8))
    let file = try AtomicFile(replacing: path, temporary: temporary)
    try file.write(header)
    try forEachTensor(rows, arenas, layout) { (bytes) throws(FileError) in try file.write(bytes) }
    try file.commit(keepingOldAs: old)
  }

  /// Where the 64 digits of the hash stand in a header: quotes inside of other strings have a backslash.
  static func hashPlace(in header: [UInt8]) -> Range<Int>? {
    let key = Array("\"\(hashKey)\":\"".utf8)
    guard let start = header.firstRange(of: key)?.upperBound, header.count - start >= zeroHash.utf8.count
    else {
      return nil
    }
    return start..<start + zeroHash.utf8.count
  }

  private static func forEachTensor<Failure>(
    _ history: [[Double]], _ arenas: [CheckpointArena], _ layout: ParameterLayout,
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    for row in history {
      try row.withUnsafeBufferPointer { (row) throws(Failure) in try body(UnsafeRawBufferPointer(row)) }
    }
    for arena in arenas {
      for index in layout.layers.indices {
        try arena.values.withUnsafeBufferPointer { (values) throws(Failure) in
          guard let start = values.baseAddress else { return }
          for tensor in [layout.weights(layer: index, of: start), layout.biases(layer: index, of: start)] {
            try tensor.withUnsafeBufferPointer { (tensor) throws(Failure) in
              try body(UnsafeRawBufferPointer(tensor))
            }
          }
        }
      }
    }
  }

  /// A number is written in the shortest form that reads back as the same bits.
  private static func metadata(
    of checkpoint: TrainingCheckpoint, _ topology: Topology, _ cost: Cost
  ) -> [String: String] {
    let (state, selection) = (checkpoint.state, checkpoint.state.selection)
    var strings = [
      "format": format, "checkpoint_version": version, hashKey: zeroHash,
      "topology": ModelFile.sizes(of: topology), "cost": cost.rawValue,
      "epoch": String(state.epoch), "samples_done": String(state.samplesDone),
      "cost_sum": String(state.costSum), "cost_product": String(state.costProduct),
      "beta_powers": "\(state.betaPowers.first),\(state.betaPowers.second)",
      "rule_states": String(state.ruleStates.count),
      "halvings": String(selection.halvings),
      "epochs_since_best": String(selection.epochsSinceBest),
      "epochs_since_halving": String(selection.epochsSinceHalving),
      "history_columns": EpochResult.numberNames.joined(separator: ","),
      "has_warned": String(checkpoint.hasWarned),
    ]
    strings[ModelFile.activationsKey] = Activation.text(of: topology.activations)
    strings["best_measure"] = selection.bestMeasure.map { String($0) }
    strings["best_epoch"] = selection.bestEpoch.map { String($0) }
    return strings
  }
}
