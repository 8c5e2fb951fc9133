import CKernels

/// Dropout before one layer of a pass: a bit for each input of the layer and each sample, 1 if it is kept.
///
/// What is kept is multiplied by 1/(1-p) while training, so that the trained network is used as it is.
/// Source: Srivastava et al. 2014, "inverted".
struct Dropout: BitwiseCopyable {
  /// Neurons (or inputs of the network) that may be dropped.
  let width: Int
  /// Each is dropped with probability drop / 2^32; 0 where nothing is dropped.
  let drop: UInt32
  /// 1 / (1 - p).
  let scale: Float
  let seed: UInt64
  /// The random numbers' stream: of the layer and the epoch.
  var stream: UInt64 = 0
  /// [capacity, maskStride], 16 neurons a mask.
  let masks: UnsafeMutablePointer<UInt16>
  /// What the layer reads instead of the activations before it [capacity, 16 maskStride].
  let output: UnsafeMutablePointer<Float>

  /// - Parameter rate: p, from 0 up and below 1.
  init(
    width: Int, rate: Float, seed: UInt64, masks: UnsafeMutablePointer<UInt16>,
    output: UnsafeMutablePointer<Float>
  ) {
    self.width = width
    drop = UInt32(Double(rate) * 0x1p32)
    scale = Float(1 / (1 - Double(rate)))
    self.seed = seed
    self.masks = masks
    self.output = output
  }

  var isActive: Bool { drop > 0 }

  /// Masks in a row.
  var maskStride: Int { (width + panelWidth - 1) / panelWidth }

  /// The masks of sample `s`.
  @inline(__always)
  func mask(_ s: Int) -> UnsafeMutablePointer<UInt16> { masks + s * maskStride }

  /// Draws the masks of `rows`; `samples` are the numbers of the mini-batch's samples, nil for 0, 1, ...
  func draw(samples: UnsafePointer<UInt32>?, rows: Range<Int>) {
    Kernels.check(
      nabla_dropout_masks(
        rows.count, width, drop, seed, stream, samples.map { $0 + rows.lowerBound }, mask(rows.lowerBound),
        maskStride, nil))
  }

  /// Writes the rows `rows` of `a` to `to`, dropped and scaled; both have whole panels a row, `to` may be `a`.
  @inline(__always)
  func apply(
    _ a: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, rows: Range<Int>, _ member: TeamMember? = nil
  ) {
    let stride = maskStride * panelWidth
    let offset = rows.lowerBound * stride
    Kernels.check(
      nabla_dropout_f32(
        rows.count, width, scale, mask(rows.lowerBound), maskStride, a + offset, stride, to + offset, stride,
        member?.pointer))
  }
}
