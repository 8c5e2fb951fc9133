import Foundation
import Nabla
import NablaFormats

/// The samples of a run: to train on, to measure on, and what to call them.
struct TrainingSets {
  var training: Dataset
  var test: Dataset
  var validation: Dataset?
  /// Outputs of the network that is to learn from the samples; every label is below it.
  let outputSize: Int
  /// What people should know about where the samples come from, a line each.
  var notes: [String]

  /// Loads the data and divides it: test set, validation set, then the limit.
  init(_ command: TrainCommand, classCount: Int?) throws {
    let maxBytes = command.maxBytes ?? ReadingLimits.defaultMaxBytes
    let data = try DataLoading.load(
      command.data, classCount: classCount, maxBytes: maxBytes, quiet: command.quiet)
    training = data.training
    outputSize = classCount ?? max(10, training.classCount)
    notes = [data.description]
    if let test = data.test {
      self.test = test
    } else {
      let held = training.count / 6
      guard held > 0 else {
        throw CommandFailure(
          .badData,
          "\(command.data): has too few samples to hold some out as a test set (expected 6 or more, "
            + "found \(training.count))")
      }
      test = training[training.count - held..<training.count]
      training = training[0..<training.count - held]
      notes.append("No test set: the last \(held.grouped) samples are held out as one")
    }
    if let validation = command.validation {
      try hold(out: validation, maxBytes: maxBytes, quiet: command.quiet)
    } else if command.preset != nil, training.count == 60_000 {
      holdOut(10_000)
    }
    if let limit = command.limit {
      guard limit <= training.count else {
        throw CommandFailure(.usage, "--limit: expected 1 to \(training.count), found '\(limit)'")
      }
      training = training[0..<limit]
      notes.append("Training on the first \(limit.grouped) samples")
    }
  }

  /// Takes the validation set that was typed: a number of samples to hold out, or a data source. What exists
  /// is a data source, whatever it is called.
  private mutating func hold(out text: String, maxBytes: Int, quiet: Bool) throws {
    let looksLikeNumber =
      (text.first.map { "+-.0123456789".contains($0) } ?? true)
      && !text.contains("/") && !FileManager.default.fileExists(atPath: text)
    if looksLikeNumber {
      guard training.count > 1, let count = try? OptionValue.wholeNumber(1...training.count - 1)(text) else {
        throw CommandFailure(
          .usage, "--validation: expected 1 to \(training.count - 1) samples or a folder, found '\(text)'")
      }
      holdOut(count)
      return
    }
    let data = try DataLoading.load(text, classCount: outputSize, maxBytes: maxBytes, quiet: quiet)
    let samples = data.test ?? data.training
    guard samples.inputSize == training.inputSize else {
      throw CommandFailure(
        .badData,
        "\(text): has pictures of another size (expected \(training.imageShape.text), "
          + "found \(samples.imageShape.text))")
    }
    validation = samples
    notes.append("Validation set \(text): \(samples.count.grouped) samples")
  }

  private mutating func holdOut(_ count: Int) {
    validation = training[training.count - count..<training.count]
    training = training[0..<training.count - count]
    notes.append("The last \(count.grouped) training samples are held out as validation set")
  }
}
