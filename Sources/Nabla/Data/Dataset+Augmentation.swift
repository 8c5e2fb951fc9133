extension Dataset {
  /// Returns the picture of sample `index` as a run with this seed distorts it in epoch `epoch`, the first is 1, if this
  /// is its training set.
  ///
  /// - Precondition: the data set has pictures; index < count; epoch >= 1.
  /// - Throws: `NablaError.invalidSetting`, `NablaError.mismatch` for pictures that are too large,
  ///   `NablaError.outOfMemory`.
  public func image(
    at index: Int, distortedBy augmentation: Augmentation, seed: UInt64 = 1, epoch: Int = 1
  ) throws(NablaError) -> [UInt8] {
    precondition(!isTable && epoch >= 1, "pictures are distorted in epochs from 1 up")
    precondition(index >= 0 && index < count, "index out of bounds")
    try augmentation.validate()
    if augmentation.isNone { return image(at: index) }
    let memory = try DistorterMemory(augmentation, shape: imageShape, seed: seed, members: 1)
    memory.setEpoch(epoch - 1)
    return withExtendedLifetime(memory) {
      withView { view in
        let picture = memory.distorter.pointee.distort(
          view, row: view.row(of: index), sample: index, member: 0)
        return Array(UnsafeBufferPointer(start: picture, count: inputSize))
      }
    }
  }
}
