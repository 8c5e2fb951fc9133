/// What it costs that ranks exchange something: measured on the fabric at the start of a run.
package struct RankCost: Hashable, Sendable {
  /// Seconds of a message to all ranks that were measured, however short.
  package let latency: Double
  /// Bytes a second that a rank receives.
  package let bandwidth: Double
  /// The ranks that were measured.
  package let ranks: Int

  package init(latency: Double, bandwidth: Double, ranks: Int) {
    (self.latency, self.bandwidth, self.ranks) = (latency, bandwidth, ranks)
  }

  /// Bytes of the message that bandwidth is measured with, and how often; the same for the shortest message.
  private static let large = (bytes: 16 << 20, times: 3)
  private static let small = (bytes: 64, times: 50)

  /// Measures what all ranks of `communicator` exchange, which takes some milliseconds; every rank gets the numbers of
  /// rank 0.
  package static func measured(on communicator: any Communicator) -> RankCost {
    let size = communicator.size
    func seconds(_ message: (bytes: Int, times: Int)) -> Double {
      var memory = [UInt8](repeating: 0, count: max(message.bytes, size))
      let places = (0...size).map { $0 * memory.count / size }
      let clock = ContinuousClock()
      // The first one makes connections.
      let all = (0...message.times).map { _ in
        clock.measure {
          memory.withUnsafeMutableBytes { communicator.allGather($0.baseAddress!, places: places) }
        }
          / .seconds(1)
      }
      return all.dropFirst().sorted()[message.times / 2]
    }
    let latency = seconds(small)
    let long = max(seconds(large) - latency, 1e-9)
    let received = Double(large.bytes) * Double(size - 1) / Double(size)
    var numbers = [latency, received / long]
    numbers.withUnsafeMutableBytes { communicator.broadcast($0, from: 0) }
    return RankCost(latency: numbers[0], bandwidth: numbers[1], ranks: size)
  }

  /// What a mini-batch asks of ranks.
  package struct Work: Hashable, Sendable {
    /// Seconds of one rank alone.
    package let seconds: Double
    /// Bytes that all ranks together have to tell the others.
    package let bytes: Double
    /// Messages that travel one after the other.
    package let messages: Int
    /// No more ranks than panels of the widest layer find work.
    package let mostRanks: Int

    package init(seconds: Double, bytes: Double, messages: Int, mostRanks: Int) {
      (self.seconds, self.bytes, self.messages, self.mostRanks) = (seconds, bytes, messages, mostRanks)
    }
  }

  /// Seconds of a mini-batch's work on so many ranks. A message to R ranks takes log2 R steps, or R - 1 where it is
  /// long; the time of the shortest grows with the former.
  package func seconds(_ work: Work, ranks count: Int) -> Double {
    guard count > 1 else { return work.seconds }
    let steps = Self.steps(count) / Self.steps(max(2, ranks))
    let received = work.bytes * Double(count - 1) / Double(count)
    return work.seconds / Double(min(count, work.mostRanks)) + Double(work.messages) * latency * steps
      + received / bandwidth
  }

  /// As few ranks as are fastest, within a twentieth.
  package func fastest(_ work: Work) -> Int {
    let most = max(1, min(ranks, work.mostRanks))
    let best = (1...most).map { seconds(work, ranks: $0) }.min() ?? 0
    return (1...most).first { seconds(work, ranks: $0) <= 1.05 * best } ?? 1
  }

  private static func steps(_ count: Int) -> Double {
    Double(Int.bitWidth - (count - 1).leadingZeroBitCount)
  }
}

extension Network {
  /// What a mini-batch of this network asks of ranks.
  ///
  /// - Parameters:
  ///   - data: what it is trained on.
  ///   - threads: of each rank; nil takes as many as pay.
  package func rankWork(_ data: Dataset, miniBatchSize: Int, threads: Int?) -> RankCost.Work {
    let samples = min(miniBatchSize, data.count)
    let entries = data.entryCounts.map { Double($0.sum) / Double(data.count) }
    let nanoseconds = TeamSize.nanoseconds(layout: layout, samples: samples, pixelsPerSample: entries)
    let pace = TeamSize.pace(
      layout: layout, samples: samples, pixelsPerSample: entries,
      limit: min(threads ?? Team.coreCount, Team.coreCount))
    let neurons = layout.layers.reduce(0) { $0 + $1.paddedOutputs }
    let later = layout.layers.dropFirst().reduce(0) { $0 + $1.weightsCount + $1.paddedOutputs }
    // Blocks that are large travel alone.
    let large =
      layout.layers.dropFirst().count { 4 * $0.weightsCount >= Exchange.mostPacked }
      + 2 * layout.layers.count { 4 * samples * $0.paddedOutputs >= Exchange.mostPacked }
    return RankCost.Work(
      seconds: nanoseconds * 1e-9 / Double(pace.members), bytes: 4 * Double(2 * samples * neurons + later),
      messages: 2 + large, mostRanks: layout.layers.map(\.panelCount).max() ?? 1)
  }
}
