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
  /// The table's target columns; none for pictures.
  let targetNames: [String]
  /// Outputs of the network that is to learn from the samples; every label is below it.
  let outputSize: Int
  /// What people should know about where the samples come from, a line each.
  var notes: [String]

  /// The book keeps the last 10,000 of MNIST's 60,000 training samples for validation.
  private static let bookSplit = (total: 60_000, heldOut: 10_000)

  /// Loads the data and divides it: test set, validation set, then the limit. A table is then scaled and filled as its
  /// training samples say.
  ///
  /// - Parameters:
  ///   - experiment: the preset's, whose split and limit are used where none was typed.
  ///   - seed: draws the validation set, and the test set where one is drawn.
  init(
    _ options: TrainingDataOptions, _ table: TableArguments, _ experiment: Experiment?, classCount: Int?,
    seed: UInt64, quiet: Bool
  ) throws {
    try RunMemory(options: options).check()
    let loading = Loading(
      table: table.options, maxBytes: options.source.mostBytes, quiet: quiet)
    let data = try loading.load(options.data, option: "--data", classCount: classCount)
    training = data.training
    targetNames = data.targetNames
    if training.isTable {
      outputSize = training.outputSize
    } else {
      try table.refuseForPictures(options.data)
      outputSize = classCount ?? max(10, training.classCount)
    }
    notes = [data.description] + data.notes
    var parts = Parts(
      training: training, targetNames: targetNames, outputSize: outputSize, seed: seed, loading: loading)
    if let text = options.test {
      (test, _) = try parts.take(text, as: .test, &notes)
    } else if let own = data.test {
      test = own
    } else {
      test = try parts.holdOutTest(from: options.data, &notes)
    }
    training = parts.training
    if let text = options.validation {
      (validation, validationSource) = try parts.take(text, as: .validation, &notes)
      training = parts.training
    } else if experiment?.holdsOut == true, training.count == Self.bookSplit.total {
      holdOutLast(Self.bookSplit.heldOut)
    }
    try limit(options.limit, experiment?.limit)
    if training.isTable { try encode(scaling: table.scale ?? .standard) }
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

  private mutating func holdOutLast(_ count: Int) {
    validation = training[training.count - count..<training.count]
    training = training[0..<training.count - count]
    validationSource = "last \(count)"
    notes.append(
      "The last \(count.grouped) training samples are held out as validation set")
  }

  /// Scales and fills all parts as the training part says; may be called again.
  mutating func encode(scaling: FeatureEncoding.Scaling) throws {
    let encoding = try training.learnedEncoding(scaling: scaling)
    let missing = training.missingCounts
    training = try training.encoded(by: encoding)
    test = try test.encoded(by: encoding)
    validation = try validation?.encoded(by: encoding)
    let filled = missing.reduce(0, +)
    guard filled > 0 else { return }
    let columns = missing.count { $0 > 0 }
    notes.append(
      "\(filled.grouped) missing \(filled == 1 ? "cell" : "cells") in \(columns) "
        + "\(columns == 1 ? "column" : "columns") of the training samples: filled with the median, or the most "
        + "frequent word")
  }
}

extension TrainingSets {
  /// Saves a network that was trained on them.
  func saveModel(_ network: Network, to path: String, _ metadata: [String: String]) throws(FileError) {
    // One row is what a line of CSV has that is no square: it tells nothing of the pictures.
    let shape = training.isTable || training.imageShape.rows == 1 ? nil : training.imageShape
    try ModelFile.save(
      network, to: path, metadata: metadata, imageShape: shape, encoding: training.encoding)
  }
}

/// How many samples are held out.
enum HeldOut {
  /// Whether the word is to be a number or share, not a data source: what exists is a data source, whatever it is called.
  static func isNumber(_ text: String) -> Bool {
    (text.first.map { "+-.0123456789".contains($0) } ?? true)
      && !text.contains("/") && !FileManager.default.fileExists(atPath: text)
  }

