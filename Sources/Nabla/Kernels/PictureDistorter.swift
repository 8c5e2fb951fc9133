import CKernels

/// Distorts pictures as an `Augmentation` says, each member of a team in memory of its own.
///
/// The random numbers of a picture are those of the seed, the epoch's stream and the sample's number, so that neither
/// threads nor mini-batch boundaries nor an interruption change it.
///
/// Smoothing noise costs three times what the rest of a distortion does, so an epoch has one large elastic field, and
/// each sample a window of it at one of 65,536 places or more, which is drawn. Of two windows with σ = 4, one in 250
/// begins within 2σ of the other.
struct PictureDistorter: BitwiseCopyable {
  private let sizes: Sizes
  private let distortion: nabla_distortion
  private let seed: UInt64
  /// The random numbers' stream: of the epoch.
  fileprivate var stream: UInt64 = 0
  /// dx, then dy: the field of the epoch.
  private let field: UnsafeMutablePointer<Float>
  /// For each member the kernel's workspace.
  private let words: UnsafeMutablePointer<UInt32>
  /// For each member a picture and what it becomes.
  private let bytes: UnsafeMutablePointer<UInt8>

  /// The memory of each kind: in whole cache lines for each member.
  fileprivate struct Sizes: BitwiseCopyable {
    let rows: Int
    let columns: Int
    /// Terms of the Gaussian; 0 without a field.
    var terms = 0
    /// Places for windows in each direction.
    var places = 0
    var fieldRows = 0
    var fieldColumns = 0
    var fieldStride = 0
    /// Words of a member.
    let words: Int
    /// Bytes of a picture.
    let picture: Int

    /// The first row and column of a field that are smoothed from noise on all sides.
    var margin: Int { terms / 2 }

    /// - Throws: `NablaError.mismatch` for pictures that are too large.
    init(_ augmentation: Augmentation, _ shape: Dataset.ImageShape) throws(NablaError) {
      (rows, columns) = (shape.rows, shape.columns)
      let warp = nabla_warp_workspace(rows, columns)
      guard warp > 0 else {
        throw .mismatch(
          "augmentation: expected pictures of fewer than 2^24 pixels with margins, found \(rows) x \(columns)"
        )
      }
      words = paddedToPanels(warp)
      picture = (rows * columns + 63) / 64 * 64
      guard augmentation.elastic.alpha > 0 else { return }
      terms = nabla_gaussian_size(augmentation.elastic.sigma)
      // Windows of wider fields lie farther apart.
      places = max(256, paddedToPanels(Int(16 * augmentation.elastic.sigma)))
      fieldRows = places + rows + terms
      fieldColumns = places + columns + terms
      fieldStride = paddedToPanels(fieldColumns)
      // The margins are much where a picture is long and narrow.
      guard nabla_elastic_workspace(fieldRows, fieldColumns) > 0 else {
        throw .mismatch(
          "augmentation: expected pictures whose elastic field has at most 2^28 pixels, found \(rows) x \(columns), "
            + "whose field has \(fieldRows) x \(fieldColumns)")
      }
    }
  }

  fileprivate init(
    _ augmentation: Augmentation, _ sizes: Sizes, seed: UInt64, field: UnsafeMutablePointer<Float>,
    words: UnsafeMutablePointer<UInt32>, bytes: UnsafeMutablePointer<UInt8>
  ) {
    (self.sizes, self.seed, self.field, self.words, self.bytes) = (sizes, seed, field, words, bytes)
    distortion = nabla_distortion(
      shift: augmentation.shift, rotation: augmentation.rotation, scale: augmentation.scale / 100,
      shear: augmentation.shear)
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
    Kernels.check(
      nabla_affine_maps(&distortion, sizes.rows, sizes.columns, seed, stream, 1, &sample, &map))
    let dx = sizes.terms > 0 ? field + window(of: sample) : nil
    Kernels.check(
      nabla_warp_u8(
        sizes.rows, sizes.columns, picture, &map, dx, dx.map { $0 + sizes.fieldStride * sizes.fieldRows },
        sizes.fieldStride, words + member * sizes.words, result))
  }

  /// Where the sample's window of the field begins: drawn by the words that its map leaves over.
  private func window(of sample: UInt32) -> Int {
    let words = Philox.block(
      counter: (1, sample, UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    func place(_ word: UInt32) -> Int { sizes.margin + Int((UInt64(word) * UInt64(sizes.places)) >> 32) }
    return place(words.3) * sizes.fieldStride + place(words.2)
  }

  /// Makes the field of the epoch whose stream is set.
  fileprivate func makeField(
    _ augmentation: Augmentation, taps: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    guard sizes.terms > 0 else { return }
    Kernels.check(
      nabla_elastic_field_f32(
        sizes.fieldRows, sizes.fieldColumns, sizes.terms, taps, augmentation.elastic.alpha, seed, stream, 0,
        workspace,
        field, field + sizes.fieldStride * sizes.fieldRows, sizes.fieldStride))
  }
}

/// The memory of a distorter for as many members as a team has.
final class DistorterMemory {
  private let augmentation: Augmentation
  private let taps: AlignedBuffer<Float>
  private let workspace: AlignedBuffer<Float>
  private let field: AlignedBuffer<Float>
  private let words: AlignedBuffer<UInt32>
  private let bytes: AlignedBuffer<UInt8>
  private let distorters: AlignedBuffer<PictureDistorter>

  /// - Throws: `NablaError.outOfMemory`, `NablaError.mismatch` for pictures that are too large.
  init(
    _ augmentation: Augmentation, shape: Dataset.ImageShape, seed: UInt64, members: Int
  ) throws(NablaError) {
    let sizes = try PictureDistorter.Sizes(augmentation, shape)
    self.augmentation = augmentation
    taps = try AlignedBuffer(count: sizes.terms)
    workspace = try AlignedBuffer(
      count: sizes.terms > 0 ? nabla_elastic_workspace(sizes.fieldRows, sizes.fieldColumns) : 0)
    field = try AlignedBuffer(count: 2 * sizes.fieldStride * sizes.fieldRows)
    words = try AlignedBuffer(count: members * sizes.words)
    bytes = try AlignedBuffer(count: 2 * members * sizes.picture)
    distorters = try AlignedBuffer(count: 1)
    if sizes.terms > 0 { Kernels.check(nabla_gaussian_f32(augmentation.elastic.sigma, taps.pointer)) }
    distorters.pointer.initialize(
      to: PictureDistorter(
        augmentation, sizes, seed: seed, field: field.pointer, words: words.pointer, bytes: bytes.pointer))
  }

  /// The distorter, valid as long as its memory lives.
  var distorter: UnsafePointer<PictureDistorter> { UnsafePointer(distorters.pointer) }

  /// Draws from the stream of `epoch` from now on.
  func setEpoch(_ epoch: Int) {
    distorters.pointer.pointee.stream = RandomStream.augmentation(epoch: epoch)
    distorters.pointer.pointee.makeField(augmentation, taps: taps.pointer, workspace: workspace.pointer)
  }
}
