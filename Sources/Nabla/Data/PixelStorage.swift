/// The memory behind a data set: filled once, image after image, by one reader, and never written after.
///
/// Images are stored once: as sparse rows where most pixels are zero, else dense. Filling starts
/// with the former and changes to the latter when the images so far have too few zeros.
package final class PixelStorage: @unchecked Sendable {
  /// Some images, one after the other, for a reader to fill.
  package struct Block {
    /// Which images of the data set.
    package let images: Range<Int>
    /// Room for them [images.count, inputSize]; what it holds at first means nothing.
    package let pixels: UnsafeMutableBufferPointer<UInt8>
  }

  package let inputSize: Int
  private let count: Int
  private let labelBuffer: AlignedBuffer<UInt16>
  private var isSparse = true
  /// All images so far while `isSparse`, else none.
  private var sparse: PackedImages
  /// Pixels [count, inputSize] unless `isSparse`, then none.
  private var dense: AlignedBuffer<UInt8>
  /// The block under way, while `isSparse`.
  private var scratch: AlignedBuffer<UInt8>
  private var underWay = 0..<0
  package private(set) var isFilled = false

  /// Makes room for `count` images of `inputSize` pixels.
  ///
  /// - Throws: `NablaError.outOfMemory` when dense pixels would not fit.
  package init(count: Int, inputSize: Int) throws(NablaError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: inputSize)
    guard !overflow else { throw .outOfMemory(bytes: nil) }
    try requireMemory(bytes: bytes)
    self.count = count
    self.inputSize = inputSize
    labelBuffer = try AlignedBuffer(count: count)
    sparse = try PackedImages(capacity: count, inputSize: inputSize)
    dense = try AlignedBuffer(reserving: 0)
    scratch = try AlignedBuffer(count: min(count, Self.imagesPerBlock(of: inputSize)) * inputSize)
  }

  /// Small enough that a block is still in the cache when it is packed.
  private static func imagesPerBlock(of inputSize: Int) -> Int { max(1, (1 << 20) / inputSize) }

  /// A label for each image, to be filled by the reader.
  package var labels: UnsafeMutableBufferPointer<UInt16> { labelBuffer.elements }

  /// Stores the images of the block before, and returns the next one; nil when all images are there.
  ///
  /// - Throws: `NablaError.outOfMemory`.
  package func nextBlock() throws(NablaError) -> Block? {
    if isSparse, !sparse.append(scratch.pointer, count: underWay.count) { try unpack() }
    let first = underWay.upperBound
    guard first < count else {
      sparse.finish()
      scratch = try AlignedBuffer(count: 0)
      isFilled = true
      return nil
    }
    underWay = first..<min(count, first + Self.imagesPerBlock(of: inputSize))
    return Block(
      images: underWay,
      pixels: UnsafeMutableBufferPointer(
        start: isSparse ? scratch.pointer : dense.pointer + first * inputSize,
        count: underWay.count * inputSize
      ))
  }

  /// Changes to dense storage, for the images so far too.
  private func unpack() throws(NablaError) {
    dense = try AlignedBuffer(reserving: count * inputSize)
    sparse.unpack(into: dense.pointer)
    (dense.pointer + underWay.lowerBound * inputSize).update(
      from: scratch.pointer, count: underWay.count * inputSize)
    isSparse = false
  }

  /// Bytes of memory that the images and labels take.
  var storedBytes: Int { 2 * labelBuffer.count + dense.count + sparse.storedBytes }

  /// The images as the training loop sees them, valid as long as the storage lives.
  var view: DatasetView {
    DatasetView(
      inputSize: inputSize, samples: isSparse ? .sparse(sparse.rows) : .dense(dense.pointer),
      target: .classes(labelBuffer.pointer))
  }
}
