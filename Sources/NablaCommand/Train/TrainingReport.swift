import Foundation
import Nabla
import NablaFormats

/// What a run tells people (stderr) and programs (stdout).
struct TrainingReport {
  let command: TrainCommand
  let plan: TrainingPlan
  let sets: TrainingSets
  let trainer: Trainer

  /// Messages go to people; `--quiet` keeps them away.
  private func say(_ line: String) {
    if !command.quiet { Console.message(line) }
  }

  // MARK: Before

  func start() {
    for note in sets.notes { say(note) }
    let topology = trainer.network.topology
    let threads = trainer.threads == 1 ? "1 thread" : "\(trainer.threads) threads"
    var settings =
      "\(plan.cost.rawValue) cost, η = \(plan.usedLearningRate), mini-batches of \(plan.miniBatchSize)"
    if plan.regularization > 0 { settings += ", λ = \(plan.regularization)" }
    say(
      "Network \(topology): \(topology.parameterCount.grouped) parameters on \(threads), "
        + "\(InstructionSet.current.rawValue)")
    say("Training: \(settings)\n")
  }

  // MARK: Epochs

  func epoch(_ epoch: TrainingHistory.Epoch) throws {
    try Console.print(command.json ? json(epoch).description : line(epoch))
  }

  private func line(_ epoch: TrainingHistory.Epoch) -> String {
    let number = String(epoch.report.epoch).padded(to: String(plan.epochs).count, right: true)
    var line = "Epoch \(number): \(score(epoch.test))"
    if let validation = epoch.validation { line += "   validation \(score(validation))" }
    let speed = Int(epoch.report.samplesPerSecond.rounded()).grouped.padded(to: 9, right: true)
    return line + "   cost \(epoch.report.trainingCost.fixed(4))   \(speed) samples/s"
  }

  private func score(_ evaluation: Evaluation) -> String {
    let total = String(evaluation.total)
    return "\(String(evaluation.correct).padded(to: total.count, right: true)) / \(total)"
  }

  private func json(_ epoch: TrainingHistory.Epoch) -> JSON {
    var members: [(String, JSON)] = [
      ("epoch", .integer(epoch.report.epoch)),
      ("training_cost", .number(epoch.report.trainingCost)),
      ("test_correct", .integer(epoch.test.correct)),
      ("test_total", .integer(epoch.test.total)),
      ("test_accuracy", .number(epoch.test.accuracy)),
    ]
    if let validation = epoch.validation {
      members += [
        ("validation_correct", .integer(validation.correct)),
        ("validation_total", .integer(validation.total)),
        ("validation_accuracy", .number(validation.accuracy)),
      ]
    }
    members += [
      ("seconds", .number(epoch.report.seconds)),
      ("samples_per_second", .number(epoch.report.samplesPerSecond)),
    ]
    return .object(members)
  }

  // MARK: After

  func end(_ history: TrainingHistory, stopped: Bool) throws {
    if command.json { try Console.print(json(history, stopped: stopped).description) }
    if stopped {
      sayStopped(history)
      return
    }
    if let best = history.best { sayBest(best, history) }
    if !command.json { showExamples() }
    sayWhere()
  }

  private func json(_ history: TrainingHistory, stopped: Bool) -> JSON {
    var members: [(String, JSON)] = [
      ("finished", .bool(!stopped)),
      ("best_epoch", history.best.map { .integer($0.report.epoch) } ?? .null),
      ("best_test_accuracy", history.best.map { .number($0.test.accuracy) } ?? .null),
    ]
    if sets.validation != nil {
      members.append(("best_validation_accuracy", history.bestValidationAccuracy.map(JSON.number) ?? .null))
    }
    if let published = command.preset?.published {
      members += [("book_accuracy", .number(published.accuracy)), ("book_set", .string(published.set))]
    }
    return .object(
      members + [
        ("model", .string(command.output)),
        ("parameters_sha256", .string(ModelFile.parametersSHA256(of: trainer.network))),
      ])
  }

  private func sayStopped(_ history: TrainingHistory) {
    if let part = history.partOfEpoch {
      say(
        "Stopped in epoch \(part.epoch), after \(part.samples.grouped) of "
          + "\(sets.training.count.grouped) samples"
      )
    } else {
      say("Stopped after \(history.count) \(history.count == 1 ? "epoch" : "epochs")")
    }
    say("Saved \(command.output)")
  }

  private func sayBest(_ best: TrainingHistory.Epoch, _ history: TrainingHistory) {
    say("\nBest epoch: \(best.report.epoch), \(best.test.accuracy.percent) of the test set")
    guard let published = command.preset?.published else { return }
    let ours = published.isValidation ? history.bestValidationAccuracy : best.test.accuracy
    say(
      "The book, \(published.chapter): \(published.accuracy.percent) of its \(published.set) set; here: "
        + (ours?.percent ?? "no \(published.set) set"))
  }

  private func sayWhere() {
    let model = shellQuoted(command.output)
    say("\nSaved \(command.output)")
    say("Next:  nabla predict \(model) picture.png")
    say("       nabla explain \(model) --data \(shellQuoted(command.data)) --index 0")
  }

  /// Shows how the network reads the first digits of the test set, side by side.
  private func showExamples() {
    guard !command.quiet else { return }
    let indices = Array(0..<min(5, sets.test.count))
    let wide = sets.test.imageShape.columns
    let room = Terminal.error.width
    let compact = indices.count * (wide + 2) - 2 > room
    let cards = indices.compactMap { index -> Card? in
      guard let confidences = try? trainer.network.feedforward(sets.test.image(at: index)) else { return nil }
      return Card(
        sets.test.picture(at: index), confidences, label: sets.test.label(at: index), compact: compact,
        on: .error)
    }
    guard let width = cards.map(\.width).max() else { return }
    say("")
    let columns = max(1, (room + 2) / (width + 2))
    for start in stride(from: 0, to: cards.count, by: columns) {
      for line in Card.sideBySide(Array(cards[start..<min(start + columns, cards.count)])) { say(line) }
    }
  }
}

/// Returns `text` as a shell reads it back.
func shellQuoted(_ text: String) -> String {
  let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:,+=@".contains($0)) }
  return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