  /// Reads a number of the `total` samples, or a share of them; at least one stays.
  ///
  /// - Parameter forms: what else is expected than a number, in words.
  static func count(
    _ text: String, of total: Int, option: String, forms: String = "a share such as 15%, or a file or folder"
  ) throws -> Int {
    let most = total - 1
    var count: Int?
    if let share = OptionValue.percentage(text) {
      count = min(max(1, Int((share * Double(total)).rounded())), most)
    } else {
      count = try? OptionValue.wholeNumber(1...max(1, most))(text)
    }
    guard most > 0 else {
      throw CommandFailure(
        .badData, "\(option): expected two samples or more to hold some out of, found \(total)")
    }
    guard let count else {
      throw CommandFailure(
        .usage,
        "\(option): expected 1 to \(most) samples, \(forms), found '\(text)'")
    }
    return count
  }
}

/// How the parts of a run's data are read.
private struct Loading {
  let table: TableOptions
  let maxBytes: Int
  let quiet: Bool

  /// - Parameters:
  ///   - part: the training samples that the others must be like; nil for these themselves.
  ///   - targetNames: the columns of their target.
  func load(
    _ source: String, option: String, classCount: Int?, like part: Dataset? = nil,
    targetNames: [String] = []
  ) throws -> LoadedData {
    var table = table
    if let part, part.isTable {
      // What the features are is known now: the other file need not have the columns that told.
      let missing = table.missing
      table = part.encoding.tableOptions(
        target: targetNames.isEmpty ? nil : targetNames.joined(separator: ","))
      table.missing = missing
    }
    return try DataLoading.load(
      source, option: option, classCount: classCount, table: table, maxBytes: maxBytes, quiet: quiet)
  }
}

/// Takes test and validation sets from the training samples, or from elsewhere.
private struct Parts {
  var training: Dataset
  let targetNames: [String]
  let outputSize: Int
  let seed: UInt64
  let loading: Loading

  /// The share of a table that becomes its test set: 1 of 5.
  private static let tableShare = 5
  /// The share of pictures: the last 1 of 6.
  private static let pictureShare = 6

  /// Takes the set that was typed: a number or share of samples to hold out, or a data source.
  mutating func take(
    _ text: String, as purpose: Dataset.SplitPurpose, _ notes: inout [String]
  ) throws -> (samples: Dataset, source: String) {
    let option = purpose == .test ? "--test" : "--validation"
    let name = purpose == .test ? "test set" : "validation set"
    if HeldOut.isNumber(text) {
      let count = try HeldOut.count(text, of: training.count, option: option)
      notes.append("\(count.grouped) training samples are held out as \(name), each class in its share")
      return (try holdOut(count, as: purpose), text)
    }
    let data = try loading.load(
      text, option: option, classCount: training.isTable ? nil : outputSize, like: training,
      targetNames: targetNames)
    let samples = data.test ?? data.training
    guard samples.isTable == training.isTable else {
      throw CommandFailure(
        .badData,
        "\(text): does not fit the training samples (expected \(training.isTable ? "a table" : "pictures"), "
          + "found \(samples.isTable ? "a table" : "pictures"))")
    }
    guard samples.inputSize == training.inputSize else {
      throw CommandFailure(
        .badData,
        "\(text): has pictures of another size (expected \(training.imageShape.text), "
          + "found \(samples.imageShape.text))")
    }
    notes.append(
      "\(name.prefix(1).uppercased() + name.dropFirst()) \(text): \(samples.count.grouped) samples")
    return (samples, text)
  }

  private mutating func holdOut(_ count: Int, as purpose: Dataset.SplitPurpose) throws -> Dataset {
    let parts = try training.holdingOut(count, as: purpose, seed: seed)
    training = parts.rest
    return parts.heldOut
  }

  /// Holds out a test set where the data has none and none was asked for.
  mutating func holdOutTest(from source: String, _ notes: inout [String]) throws -> Dataset {
    let held = training.count / (training.isTable ? Self.tableShare : Self.pictureShare)
    guard held > 0 else {
      throw CommandFailure(
        .badData,
        "\(source): has too few samples to hold some out as a test set (expected "
          + "\(training.isTable ? Self.tableShare : Self.pictureShare) or more, found \(training.count))")
    }
    guard training.isTable else {
      notes.append("No test set: the last \(held.grouped) samples are held out as one")
      let test = training[training.count - held..<training.count]
      training = training[0..<training.count - held]
      return test
    }
    notes.append(
      "No test set: \(held.grouped) samples are held out as one\(training.classCount > 0 ? ", each class in its share" : "")"
    )
    return try holdOut(held, as: .test)
  }
}
