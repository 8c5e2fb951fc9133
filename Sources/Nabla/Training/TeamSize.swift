/// How many threads train a network fastest: the cost model, and the only place that holds its measurements.
///
/// A member of a team saves work; it costs two barriers a mini-batch, about 0.3 microseconds, and cache misses on lines
/// that other members wrote. Measured on two Zen 4 cores (AVX-512, MNIST, samples/s of two threads over one):
///
/// | network | m = 1 | 2 | 4 | 8 | 10 | 32 |
/// |---|---|---|---|---|---|---|
/// | [784,16,10] | 0.22 | 0.41 | 0.62 | 0.61 | 0.69 | 0.96 |
/// | [784,30,10] | 0.31 | 0.48 | 1.15 | 1.33 | 1.39 | 1.48 |
/// | [784,30,30,10] | 0.56 | 0.91 | 1.05 | 1.11 | 1.35 | 1.45 |
/// | [784,100,10] | 0.94 | 1.36 | 1.51 | 1.82 | 1.91 | 1.75 |
///
/// So a second thread pays from about two microseconds of work a mini-batch, where there is a panel for it.
enum TeamSize {
  /// Work a mini-batch has to have for each member, in nanoseconds on one core.
  private static let nanosecondsPerMember = 1000.0
  /// Forward and update of one panel of 16 neurons for one pixel that is not zero.
  private static let nanosecondsPerPanelAndPixel = 1.4
  /// Multiply-adds a nanosecond on one core, in the dense kernels.
  private static let multiplyAddsPerNanosecond = 32.0

  /// Nanoseconds on one core from which a mini-batch is trained by a fixed team: barriers cost little beside it.
  private static let longMiniBatch = 10e6

  /// Returns the team to train with: how many of `limit` threads, and whether its pace needs watching.
  ///
  /// - Parameter pixelsPerSample: pixels that are not zero, on average; nil where the input is dense.
  static func pace(layout: ParameterLayout, samples: Int, pixelsPerSample: Double?, limit: Int) -> TeamPace {
    let nanoseconds = nanoseconds(layout: layout, samples: samples, pixelsPerSample: pixelsPerSample)
    let panels =
      pixelsPerSample == nil
      ? layout.layers.map(\.panelCount).max() ?? 0 : layout.layers[0].panelCount
    let paying = Int(min(nanoseconds / nanosecondsPerMember, Double(Team.maximumMembers)))
    return TeamPace(
      members: max(1, min(limit, paying, panels)), policy: nanoseconds < longMiniBatch ? .watched : .fixed)
  }

  /// Work of a mini-batch on one core, in nanoseconds.
  static func nanoseconds(layout: ParameterLayout, samples: Int, pixelsPerSample: Double?) -> Double {
    var nanoseconds = 0.0
    for (l, layer) in layout.layers.enumerated() {
      if l == 0, let pixelsPerSample {
        nanoseconds +=
          nanosecondsPerPanelAndPixel * Double(layer.panelCount) * pixelsPerSample
        continue
      }
      // Forward, backward (which the first layer does without) and update.
      let passes = l == 0 ? 2.0 : 3.0
      nanoseconds += passes * Double(layer.paddedOutputs * layer.inputs) / multiplyAddsPerNanosecond
    }
    return nanoseconds * Double(samples)
  }
}
