import Nabla
import NablaReaders

/// The seconds of a run by phase, layer and thread.
struct ProfileTable {
  private struct Row {
    let phase: String
    let layer: Int?
    /// Of each thread; what the run does by itself is its first thread's.
    let seconds: [Double]
  }

  /// Threads that get a column each; of more there are the least, mean and most.
  private static let mostColumns = 4

  private let rows: [Row]
  /// From the run's first mini-batch until now.
  private let total: Double
  private let members: Int
  private let interval: Int

  init(_ profile: TrainingProfile) {
    members = profile.members
    interval = profile.interval
    total = Double(profile.now - profile.start) * 1e-9
    let members = members
    func alone(_ seconds: Double) -> [Double] { [seconds] + [Double](repeating: 0, count: members - 1) }
    var rows: [Row] = []
    for phase in TrainingPhase.allCases {
      for layer in 0..<(phase.hasLayers ? profile.layers : 1) {
        // No error comes from the first layer.
        if phase == .backpropagate, layer == 0 { continue }
        rows.append(
          Row(
            phase: phase.name, layer: phase.hasLayers ? layer : nil,
            seconds: (0..<members).map { profile.seconds(phase, layer: layer, member: $0) }))
      }
    }
    for phase in TrainingProfile.RunPhase.allCases where phase != .miniBatches {
      let seconds = profile.seconds(phase)
      if seconds > 0 { rows.append(Row(phase: phase.rawValue, layer: nil, seconds: alone(seconds))) }
    }
    let measured = TrainingProfile.RunPhase.allCases.reduce(0) { $0 + profile.seconds($1) }
    rows.append(Row(phase: "anything else", layer: nil, seconds: alone(max(0, total - measured))))
    if members > 1 {
      let busy = (1..<members).map { member in rows.reduce(0) { $0 + $1.seconds[member] } }
      rows.append(
        Row(
          phase: "not in the team", layer: nil, seconds: [0] + busy.map { [total] in max(0, total - $0) }))
    }
    self.rows = rows
  }

  // MARK: For people

  private static let labelWidth = 24
  private static let columnWidth = 11

  var lines: [String] {
    let threads = members == 1 ? "1 thread" : "\(members) threads"
    let which =
      interval == 1 ? "every mini-batch was measured" : "one of \(interval) mini-batches was measured"
    let names =
      members <= Self.mostColumns
      ? (1...members).map { "thread \($0)" } : ["least", "mean", "most"]
    let header =
      "".padded(to: Self.labelWidth)
      + (names + ["share"]).map { $0.padded(to: Self.columnWidth, right: true) }.joined()
    return ["Where \(text(total)) went (\(threads); \(which)):", header] + rows.map(line)
  }

  private func line(_ row: Row) -> String {
    let label = row.phase + (row.layer.map { ", layer \($0)" } ?? "")
    let sum = row.seconds.reduce(0, +)
    var columns = row.seconds
    if members > Self.mostColumns {
      columns = [row.seconds.min() ?? 0, sum / Double(members), row.seconds.max() ?? 0]
    }
    let share = total > 0 ? sum / (Double(members) * total) : 0
    return label.padded(to: Self.labelWidth)
      + (columns.map(text) + ["\((100 * share).fixed(1))%"])
      .map { $0.padded(to: Self.columnWidth, right: true) }.joined()
  }

  private func text(_ seconds: Double) -> String {
    total < 10 ? "\((1000 * seconds).fixed(1)) ms" : "\(seconds.fixed(2)) s"
  }

  // MARK: For programs

  /// {"seconds":...,"threads":...,"phases":[{"phase":...,"layer":...,"seconds":[...]},...]}
  var json: JSON {
    .object([
      ("seconds", .number(total)), ("threads", .integer(members)),
      (
        "phases",
        .array(
          rows.map { row in
            .object(
              [("phase", .string(row.phase))] + (row.layer.map { [("layer", .integer($0))] } ?? [])
                + [("seconds", .array(row.seconds.map(JSON.number)))])
          })
      ),
    ])
  }
}
