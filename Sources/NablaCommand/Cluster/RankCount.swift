import ArgumentParser
import Nabla
import NablaCluster

/// How many ranks of a job train together.
enum RankCount: Hashable, Sendable {
  /// As few as are fastest.
  case auto
  case all
  case number(Int)
}

extension OptionValue {
  /// Reads a number of ranks.
  static func ranks(_ text: String) throws -> RankCount {
    switch text {
    case "auto": return .auto
    case "all": return .all
    default:
      guard let value = decimal(text), value > 0 else {
        throw Expectation(description: "expected 1 or more, all or auto")
      }
      return .number(value)
    }
  }
}

extension RankCost {
  /// Why so many ranks train of those that are there; nil where all do.
  ///
  /// - Parameter count: the ranks that will train.
  func reason(_ work: Work, training count: Int) -> String? {
    guard count < ranks else { return nil }
    func text(_ seconds: Double) -> String {
      seconds < 1e-3 ? "\((seconds * 1e6).short) µs" : "\((seconds * 1e3).short) ms"
    }
    let (few, all) = (seconds(work, ranks: count), seconds(work, ranks: ranks))
    let speed = all > few ? "slower" : "hardly faster"
    return
      "\(ranks) ranks would be \(speed) than \(count) for this network: \(text(all)) a mini-batch instead of \(text(few)) "
      + "(a message takes \(text(latency)), then \((bandwidth * 1e-9).short) GB/s); \(count) \(count == 1 ? "trains" : "train"). "
      + "nabla sweep uses all of them, --ranks all insists"
  }
}
