import Nabla

/// One number that tells how well a network does, as `cross-validate` and `sweep` print it.
struct Measure: Hashable, Sendable {
  /// What is measured; the raw value is its key in JSON.
  enum Kind: String, Sendable {
    case accuracy, cost, rmse, mae, r2
    case macroF1 = "macro_f1"
    case logLoss = "log_loss"
    case rocAUC = "roc_auc"
    case calibrationError = "calibration_error"

    /// Its name in a table.
    var name: String {
      switch self {
      case .accuracy, .cost: rawValue
      case .macroF1: "F1"
      case .logLoss: "log-loss"
      case .rocAUC: "ROC AUC"
      case .calibrationError: "calibration"
      case .rmse, .mae: rawValue.uppercased()
      case .r2: "R²"
      }
    }

    /// A value for a table.
    func text(_ value: Double) -> String { self == .accuracy ? value.percent : value.short }

    /// Whether `value` is better than `other`.
    func isBetter(_ value: Double, than other: Double) -> Bool {
      switch self {
      case .accuracy, .r2, .macroF1, .rocAUC: value > other
      case .cost, .rmse, .mae, .logLoss, .calibrationError: value < other
      }
    }

    /// Whether people see it in a line of 80 columns; JSON has all.
    var isShown: Bool { self != .logLoss && self != .calibrationError }
  }

  let kind: Kind
  let value: Double

  init(_ kind: Kind, _ value: Double) { (self.kind, self.value) = (kind, value) }

  /// The number for a table.
  var text: String { kind.text(value) }
}

extension Evaluation {
  /// The measures in the order in which they are printed: the place to add one.
  var measures: [Measure] {
    if let errors {
      let r2 = errors.r2.map { [Measure(.r2, $0)] } ?? []
      return [Measure(.rmse, errors.rmse), Measure(.mae, errors.mae)] + r2
    }
    return [Measure(.accuracy, accuracy), Measure(.cost, cost)]
  }
}

extension ClassificationMetrics {
  /// What an `Evaluation` does not measure; what these outputs have not is left out.
  var furtherMeasures: [Measure] {
    let all: [(Measure.Kind, Double?)] = [
      (.macroF1, macro.f1), (.rocAUC, rocAUC), (.logLoss, logLoss), (.calibrationError, calibrationError),
    ]
    return all.compactMap { kind, value in value.map { Measure(kind, $0) } }
  }
}

/// What values have in common.
enum Spread {
  /// The mean, and the standard deviation with n - 1; 0 for one value.
  static func of(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, values.count > 1 ? (squares / (count - 1)).squareRoot() : 0)
  }
}
