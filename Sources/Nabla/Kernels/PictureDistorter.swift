import CKernels

/// Distorts pictures as an `Augmentation` says, each member of a team in memory of its own.
///
/// The random numbers of a picture are those of the seed, the epoch's stream and the sample's number, so that neither
/// threads nor mini-batch boundaries nor an interruption change it.
struct PictureDistorter: BitwiseCopyable {
  let rows: Int
  let columns: Int
  private let distortion: nabla_distortion
  private let alpha: Float
  private let terms: Int
  private let seed: UInt64
  /// The random numbers' stream: of the epoch.
  var stream: UInt64 = 0
  /// The Gaussian, `terms` floats; then for each member the kernel's workspace, dx and dy.
  private let floats: UnsafeMutablePointer<Float>
  /// For each member the kernel's workspace.
  private let words: UnsafeMutablePointer<UInt32>
  /// For each member a picture and what it becomes.
  private let bytes: UnsafeMutablePointer<UInt8>
  private let sizes: Sizes

  /// How much memory of each kind there is: for the Gaussian, then for each member, in whole cache lines.
  struct Sizes: BitwiseCopyable {
    let terms: Int
    let gaussian: Int
    let fieldWorkspace: Int
    /// Floats of dx or dy.
    let field: Int
    let words: Int
    /// Bytes of a picture.
    let picture: Int

    var floatsPerMember: Int { fieldWorkspace + 2 * field }

    /// - Throws: `NablaError.mismatch` for pictures that are too large.
    init(_ augmentation: Augmentation, rows: Int, columns: Int) throws(NablaError) {
      let warp = nabla_warp_workspace(rows, columns)
      guard warp > 0 else {
        throw .mismatch(
          "augmentation: expected pictures of fewer than 2^24 pixels, found \(rows) x \(columns)")
      }
      let isElastic = augmentation.elastic.alpha > 0
      terms = isElastic ? nabla_gaussian_size(augmentation.elastic.sigma) : 0
      gaussian = paddedToPanels(terms)
      fieldWorkspace = isElastic ? paddedToPanels(nabla_elastic_workspace(rows, columns)) : 0
      field = isElastic ? paddedToPanels(columns) * rows : 0
      words = paddedToPanels(warp)
      picture = (rows * columns + 63) / 64 * 64
    }
  }

  /// - Parameters: `floats`, `words`, `bytes`: room as `sizes` says.
  init(
    _ augmentation: Augmentation, rows: Int, columns: Int, seed: UInt64, sizes: Sizes,
    floats: UnsafeMutablePointer<Float>, words: UnsafeMutablePointer<UInt32>,
    bytes: UnsafeMutablePointer<UInt8>
  ) {
    (self.rows, self.columns, self.seed, self.sizes) = (rows, columns, seed, sizes)
    distortion = nabla_distortion(
      shift: augmentation.shift, rotation: augmentation.rotation, scale: augmentation.scale / 100,
      shear: augmentation.shear)
    alpha = augmentation.elastic.alpha
    terms = sizes.terms
    (self.floats, self.words, self.bytes) = (floats, words, bytes)
    if terms > 0 { Kernels.check(nabla_gaussian_f32(augmentation.elastic.sigma, floats)) }
  }

  /// Distorts row `row` of `data`, which is sample `sample`; valid until the member's next one.
  @inline(__always)
  func distort(
    _ data: DatasetView, row: Int, sample: Int, member: Int
  ) -> UnsafePointer<UInt8> {
    let picture = bytes + 2 * member * sizes.picture
    let result = picture + sizes.picture
    let source: UnsafePointer<UInt8>
    if case .dense(let start) = data.samples {
      source = start + row * data.inputSize
    } else {
      data.copyImage(row: row, to: picture)
      source = UnsafePointer(picture)
    }
    distort(source, sample: UInt32(truncatingIfNeeded: sample), member: member, to: result)
    return UnsafePointer(result)
  }

  private func distort(
    _ picture: UnsafePointer<UInt8>, sample: UInt32, member: Int, to result: UnsafeMutablePointer<UInt8>
  ) {
    var sample = sample
    var map = nabla_affine_map()
    var distortion = distortion
    Kernels.check(nabla_affine_maps(&distortion, rows, columns, seed, stream, 1, &sample, &map))
    let room = floats + sizes.gaussian + member * sizes.floatsPerMember
    let (dx, dy) = (room + sizes.fieldWorkspace, room + sizes.fieldWorkspace + sizes.field)
    let stride = paddedToPanels(columns)
    if terms > 0 {
      Kernels.check(
        nabla_elastic_field_f32(
          rows, columns, terms, floats, alpha, seed, stream, sample, room, dx, dy, stride))
    }
    Kernels.check(
      nabla_warp_u8(
        rows, columns, picture, &map, terms > 0 ? dx : nil, terms > 0 ? dy : nil, stride,
        words + member * sizes.words, result))
  }
}

/// The memory of a distorter for as many members as a team has.
final class DistorterMemory {
  private let floats: AlignedBuffer<Float>
  private let words: AlignedBuffer<UInt32>
  private let bytes: AlignedBuffer<UInt8>
  private let distorters: AlignedBuffer<PictureDistorter>

  /// - Throws: `NablaError.outOfMemory`, `NablaError.mismatch` for pictures that are too large.
  init(
    _ augmentation: Augmentation, shape: Dataset.ImageShape, seed: UInt64, members: Int
  ) throws(NablaError) {
    let sizes = try PictureDistorter.Sizes(augmentation, rows: shape.rows, columns: shape.columns)
    floats = try AlignedBuffer(count: sizes.gaussian + members * sizes.floatsPerMember)
    words = try AlignedBuffer(count: members * sizes.words)
    bytes = try AlignedBuffer(count: 2 * members * sizes.picture)
    distorters = try AlignedBuffer(count: 1)
    distorters.pointer.initialize(
      to: PictureDistorter(
        augmentation, rows: shape.rows, columns: shape.columns, seed: seed, sizes: sizes,
        floats: floats.pointer,
        words: words.pointer, bytes: bytes.pointer))
  }

  /// The distorter, valid as long as its memory lives.
  var distorter: UnsafePointer<PictureDistorter> { UnsafePointer(distorters.pointer) }

  /// Draws from the stream of `epoch` from now on.
  func setEpoch(_ epoch: Int) { distorters.pointer.pointee.stream = RandomStream.augmentation(epoch: epoch) }
}
