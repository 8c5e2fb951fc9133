import Foundation
import Nabla
import NablaFormats

extension TrainingReport {
  /// Tells how the run ended and which epoch's network was saved.
  ///
  /// - Parameters:
  ///   - test: what the kept network makes of the test set, where that is measured at the end alone.
  ///   - checkpoint: where a run that was stopped can go on.
  func end(
    _ summary: TrainingSummary, _ origin: ModelOrigin, test: Evaluation?, checkpoint: String?
  ) throws {
    let best = BestEpochs(session.history, summary)
    if output.json { try Console.print(json(summary, origin, best, test, checkpoint).description) }
    if summary.reason == .stopped {
      sayStopped(summary)
      say(saved(origin, best))
      if checkpoint != nil {
        say("Go on:  " + ResumeWords.commandLine(Array(CommandLine.arguments.dropFirst())))
      }
      return
    }
    sayBest(best, summary)
    sayTest(test, best)
    if !output.json, !sets.training.isTable { showExamples() }
    say("\n" + saved(origin, best))
    let (model, data) = (shellQuoted(output.output), shellQuoted(command.dataOptions.data))
    if sets.training.isTable {
      say("Next:  nabla predict \(model) \(data) --output predictions.csv")
      if let test = command.dataOptions.test, !HeldOut.isNumber(test) {
        say("       nabla evaluate \(model) --data \(shellQuoted(test)) --per-class")
      }
    } else {
      say("Next:  nabla predict \(model) picture.png")
      say("       nabla explain \(model) --data \(data) --index 0")
    }
  }

  private func json(
    _ summary: TrainingSummary, _ origin: ModelOrigin, _ best: BestEpochs, _ test: Evaluation?,
    _ checkpoint: String?
  ) -> JSON {
    var members: [(String, JSON)] = [
      ("finished", .bool(summary.reason != .stopped)),
      ("reason", .string(summary.reason.rawValue)),
      ("kept_epoch", origin.epoch.map { .integer($0.epoch) } ?? .null),
      ("best_epoch", best.epoch.map { .integer($0.epoch) } ?? .null),
    ]
    if let test {
      members += Self.members(of: test, "test")
    } else if sets.training.encoding.isRegression {
      members.append(("best_test_rmse", best.epoch?.test?.errors.map { .number($0.rmse) } ?? .null))
    } else {
      members.append(("best_test_accuracy", best.testAccuracy.map(JSON.number) ?? .null))
    }
    if sets.validation != nil, !sets.training.encoding.isRegression {
      members.append(("best_validation_accuracy", best.validationAccuracy.map(JSON.number) ?? .null))
    }
    if let published = command.runOptions.preset?.experiment.published {
      members += [
        ("published_in", .string(published.source)), ("published_accuracy", .number(published.accuracy)),
        ("published_set", .string(published.set)),
      ]
    }
    if summary.reason == .stopped {
      members.append(("checkpoint", checkpoint.map(JSON.string) ?? .null))
    }
    return .object(
      members + [
        ("model", .string(output.output)),
        ("parameters_sha256", .string(ModelFile.parametersSHA256(of: session.network))),
      ])
  }

  private func sayStopped(_ summary: TrainingSummary) {
    if summary.samplesOfPartialEpoch > 0 {
      say(
        "Stopped in epoch \(summary.epochsDone + 1), after \(summary.samplesOfPartialEpoch.grouped) of "
          + "\(sets.training.count.grouped) samples")
    } else {
      say("Stopped after \(summary.epochsDone) \(summary.epochsDone == 1 ? "epoch" : "epochs")")
    }
  }

  private func sayBest(_ best: BestEpochs, _ summary: TrainingSummary) {
    switch summary.reason {
    case .patience:
      let epochs = session.configuration.patience.map { $0 == 1 ? "1 epoch" : "\($0) epochs" } ?? ""
      say("\nEnded after epoch \(summary.epochsDone): \(epochs) without a better one")
    case .halvings: say("\nEnded after epoch \(summary.epochsDone): the learning rate is halved often enough")
    case .finished, .stopped: say("")
    }
    if let epoch = best.epoch {
      var measures: [String] = []
      for (name, evaluation) in [("validation", epoch.validation), ("test", epoch.test)] {
        guard let errors = evaluation?.errors else { continue }
        measures.append("\(Self.words(errors)) on the \(name) set")
      }
      if let validation = epoch.validation, validation.errors == nil {
        let byCost = session.configuration.patienceMeasure == .cost
        measures.append(
          "\(validation.accuracy.percent) of the validation set"
            + (byCost ? " (cost \(validation.cost.fixed(4)))" : ""))
      }
      if let test = epoch.test, test.errors == nil {
        measures.append("\(test.accuracy.percent) of the test set")
      }
      say("Best epoch: \(epoch.epoch), " + measures.joined(separator: ", "))
    }
    sayCost(best)
  }

