import Foundation
import Nabla
import NablaFormats

/// What a run tells people (stderr) and programs (stdout).
struct TrainingReport {
  let command: TrainCommand
  let sets: TrainingSets
  let session: TrainingSession
  private var bar: ProgressTicker?

  init(command: TrainCommand, sets: TrainingSets, session: TrainingSession) {
    (self.command, self.sets, self.session) = (command, sets, session)
  }

  var output: OutputOptions { command.outputOptions }
  private var configuration: TrainingConfiguration { session.configuration }

  /// Messages go to people; `--quiet` keeps them away.
  func say(_ line: String) {
    if !output.quiet { Console.message(line) }
  }

  // MARK: While it runs

  /// Tells what happens.
  mutating func show(_ event: TrainingEvent) throws {
    if case .checkpoint = event { return }
    endBar()
    switch event {
    case .started(let start):
      sayStart(start)
      beginBar(epoch: start.epochsDone + 1)
    case .epochFinished(let epoch):
      if output.json {
        try Console.print(json(epoch).description)
      } else if shows(epoch) {
        try Console.print(line(epoch))
      }
      beginBar(epoch: epoch.epoch + 1)
    case .warning(let warning):
      let advice = TrainingAdvice(
        warning, configuration,
        measuredOn: sets.validation != nil ? "validation" : command.testTime == .epoch ? "test" : "training")
      say(advice.line)
      if output.json { try Console.print(advice.json.description) }
      beginBar(epoch: warning.epoch + 1)
    case .checkpoint: break
    case .finished:
      // The end of patience may come at any epoch.
      if !output.json, let last = session.history.last, !shows(last) { try Console.print(line(last)) }
    }
  }

  /// Tells what went wrong beside the training, also if nothing else is to be told.
  mutating func show(warnings: [String]) {
    guard !warnings.isEmpty else { return }
    let wasDrawn = bar != nil
    endBar()
    for line in warnings { Console.message("nabla: warning: \(line.onOneLine)") }
    if wasDrawn { beginBar(epoch: session.history.count + 1) }
  }

  /// Shows how far the epoch is.
  private mutating func beginBar(epoch: Int) {
    guard epoch <= configuration.epochs else { return }
    let bar = ProgressBar("Epoch \(epoch)", unit: "samples", enabled: !output.quiet)
    let progress = session.progress
    self.bar = ProgressTicker(bar, total: sets.training.count) { progress.samplesDone }
  }

  /// Wipes the bar.
  mutating func endBar() {
    bar?.finish()
    bar = nil
  }

  private func sayStart(_ start: TrainingStart) {
    for note in sets.notes { say(note) }
    let topology = session.network.topology
    let threads = start.threads == 1 ? "1 thread" : "\(start.threads) threads"
    let activations = Activation.text(of: topology.activations).map {
      " (\($0.replacing(",", with: ", ")))"
    }
    say(
      "Network \(topology)\(activations ?? ""): \(topology.parameterCount.grouped) parameters on \(threads), "
        + "\(InstructionSet.current.rawValue)")
    for line in start.configuration.inWords.listed(after: "Training:") { say(line) }
    say("")
  }

  // MARK: Epochs

  /// Epochs up to which people see every line; of more they see some twenty.
  private static let mostLines = 60

  /// Whether people see the epoch's line: in a long run every so many epochs, and the last.
  private func shows(_ epoch: EpochResult) -> Bool {
    let epochs = configuration.epochs
    guard epochs > Self.mostLines else { return true }
    return epoch.epoch == 1 || epoch.epoch == epochs || epoch.epoch % (epochs / (Self.mostLines / 3)) == 0
  }

  private var showsLearningRate: Bool { configuration.schedule != .constant }

  private func line(_ epoch: EpochResult) -> String {
    let number = String(epoch.epoch).padded(to: String(configuration.epochs).count, right: true)
    var line = "Epoch \(number):"
    if let errors = epoch.test?.errors {
      line += " RMSE \(errors.rmse.short)" + (errors.r2.map { "   R² \($0.fixed(3))" } ?? "")
    } else if let test = epoch.test {
      let total = String(test.total)
      line += " \(String(test.correct).padded(to: total.count, right: true)) / \(total)"
    }
    if let errors = epoch.validation?.errors {
      line += "   validation \(errors.rmse.short)"
    } else if let validation = epoch.validation {
      line += "   validation \(validation.accuracy.percent)"
      if configuration.patienceMeasure == .cost { line += ", cost \(validation.cost.fixed(4))" }
    }
    line += "   cost \(epoch.report.trainingCost.fixed(4))"
    let speed = epoch.report.samplesPerSecond
    if showsLearningRate {
      // Shorter, so that most lines keep to 80 characters.
      let rate = String(format: "%.2g", Double(epoch.learningRate)).padded(to: 7)
      return line + "   η \(rate)   \(String(Int((speed / 1000).rounded())).padded(to: 4, right: true)) k/s"
    }
    return line + "   \(Int(speed.rounded()).grouped.padded(to: 9, right: true)) samples/s"
  }

  /// What programs are told of the measures on a set.
  static func members(of evaluation: Evaluation, _ set: String) -> [(String, JSON)] {
    if let errors = evaluation.errors {
      return [
        ("\(set)_rmse", .number(errors.rmse)), ("\(set)_mae", .number(errors.mae)),
        ("\(set)_r2", errors.r2.map { .number($0) } ?? .null),
        ("\(set)_total", .integer(evaluation.total)),
      ]
    }
    return [
      ("\(set)_correct", .integer(evaluation.correct)), ("\(set)_total", .integer(evaluation.total)),
      ("\(set)_accuracy", .number(evaluation.accuracy)),
    ]
  }

  private func json(_ epoch: EpochResult) -> JSON {
    var members: [(String, JSON)] = [
      ("epoch", .integer(epoch.epoch)), ("training_cost", .number(epoch.report.trainingCost)),
    ]
    for (name, evaluation) in [("test", epoch.test), ("validation", epoch.validation)] {
      if let evaluation { members += Self.members(of: evaluation, name) }
    }
    if let validation = epoch.validation { members.append(("validation_cost", .number(validation.cost))) }
    if showsLearningRate { members.append(("learning_rate", .number(epoch.learningRate))) }
    members += [
      ("seconds", .number(epoch.report.seconds)),
      ("samples_per_second", .number(epoch.report.samplesPerSecond)),
    ]
    return .object(members)
  }
}
