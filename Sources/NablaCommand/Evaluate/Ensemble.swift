import Nabla
import NablaFormats

/// The models that are evaluated together: one, or several whose outputs are averaged.
struct Ensemble {
  /// A model file and its network.
  struct Member {
    let path: String
    let network: Network
    /// What its inputs and outputs mean.
    let encoding: DataEncoding
    /// The column that it learned; nil for pictures.
    let targetColumn: String?

    init(loading path: String) throws {
      let loaded = try ModelFile.load(path)
      (self.path, network, encoding) = (path, loaded.network, loaded.encoding)
      targetColumn = loaded.metadata["target_column"]
    }
  }

  /// In the order in which they were typed.
  let members: [Member]

  /// Loads models.
  ///
  /// - Precondition: at least one path.
  /// - Throws: `FileError`; `CommandFailure` (65) for a model with another number of outputs than the first.
  init(loading paths: [String]) throws {
    members = try paths.map(Member.init)
    for member in members where member.network.topology.outputSize != outputSize {
      throw CommandFailure(
        .badData,
        "\(member.path): cannot be averaged with \(members[0].path) (expected \(outputSize) outputs, "
          + "found \(member.network.topology.outputSize))")
    }
    let first = members[0].encoding
    for member in members
    where member.encoding.features?.columns != first.features?.columns || !member.hasTargets(of: first) {
      throw CommandFailure(
        .badData,
        "\(member.path): cannot be averaged with \(members[0].path) (expected a model of the same columns and "
          + "target, found another)")
    }
  }

  /// How the data of the members is read.
  ///
  /// - Parameter target: the column that was typed; nil takes what the model learned.
  func tableOptions(target: String?) -> TableOptions {
    var options = members[0].encoding.tableOptions(target: members[0].targetColumn)
    options.target = target
    return options
  }

  /// Whether the members read tables, not pictures.
  var isOfTables: Bool { members[0].encoding.features != nil }

  var outputSize: Int { members[0].network.topology.outputSize }

  /// The cost that all members have; nil where they differ, for then the mean of their outputs has none.
  var cost: Cost? {
    let cost = members[0].network.cost
    return members.allSatisfy { $0.network.cost == cost } ? cost : nil
  }

  /// What the members make of a data set.
  struct Answer<Metrics> {
    /// The metrics of the mean outputs.
    let metrics: Metrics
    /// Their mean cost; nil where the members' costs differ.
    let cost: Double?
    /// The metrics of each member alone.
    let memberMetrics: [Metrics]
    /// How long the members took to feed the samples forward.
    let elapsed: Duration
  }

  /// Measures the members on `data`, alone and together.
  ///
  /// Shapes: `labels` [n], the data's own.
  func evaluate(
    _ data: Dataset, labels: [UInt16], threads: Int?
  ) throws -> Answer<ClassificationMetrics> {
    var mean = MeanOutputs()
    var memberMetrics: [ClassificationMetrics] = []
    var elapsed = Duration.zero
    for member in members {
      let outputs = try member.outputs(
        of: data.encoded(by: member.encoding(for: data)), threads: threads, &elapsed)
      do throws(NablaError) {
        memberMetrics.append(
          try ClassificationMetrics(outputs: outputs.span, labels: labels.span, classCount: outputSize))
      } catch {
        throw CommandFailure(.badData, "\(member.path): cannot be measured: \(error)")
      }
      mean.add(outputs)
    }
    let outputs = mean.mean()
    return Answer(
      metrics: members.count == 1
        ? memberMetrics[0]
        : try ClassificationMetrics(outputs: outputs.span, labels: labels.span, classCount: outputSize),
      cost: cost?.mean(of: outputs.span, labels: labels.span), memberMetrics: memberMetrics,
      elapsed: elapsed)
  }

  /// Measures the members on `data`, whose targets are real numbers, alone and together.
  func evaluateRegression(_ data: Dataset, threads: Int?) throws -> Answer<RegressionMetrics> {
    let targets = (0..<data.count).flatMap { data.values(at: $0) }
    func metrics(_ predictions: [Float]) throws -> RegressionMetrics {
      try RegressionMetrics(predictions: predictions.span, targets: targets.span, outputCount: outputSize)
    }
    var mean = MeanOutputs()
    var memberMetrics: [RegressionMetrics] = []
    var elapsed = Duration.zero
    for member in members {
      let outputs = try member.outputs(of: data.encoded(by: member.encoding), threads: threads, &elapsed)
      let predictions = member.encoding.decoded(outputs)
      memberMetrics.append(try metrics(predictions))
      mean.add(predictions)
    }
    let together = members.count == 1 ? memberMetrics[0] : try metrics(mean.mean())
    return Answer(metrics: together, cost: nil, memberMetrics: memberMetrics, elapsed: elapsed)
  }
}

extension Ensemble.Member {
  /// Feeds `data` forward, and adds how long that took.
  fileprivate func outputs(of data: Dataset, threads: Int?, _ elapsed: inout Duration) throws -> [Float] {
    let clock = ContinuousClock()
    let start = clock.now
    defer { elapsed += clock.now - start }
    return try network.outputs(of: data, threads: threads)
  }

  /// Whether its outputs mean what those of `other` mean.
  func hasTargets(of other: DataEncoding) -> Bool {
    switch (encoding.target, other.target) {
    case (.classes(let own), .classes(let others)): own == others
    case (.values(let own), .values(let others)): own.map(\.name) == others.map(\.name)
    default: false
    }
  }

  /// Its encoding, or that of pictures with numbered classes for a model that tells nothing.
  fileprivate func encoding(for data: Dataset) -> DataEncoding {
    encoding.features == nil ? data.encoding : encoding
  }
}

extension DataEncoding {
  /// How a table is read for a model with this encoding.
  ///
  /// - Parameter target: the column that it learned, where its file tells.
  func tableOptions(target column: String?) -> TableOptions {
    var options = TableOptions()
    guard let features else { return options }
    options.columns = features.columns
    options.task = isRegression ? .regression : .classification
    options.formerTarget = column
    if case .classes(let names) = target { options.classNames = names }
    return options
  }
}