  /// Shows how the cost went, and where the best epoch is. Programs have the numbers.
  private func sayCost(_ best: BestEpochs) {
    guard !output.json else { return }
    let mark = best.epoch.flatMap { best in
      session.history.firstIndex { $0.epoch == best.epoch }.map { (index: $0, text: "best epoch") }
    }
    let lines = Sparkline.lines(
      "Cost", session.history.map(\.report.trainingCost), mark: mark, width: Terminal.error.width)
    for line in lines { say(line) }
  }

  private static func words(_ errors: Evaluation.Errors) -> String {
    "RMSE \(errors.rmse.short)" + (errors.r2.map { ", R² \($0.fixed(3))" } ?? "")
  }

  /// Tells what the kept network makes of the test set, and what was published.
  private func sayTest(_ test: Evaluation?, _ best: BestEpochs) {
    if let errors = test?.errors {
      say("Test set, measured once: \(Self.words(errors))")
    } else if let test {
      let wrong = test.total - test.correct
      say(
        "Test set, measured once: \(test.accuracy.percent), \(wrong.grouped) of \(test.total.grouped) misread"
      )
    }
    guard let published = command.runOptions.preset?.experiment.published else { return }
    let ours = published.isValidation ? best.validationAccuracy : test?.accuracy ?? best.testAccuracy
    say(
      "\(published.source): \(published.accuracy.percent) of its \(published.set) set; here: "
        + (ours?.percent ?? "no \(published.set) set"))
  }

  /// Which file holds which epoch; the epoch is left out where nothing but the last one could be meant.
  private func saved(_ origin: ModelOrigin, _ best: BestEpochs) -> String {
    let line = "Saved \(output.output)"
    guard sets.validation != nil, let kept = origin.epoch?.epoch else { return line }
    if session.configuration.keep == .best { return "\(line): epoch \(kept), the best" }
    guard let epoch = best.epoch, epoch.epoch != kept else {
      return "\(line): epoch \(kept), the last and the best"
    }
    return "\(line): epoch \(kept), the last (--keep best saves epoch \(epoch.epoch))"
  }

  /// Shows how the network reads the first digits of the test set, side by side.
  private func showExamples() {
    guard !output.quiet else { return }
    let indices = Array(0..<min(5, sets.test.count))
    let wide = sets.test.imageShape.columns
    let room = Terminal.error.width
    let compact = indices.count * (wide + 2) - 2 > room
    let cards = indices.compactMap { index -> Card? in
      guard let confidences = try? session.network.feedforward(sets.test.image(at: index)) else { return nil }
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

/// The best of a run's epochs, by each measure.
private struct BestEpochs {
  /// The best on the validation set; without one the first of those that read the most of the test set, or have the
  /// smallest error on it; nil where no epoch was measured on either.
  let epoch: EpochResult?
  /// The largest share of the test set that an epoch read.
  let testAccuracy: Double?
  /// The largest share of the validation set that an epoch read.
  let validationAccuracy: Double?

  init(_ history: [EpochResult], _ summary: TrainingSummary) {
    testAccuracy = history.compactMap(\.test?.accuracy).max()
    validationAccuracy = history.compactMap(\.validation?.accuracy).max()
    if let number = summary.bestEpoch {
      epoch = history.first { $0.epoch == number }
    } else if history.first?.test?.errors != nil {
      epoch = history.min { ($0.test?.errors?.rmse ?? .infinity) < ($1.test?.errors?.rmse ?? .infinity) }
    } else if let best = testAccuracy {
      epoch = history.first { $0.test?.accuracy == best }
    } else {
      epoch = nil
    }
  }
}

/// Returns `text` as a shell reads it back.
func shellQuoted(_ text: String) -> String {
  let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:,+=@%".contains($0)) }
  return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
