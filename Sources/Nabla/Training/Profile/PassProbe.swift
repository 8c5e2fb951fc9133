/// What a member of a team does in a mini-batch.
package enum TrainingPhase: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// Step 1: inputs, targets, masks, distortions.
  case input
  /// Step 2, by layers; softmax belongs to the last one.
  case feedforward
  /// Step 3.
  case outputError
  /// Step 4, by the layers that the errors come from.
  case backpropagate
  /// Step 5, by layers.
  case descend
  /// The cost and the progress, which member 0 keeps.
  case bookkeeping
  /// Waiting for other members.
  case barrier
}

/// What the loop over mini-batches tells while it runs. The loop is compiled once for each kind of probe, so that
/// `NoProbe` leaves nothing in it.
protocol PassProbe: BitwiseCopyable, SendableMetatype {
  /// The probe of a member of the team, from that of member 0.
  func of(member: Int) -> Self
  /// Is told that a mini-batch begins, by the samples of the epoch before it. (Whoever wants its number divides: a
  /// division can trap, so that the compiler would leave it in a loop that nobody listens to.)
  func begin(at sample: Int, miniBatchSize: Int)
  /// Is told what was done since it was told anything before.
  func did(_ phase: TrainingPhase, layer: Int)
  /// Is told that the loop ends.
  func end()
}

extension PassProbe {
  @inline(__always)
  func did(_ phase: TrainingPhase) { did(phase, layer: 0) }
}

/// Nobody listens.
struct NoProbe: PassProbe {
  @inline(__always)
  func of(member: Int) -> NoProbe { self }
  @inline(__always)
  func begin(at sample: Int, miniBatchSize: Int) {}
  @inline(__always)
  func did(_ phase: TrainingPhase, layer: Int) {}
  @inline(__always)
  func end() {}
}
