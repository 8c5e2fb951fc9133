import Foundation
import Nabla
import NablaFormats

/// The samples of a run: to train on, to measure on, and what to call them.
struct TrainingSets {
  var training: Dataset
  var test: Dataset
  var validation: Dataset?
  /// Where the validation set comes from, for the model's metadata; nil without one.
  private(set) var validationSource: String?
  /// Outputs of the network that is to learn from the samples; every label is below it.
  let outputSize: Int
  /// What people should know about where the samples come from, a line each.
  var notes: [String]

  /// The book keeps the last 10,000 of MNIST's 60,000 training samples for validation.
  private static let bookSplit = (total: 60_000, heldOut: 10_000)

  /// Loads the data and divides it: test set, validation set, then the limit.
  ///
  /// - Parameters:
  ///   - experiment: the preset's, whose split and limit are used where none was typed.
  ///   - seed: draws the validation set.
  init(_ options: TrainingDataOptions, _ experiment: Experiment?, classCount: Int?, seed: UInt64, quiet: Bool)
    throws
  {
    let maxBytes = options.maxBytes ?? ReadingLimits.defaultMaxBytes
    let data = try DataLoading.load(options.data, classCount: classCount, maxBytes: maxBytes, quiet: quiet)
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
          "\(options.data): has too few samples to hold some out as a test set (expected 6 or more, "
            + "found \(training.count))")
      }
      test = training[training.count - held..<training.count]
      training = training[0..<training.count - held]
      notes.append("No test set: the last \(held.grouped) samples are held out as one")
    }
    if let validation = options.validation {
      try hold(out: validation, seed: seed, maxBytes: maxBytes, quiet: quiet)
    } else if experiment != nil, training.count == Self.bookSplit.total {
      holdOutLast(Self.bookSplit.heldOut)
    }
    try limit(options.limit, experiment?.limit)
  }

  /// Keeps the first samples only: as many as were typed, or as the preset says.
  private mutating func limit(_ typed: Int?, _ preset: Int?) throws {
    if let typed, typed > training.count {
      throw CommandFailure(.usage, "--limit: expected 1 to \(training.count), found '\(typed)'")
    }
    guard let limit = typed ?? preset, limit < training.count || typed != nil else { return }
    training = training[0..<limit]
    notes.append("Training on the first \(limit.grouped) samples")
  }

  /// Takes the validation set that was typed: a number or share of samples to hold out, or a data source. What
  /// exists is a data source, whatever it is called.
  private mutating func hold(out text: String, seed: UInt64, maxBytes: Int, quiet: Bool) throws {
    let looksLikeNumber =
      (text.first.map { "+-.0123456789".contains($0) } ?? true)
      && !text.contains("/") && !FileManager.default.fileExists(atPath: text)
    if looksLikeNumber {
      try holdOut(text, seed: seed)
      return
    }
    let data = try DataLoading.load(
      text, option: "--validation", classCount: outputSize, maxBytes: maxBytes, quiet: quiet)
    let samples = data.test ?? data.training
    guard samples.inputSize == training.inputSize else {
      throw CommandFailure(
        .badData,
        "\(text): has pictures of another size (expected \(training.imageShape.text), "
          + "found \(samples.imageShape.text))")
    }
    validation = samples
    validationSource = text
    notes.append("Validation set \(text): \(samples.count.grouped) samples")
  }

  /// Holds out a number or a share of the training samples, each class in its share.
  private mutating func holdOut(_ text: String, seed: UInt64) throws {
    let most = training.count - 1
    var count: Int?
    if let share = OptionValue.percentage(text) {
      count = min(max(1, Int((share * Double(training.count)).rounded())), most)
    } else {
      count = try? OptionValue.wholeNumber(1...max(1, most))(text)
    }
    guard most > 0, let count else {
      throw CommandFailure(
        .usage,
        "--validation: expected 1 to \(most) samples, a share such as 15%, or a folder, found '\(text)'")
    }
    let parts = try training.holdingOut(count, seed: seed)
    training = parts.rest
    validation = parts.heldOut
    validationSource = text
    notes.append(
      "\(count.grouped) training samples are held out as validation set, each class in its share")
  }

  private mutating func holdOutLast(_ count: Int) {
    validation = training[training.count - count..<training.count]
    training = training[0..<training.count - count]
    validationSource = "last \(count)"
    notes.append(
      "The last \(count.grouped) training samples are held out as validation set, as in the book")
  }
}
