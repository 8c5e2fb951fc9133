import Nabla
import NablaFormats

/// Whether a run fits the memory there is, as far as headers and options tell before anything is loaded.
struct RunMemory {
  let options: TrainingDataOptions
  /// nil where many networks learn from the samples.
  var configuration: TrainingConfiguration?
  /// Bytes: the machine's, the container's or the process's; nil if unknown.
  var limit = ProcessLimits.current.memory

  /// - Throws: `FileError` for samples that do not fit, `CommandFailure` (64) for a network that does not, by itself or
  ///   beside them: what is needed, and what there is.
  func check() throws {
    guard let limit else { return }
    let needs = options.sources.compactMap { text in
      (try? DataSource(parsing: text)).flatMap { source in
        source.neededMemory().map { (source: text, isDrawn: source.isDrawn, memory: $0) }
      }
    }
    // What is more than --max-bytes is refused by that name where it is read.
    guard needs.allSatisfy({ $0.memory.bytes <= options.source.mostBytes }) else { return }
    let samples = needs.reduce(0) { sum, need in
      let (next, overflow) = sum.addingReportingOverflow(need.memory.bytes)
      return overflow ? .max : next
    }
    if let first = needs.first, samples > limit {
      let words = needs.count > 1 && first.memory.bytes <= limit ? "and the other sets need" : "needs"
      throw FileError(
        first.source,
        "\(words) \(humanReadable(bytes: samples)) of memory, more than there is (\(humanReadable(bytes: limit)))",
        kind: first.isDrawn ? .invalidRequest : .badData)
    }
    guard let configuration else { return }
    // Layers that nobody typed follow from the data, and are small.
    guard let sizes = configuration.layers, let topology = try? configuration.topology(inputs: 0, outputs: 0)
    else { return }
    // Text may have fewer rows than a mini-batch is to have: what only reading tells is not counted.
    let count = needs.first { $0.source == options.data }?.memory.trainingCount ?? 1
    let most = min(count, options.limit ?? .max)
    let text = sizes.map(String.init).joined(separator: ",")
    // One whose parameters alone are too many is told where it is made.
    guard topology.parameterCount <= limit / 4,
      let network = configuration.neededBytes(for: topology, samples: most)
    else { return }
    guard network <= limit else {
      throw CommandFailure(
        .usage,
        "--layers: \(text) with this update and mini-batches of \(min(configuration.miniBatchSize, most)) needs "
          + "\(humanReadable(bytes: network)) of memory, more than there is (\(humanReadable(bytes: limit)))")
    }
    guard let source = needs.first?.source, samples > limit - network else { return }
    throw CommandFailure(
      .usage,
      "\(source): does not fit the memory together with the network \(text) (expected at most "
        + "\(humanReadable(bytes: limit)), found \(humanReadable(bytes: samples)) of samples and "
        + "\(humanReadable(bytes: network)) of network)")
  }
}

extension DataSource {
  /// Whether the words of the command ask for its samples, and no file is to blame for their number.
  fileprivate var isDrawn: Bool {
    if case .digits = self { return true }
    return false
  }
}
