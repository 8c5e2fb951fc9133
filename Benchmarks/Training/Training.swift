import Nabla

/// Samples a second of whole epochs on synthetic digits, on one thread and on two: `Training [TEXT]` measures the
/// networks whose line has this text.
@main
struct Training {
  static func main() throws {
    let wanted = CommandLine.arguments.dropFirst().first
    print("samples/s, medians of epochs in three seconds; the slowest and the fastest\n")
    for run in Run.all {
      for threads in [1, 2] {
        let name = "\(run) threads \(threads)"
        if let wanted, !name.contains(wanted) { continue }
        let rates = try run.rates(threads: threads, during: .seconds(3)).sorted()
        let median = rates[rates.count / 2]
        let line = [
          name.padded(to: 48), "\(Int(median))".padded(to: 10),
          "\(Int(rates[0])) ... \(Int(rates[rates.count - 1]))",
        ]
        print(line.joined(separator: " "))
      }
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

/// A network and the epochs it is trained for.
private struct Run: CustomStringConvertible {
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

  var description: String { layers.map(String.init).joined(separator: "-") + " batch \(miniBatchSize)" }

  /// The rates of as many epochs as fit into `duration`, at least three; one before them is not counted.
  func rates(threads: Int, during duration: Duration) throws -> [Double] {
    let trainer = try trainer(threads: threads)
    _ = try trainer.trainEpoch()
    var rates: [Double] = []
    let start = ContinuousClock.now
    while rates.count < 3 || ContinuousClock.now - start < duration {
      rates.append(try trainer.trainEpoch().samplesPerSecond)
    }
    return rates
  }

  /// A trainer of a fresh network on freshly drawn digits.
  private func trainer(threads: Int) throws -> Trainer {
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
