import Foundation
import Nabla
import NablaFormats

/// What a run tells people (stderr) and programs (stdout).
struct TrainingReport {
  let command: TrainCommand
  let sets: TrainingSets
  let session: TrainingSession
  private var bar: ProgressTicker?
  private var estimate: RunEstimate?

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
      estimate = RunEstimate(
        epochsBefore: start.epochsDone, epochs: configuration.epochs, samples: sets.training.count)
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

  /// Bars of the sparkline beside the progress.
  private static let sparklineWidth = 16

  /// Shows how far the epoch is, how long the run still takes, and how the cost went so far.
  private mutating func beginBar(epoch: Int) {
    guard epoch <= configuration.epochs else { return }
    let bar = ProgressBar(
      "Epoch \(epoch)/\(configuration.epochs)", unit: "samples", enabled: !output.quiet)
    let (progress, estimate, total) = (session.progress, estimate, sets.training.count)
    let costs = session.history.map(\.report.trainingCost)
    let sparkline = costs.count > 1 ? Sparkline.text(costs, width: Self.sparklineWidth) : nil
    self.bar = ProgressTicker(bar) { bar in
      let done = progress.samplesDone
      let words = [
        estimate?.timeLeft(epoch: epoch, samplesDone: done), sparkline,
        "\(done.grouped) / \(total.grouped) samples",
      ]
      bar.update(fraction: Double(min(done, total)) / Double(max(total, 1)), words: words.compactMap(\.self))
    }
  }

  /// Wipes the bar.
  mutating func endBar() {
    bar?.finish()
    bar = nil
  }

  private func sayStart(_ start: TrainingStart) {
    for note in sets.notes { say(note) }
    let topology = session.network.topology
    var threads = start.threads == 1 ? "1 thread" : "\(start.threads) threads"
    if Cluster.size > 1 { threads = "\(Cluster.size) ranks with \(threads) each" }
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
    var start = "Epoch \(number):"
    if let errors = epoch.test?.errors {
      start += " RMSE \(errors.rmse.short)" + (errors.r2.map { "   R² \($0.fixed(3))" } ?? "")
    } else if let test = epoch.test {
      let total = String(test.total)
      start += " \(String(test.correct).padded(to: total.count, right: true)) / \(total)"
    }
    var parts = [start]
    if let errors = epoch.validation?.errors {
      parts.append("validation \(errors.rmse.short)")
    } else if let validation = epoch.validation {
      let cost = configuration.patienceMeasure == .cost ? ", cost \(validation.cost.fixed(4))" : ""
      parts.append("validation \(validation.accuracy.percent)\(cost)")
    }
    parts.append("cost \(epoch.report.trainingCost.fixed(4))")
    let speed = epoch.report.samplesPerSecond
    if showsLearningRate {
      // Shorter, so that most lines keep to 80 characters.
      parts.append("η \(String(format: "%.2g", Double(epoch.learningRate)).padded(to: 7))")
      parts.append("\(String(Int((speed / 1000).rounded())).padded(to: 4, right: true)) k/s")
    } else {
      parts.append("\(Int(speed.rounded()).grouped.padded(to: 9, right: true)) samples/s")
    }
    let terminal = Terminal.output
    guard terminal.isInteractive else { return parts.joined(separator: "   ") }
    return fitted(parts, mark: isBestSoFar(epoch) ? " ▲" : "", width: terminal.width)
  }

  /// As many of the parts as fit, the first ones, and the mark of the best epoch so far.
  private func fitted(_ parts: [String], mark: String, width: Int) -> String {
    for count in stride(from: parts.count, to: 1, by: -1) {
      let line = parts.prefix(count).joined(separator: "   ") + mark
      if line.count <= width { return line }
    }
    return (parts[0] + mark).cut(to: max(width, 1))
  }

  /// Whether no epoch so far was better on the validation set; without one, on the test set.
  private func isBestSoFar(_ epoch: EpochResult) -> Bool {
    if epoch.validation != nil { return epoch.isBest }
    guard let test = epoch.test else { return false }
    return session.history.allSatisfy { earlier in
      guard earlier.epoch < epoch.epoch, let other = earlier.test else { return true }
      if let errors = test.errors { return errors.rmse < (other.errors?.rmse ?? .infinity) }
      return test.accuracy > other.accuracy
    }
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
