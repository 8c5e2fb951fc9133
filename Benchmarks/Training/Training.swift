import Benchmark
import Nabla

/// Samples a second of whole epochs on synthetic digits, on one thread and on two.
let benchmarks: @Sendable () -> Void = {
  for run in Run.all {
    for threads in [1, 2] { register(run, threads: threads) }
  }
}

/// A network and the epochs it is trained for.
private struct Run {
  let layers: [Int]
  let miniBatchSize: Int
  /// Enough for an epoch of some tens of milliseconds.
  let samples: Int

  static let all = [
    Run(layers: [784, 30, 10], miniBatchSize: 10, samples: 50_000),
    Run(layers: [784, 100, 10], miniBatchSize: 10, samples: 20_000),
    Run(layers: [784, 128, 64, 10], miniBatchSize: 64, samples: 20_000),
    Run(layers: [784, 800, 10], miniBatchSize: 100, samples: 5_000),
    Run(layers: [784, 2500, 2000, 1500, 1000, 500, 10], miniBatchSize: 256, samples: 1_024),
  ]

  /// A trainer of a fresh network on freshly drawn digits.
  func trainer(threads: Int) throws -> Trainer {
    var images = [UInt8](repeating: 0, count: samples * SyntheticDigits.pixelsPerImage)
    var labels = [UInt8](repeating: 0, count: samples)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { labels in
        SyntheticDigits(seed: 1).render(0..<samples, images: images, labels: labels)
      }
    }
    let side = SyntheticDigits.side
    let data = try Dataset(
      images: images, labels: labels, imageShape: .init(rows: side, columns: side), classCount: 10)
    // Small steps: no network here saturates, and its time does not depend on what it learns.
    return try Trainer(
      network: Network(topology: Topology(layers), seed: 1), data: data,
      configuration: TrainingConfiguration(
        learningRate: 0.1, miniBatchSize: miniBatchSize, threads: threads))
  }
}

private func register(_ run: Run, threads: Int) {
  let layers = run.layers.map(String.init).joined(separator: "-")
  // `baseline check` fails when the median changed by more than these percent.
  let tolerance = BenchmarkThresholds(relative: [.p50: 10])
  let configuration = Benchmark.Configuration(
    metrics: [samplesPerSecond], maxDuration: .seconds(3), thresholds: [samplesPerSecond: tolerance])
  Benchmark("\(layers) batch \(run.miniBatchSize) threads \(threads)", configuration: configuration) {
    benchmark, trainer in
    let report = try trainer.trainEpoch()
    benchmark.measurement(samplesPerSecond, Int(report.samplesPerSecond))
  } setup: {
    try run.trainer(threads: threads)
  }
}

private let samplesPerSecond = BenchmarkMetric.custom(
  "samples/s", polarity: .prefersLarger, useScalingFactor: false)
