/// The independent streams that one seed feeds, so that a new consumer of random numbers never shifts another's.
enum RandomStream {
  static func initialization(layer: Int) -> UInt64 { 1 << 32 | UInt64(layer) }
  static func miniBatchOrder(epoch: Int) -> UInt64 { 2 << 32 | UInt64(epoch) }
}
