import Nabla
import NablaFormats

/// What a trial gave: a line of the results.
struct TrialResult: Sendable {
  enum Outcome: Sendable {
    /// - Parameters:
    ///   - epochs: trained so far.
    ///   - keptEpoch: the one that was measured.
    case measured([Measure], epochs: Int, keptEpoch: Int)
    case failed(String)
  }

  /// From 1.
  let trial: Int
  /// Which part of the epochs it was trained for, from 1; nil without halving.
  let round: Int?
  /// The options that were tried, in the order of the search.
  let options: [String]
  let values: [String]
  let outcome: Outcome
  let seconds: Double

  var measures: [Measure]? { if case .measured(let measures, _, _) = outcome { measures } else { nil } }

  /// The number that trials are compared by; nil if it failed.
  func value(of kind: Measure.Kind) -> Double? { measures?.first { $0.kind == kind }?.value }

  /// Whether it is better than `other`: the earlier trial where both are equal.
  func isBetter(than other: TrialResult, by kind: Measure.Kind) -> Bool {
    switch (value(of: kind), other.value(of: kind)) {
    case (let value?, let value2?):
      value == value2 ? trial < other.trial : kind.isBetter(value, than: value2)
    case (.some, nil): true
    case (nil, .some): false
    case (nil, nil): trial < other.trial
    }
  }

  /// Whether it stands before `other` in a table: the one that was trained for more parts of its epochs, then the
  /// better one.
  func isAhead(of other: TrialResult, by kind: Measure.Kind) -> Bool {
    round == other.round ? isBetter(than: other, by: kind) : (round ?? 0) > (other.round ?? 0)
  }

  /// "learning-rate=0.5 layers=784,30,10".
  var optionText: String { zip(options, values).map { "\($0)=\($1)" }.joined(separator: " ") }

  var json: JSON {
    var members: [(String, JSON)] = [("trial", .integer(trial))]
    if let round { members.append(("round", .integer(round))) }
    members.append(("options", optionJSON))
    switch outcome {
    case .failed(let message): members.append(("failed", .string(message)))
    case .measured(let measures, let epochs, let keptEpoch):
      members += [("epochs", .integer(epochs)), ("kept_epoch", .integer(keptEpoch))]
      members += measures.map { ("validation_\($0.kind.rawValue)", .number($0.value)) }
    }
    return .object(members + [("seconds", .number(seconds))])
  }

  var optionJSON: JSON { .object(zip(options, values).map { ($0, .string($1)) }) }
}

extension TrialResult {
  /// Reads what `json` writes; nil for anything else.
  init?(_ value: JSONValue) {
    guard let trial = value["trial"]?.wholeNumber, case .object(let options)? = value["options"],
      case .number(let secondsText)? = value["seconds"], let seconds = Double(secondsText)
    else { return nil }
    self.trial = trial
    round = value["round"]?.wholeNumber
    self.options = options.map(\.name)
    values = options.compactMap { if case .string(let text) = $0.value { text } else { nil } }
    self.seconds = seconds
    guard values.count == options.count else { return nil }
    if case .string(let message)? = value["failed"] {
      outcome = .failed(message)
      return
    }
    guard let epochs = value["epochs"]?.wholeNumber, let keptEpoch = value["kept_epoch"]?.wholeNumber,
      case .object(let members) = value
    else { return nil }
    let measures = members.compactMap { member -> Measure? in
      guard member.name.hasPrefix("validation_"),
        let kind = Measure.Kind(rawValue: String(member.name.dropFirst(11)))
      else { return nil }
      switch member.value {
      case .number(let text): return Double(text).map { Measure(kind, $0) }
      // NaN and infinity are written so.
      case .null: return Measure(kind, .nan)
      default: return nil
      }
    }
    guard !measures.isEmpty else { return nil }
    outcome = .measured(measures, epochs: epochs, keptEpoch: keptEpoch)
  }
}

extension JSONValue {
  /// The member of this name; nil if it is no object, or has none.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }
}
