import Nabla
import NablaFormats

/// Compares a checkpoint with what was typed: what would change the bits of the run.
struct ResumeCheck {
  /// An option or the samples of a set.
  struct Difference {
    /// As the model's metadata name it.
    let key: String
    /// As people know it.
    let name: String
    let expected: String
    let found: String
    /// False if the run cannot go on with it in any case.
    let isAllowable: Bool

    var text: String { "\(name) (expected \(expected), found \(found))" }
  }

  let file: CheckpointFile
  /// Everything that is set now, defaults filled in.
  let configuration: TrainingConfiguration
  /// The hashes of the samples, as the checkpoint names them.
  let fingerprints: [String: String]

  /// Keys of the hashes, and what people call the samples.
  static let sampleSets = [
    ("training_sha256", "the training samples"), ("validation_sha256", "the validation set"),
    ("test_sha256", "the test set"), ("encoding_sha256", "the scaling or names of the table"),
  ]

  /// Returns the checkpoint to go on from, and the keys of what is another.
  ///
  /// - Parameter allowingChanges: goes on although something is another. The epoch under way then begins again: part of
  ///   it with one setting and part with another would be no epoch of either.
  /// - Throws: `CommandFailure` naming every difference: 64 if one of them is an option, else 65.
  func start(allowingChanges: Bool) throws -> (checkpoint: TrainingCheckpoint, changes: [String]) {
    let saved: TrainingConfiguration
    do throws(NablaError) {
      saved = try TrainingConfiguration(metadata: file.metadata)
    } catch {
      throw CommandFailure(.badData, "\(file.path): \(error)")
    }
    let options = optionDifferences(saved)
    let differences = options + epochDifferences(saved) + sampleDifferences
    var checkpoint = file.checkpoint
    guard !differences.isEmpty else { return (checkpoint, []) }
    let fatal = differences.filter { !$0.isAllowable }
    guard allowingChanges, fatal.isEmpty else {
      let named = (allowingChanges ? fatal : differences).map(\.text).joined(separator: ", ")
      let advice = fatal.isEmpty ? "; --allow-changes goes on all the same" : ""
      throw CommandFailure(
        differences.allSatisfy { $0.key.hasSuffix("_sha256") } ? .badData : .usage,
        "\(file.path): is of another run: \(named)\(advice)")
    }
    checkpoint.state.restartEpoch()
    return (checkpoint, differences.map(\.key))
  }

  private func optionDifferences(_ saved: TrainingConfiguration) -> [Difference] {
    let (before, now) = (saved.metadata, configuration.metadata)
    let keys = Set(before.keys).union(now.keys).subtracting([Setting.epochs.key])
    return keys.sorted().filter { before[$0] != now[$0] }.map { key in
      Difference(
        key: key, name: Self.option(key), expected: before[key] ?? "the default",
        found: now[key] ?? "the default",
        isAllowable: key != Setting.layers.key
          && (key != "update" || saved.rule.stateCount == configuration.rule.stateCount))
    }
  }

  /// More epochs are no change, unless the learning rate follows from their number.
  private func epochDifferences(_ saved: TrainingConfiguration) -> [Difference] {
    let state = file.checkpoint.state
    let fewest = state.epoch + (state.samplesDone > 0 ? 1 : 0)
    func difference(_ expected: String, isAllowable: Bool) -> [Difference] {
      [
        Difference(
          key: Setting.epochs.key, name: "--epochs", expected: expected,
          found: String(configuration.epochs), isAllowable: isAllowable)
      ]
    }
    if configuration.epochs < fewest { return difference("\(fewest) or more", isAllowable: false) }
    guard configuration.epochs != saved.epochs, configuration.schedule.dependsOnEpochs else { return [] }
    return difference("\(saved.epochs) with the schedule \(saved.schedule)", isAllowable: true)
  }

  private var sampleDifferences: [Difference] {
    Self.sampleSets.compactMap { key, name in
      let (before, now) = (file.metadata[key], fingerprints[key])
      guard before != now else { return nil }
      func text(_ hash: String?) -> String { hash.map { "sha256 \($0.prefix(16))..." } ?? "none" }
      return Difference(key: key, name: name, expected: text(before), found: text(now), isAllowable: true)
    }
  }

  /// The option behind a key of the metadata.
  private static func option(_ key: String) -> String {
    let others = [
      Setting.layers.key: "--layers", "activations": "--activation or --output-activation",
      "patience_measure": "--best-by",
    ]
    return others[key] ?? "--" + key.replacing("_", with: "-")
  }
}
