import Nabla
import NablaFormats

/// The models that are evaluated together: one, or several whose outputs are averaged.
struct Ensemble {
  /// A model file and its network.
  struct Member {
    let path: String
    let network: Network
  }

  /// In the order in which they were typed.
  let members: [Member]

  /// Loads models.
  ///
  /// - Precondition: at least one path.
  /// - Throws: `FileError`; `CommandFailure` (65) for a model with another number of outputs than the first.
  init(loading paths: [String]) throws {
    members = try paths.map { Member(path: $0, network: try ModelFile.load($0).network) }
    for member in members where member.network.topology.outputSize != outputSize {
      throw CommandFailure(
        .badData,
        "\(member.path): cannot be averaged with \(members[0].path) (expected \(outputSize) outputs, "
          + "found \(member.network.topology.outputSize))")
    }
  }

  var outputSize: Int { members[0].network.topology.outputSize }

  /// The cost that all members have; nil where they differ, for then the mean of their outputs has none.
  var cost: Cost? {
    let cost = members[0].network.cost
    return members.allSatisfy { $0.network.cost == cost } ? cost : nil
  }

  /// What the members make of a data set.
  struct Answer {
    /// The metrics of the mean outputs.
    let metrics: ClassificationMetrics
    /// Their mean cost; nil where the members' costs differ.
    let cost: Double?
    /// The metrics of each member alone.
    let memberMetrics: [ClassificationMetrics]
  }

  /// Measures the members on `data`, alone and together.
  ///
  /// Shapes: `labels` [n], the data's own.
  func evaluate(_ data: Dataset, labels: [UInt16], threads: Int?) throws -> Answer {
    var mean = MeanOutputs()
    var memberMetrics: [ClassificationMetrics] = []
    for member in members {
      let outputs = try member.network.outputs(of: data, threads: threads)
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
      cost: cost?.mean(of: outputs.span, labels: labels.span), memberMetrics: memberMetrics)
  }
}
