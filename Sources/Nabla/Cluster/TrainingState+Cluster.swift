extension Communicator {
  /// The state that rank 0 has, on every rank: it alone reads checkpoints.
  ///
  /// - Parameter state: nil where a run begins; what other ranks give is not read.
  func broadcast(_ state: TrainingState?) -> TrainingState? {
    var numbers: [UInt64] = []
    if let state {
      let selection = state.selection
      numbers = [
        UInt64(state.ruleStates.count), state.powers.first.bitPattern, state.powers.second.bitPattern,
        UInt64(state.epoch), UInt64(state.samplesDone), state.costSum.bitPattern,
        state.costProduct.bitPattern,
        UInt64(selection.halvings), selection.bestMeasure == nil ? 0 : 1,
        (selection.bestMeasure ?? 0).bitPattern,
        selection.bestEpoch == nil ? 0 : 1, UInt64(selection.bestEpoch ?? 0),
        UInt64(selection.epochsSinceBest), UInt64(selection.epochsSinceHalving),
        selection.bestParameters == nil ? 0 : 1,
      ]
    }
    let sent = broadcast(numbers.withUnsafeBytes { Array($0) })
    guard !sent.isEmpty else { return nil }
    numbers = sent.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
    }
    func double(_ index: Int) -> Double { Double(bitPattern: numbers[index]) }
    var selection = TrainingState.Selection()
    selection.halvings = Int(numbers[7])
    selection.bestMeasure = numbers[8] == 0 ? nil : double(9)
    selection.bestEpoch = numbers[10] == 0 ? nil : Int(numbers[11])
    selection.epochsSinceBest = Int(numbers[12])
    selection.epochsSinceHalving = Int(numbers[13])
    if numbers[14] != 0 { selection.bestParameters = broadcast(state?.selection.bestParameters ?? []) }
    let parameters = broadcast(state?.parameters ?? [])
    let ruleStates = (0..<Int(numbers[0])).map { broadcast(state?.ruleStates[$0] ?? []) }
    return TrainingState(
      parameters: parameters, ruleStates: ruleStates, betaPowers: (double(1), double(2)),
      epoch: Int(numbers[3]),
      samplesDone: Int(numbers[4]), costSum: double(5), costProduct: double(6), selection: selection)
  }

  private func broadcast(_ values: [Float]) -> [Float] {
    let bytes = broadcast(values.withUnsafeBytes { Array($0) })
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }
}

/// What the ranks of a run have agreed to do after a part of an epoch.
struct Agreement: Hashable {
  /// The run ends: a rank was asked to.
  var stops: Bool
  /// A checkpoint is due, by rank 0's clock.
  var isCheckpointDue: Bool
}

extension Communicator {
  /// Makes one decision of all ranks' wishes, which signals and clocks give each at its own time.
  func agree(_ own: Agreement) -> Agreement {
    let all = allGather([own.stops ? 1 : 0, own.isCheckpointDue ? 1 : 0])
    return Agreement(stops: all.contains { $0[0] != 0 }, isCheckpointDue: all[0][1] != 0)
  }
}
