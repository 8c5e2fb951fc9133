extension Dataset {
  /// Calls `body` with bytes, block after block, that are the same for two data sets exactly if training on them is:
  /// the samples in their order, as they stand in the file, with their classes, targets and weights. However they are
  /// stored, and however many others the file has, the bytes are the same; the encoding is not part of them.
  package func forEachBlockOfBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    withView { view in
      let features =
        switch view.samples {
        case .dense, .sparse: inputSize
        case .table(let rows): 4 * rows.columnCount
        }
      let hasWeights = weight(at: 0) != nil
      let size = features + (view.labels == nil ? 4 * targetCount : 2) + (hasWeights ? 4 : 0)
      let kind = isTable ? "table" : "pictures \(imageShape.rows) x \(imageShape.columns)"
      Array("\(kind) \(count) \(features) \(targetCount) \(hasWeights)".utf8).withUnsafeBytes(body)
      let samplesPerBlock = max(1, (1 << 20) / max(size, 1))
      withUnsafeTemporaryAllocation(byteCount: samplesPerBlock * size, alignment: 64) { block in
        for first in stride(from: 0, to: count, by: samplesPerBlock) {
          let samples = min(samplesPerBlock, count - first)
          for index in 0..<samples {
            let room = UnsafeMutableRawBufferPointer(rebasing: block[index * size..<(index + 1) * size])
            let weight = hasWeights ? weight(at: first + index) : nil
            copyBytes(view, row: view.row(of: first + index), weight, to: room)
          }
          body(UnsafeRawBufferPointer(rebasing: block[..<(samples * size)]))
        }
      }
    }
  }

  private func copyBytes(
    _ view: DatasetView, row: Int, _ weight: Float?, to room: UnsafeMutableRawBufferPointer
  ) {
    guard let start = room.baseAddress else { return }
    var place = 0
    switch view.samples {
    case .dense, .sparse:
      view.copyImage(row: row, to: start.assumingMemoryBound(to: UInt8.self))
      place = inputSize
    case .table(let rows):
      place = 4 * rows.columnCount
      start.copyMemory(from: rows.features + row * rows.columnCount, byteCount: place)
    }
    switch view.target {
    case .none: break
    case .classes(let labels):
      room.storeBytes(of: labels[row].littleEndian, toByteOffset: place, as: UInt16.self)
      place += 2
    case .values(let values, _, let count):
      (start + place).copyMemory(from: values + row * count, byteCount: 4 * count)
      place += 4 * count
    }
    if let weight { room.storeBytes(of: weight, toByteOffset: place, as: Float.self) }
  }
}
