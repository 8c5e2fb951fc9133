/// The independent streams that one seed feeds, so that a new consumer of random numbers never shifts another's.
package enum RandomStream {
  static func initialization(layer: Int) -> UInt64 { 1 << 32 | UInt64(layer) }
  static func miniBatchOrder(epoch: Int) -> UInt64 { 2 << 32 | UInt64(epoch) }
  /// The masks of what layer `layer` reads: 0 for the network's input. `epoch` counts from 0.
  static func dropout(layer: Int, epoch: Int) -> UInt64 {
    (3 | UInt64(layer) << 8) << 32 | UInt64(epoch)
  }
  /// Which samples are held out as validation set.
  static let validationSplit: UInt64 = 4 << 32
  /// Which samples are held out as test set.
  static let testSplit: UInt64 = 5 << 32
  /// Which fold a sample is in.
  static let folds: UInt64 = 6 << 32
  /// The options of one trial of a search.
  package static func trial(_ number: Int) -> UInt64 { 7 << 32 | UInt64(number) }
  /// The order in which a search takes the combinations of its lists.
  package static let combinations: UInt64 = 8 << 32
  /// How the pictures of an epoch are distorted. `epoch` counts from 0.
  static func augmentation(epoch: Int) -> UInt64 { 9 << 32 | UInt64(epoch) }
  /// How the cells of a column are shuffled to see what the network takes from it.
  static func importance(column: Int, repeat number: Int) -> UInt64 {
    (10 | UInt64(number) << 8) << 32 | UInt64(column)
  }
}
