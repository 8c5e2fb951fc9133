import ArgumentParser
import Nabla

/// The options of `nabla train` about the run: how long, and what is kept.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The settings of an experiment of the book, of a paper, or of ours; options typed beside it override it.",
      valueName: "name"))
  var preset: Preset?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Passes over the training set. (default: \(Setting.epochs.standard))", valueName: "n"),
    transform: OptionValue.wholeNumber(Setting.epochs))
  var epochs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "End when validation has not improved for N epochs. (default: never)", valueName: "n"),
    transform: OptionValue.wholeNumber(Setting.patience))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "What makes an epoch better: measured on the validation set. (default: accuracy)",
      valueName: TrainingConfiguration.Measure.allCases.words),
    completion: .list(TrainingConfiguration.Measure.allCases.map(\.rawValue)),
    transform: OptionValue.choice(TrainingConfiguration.Measure.allCases))
  var bestBy: TrainingConfiguration.Measure?

  @Option(
    help: ArgumentHelp(
      "Which epoch's network is saved; every:N saves the last, and one every N epochs beside it. (default: last)",
      valueName: "best|last|every:n"),
    completion: .list(["best", "last"]),
    transform: KeptModels.init(typed:))
  var keep: KeptModels?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draws the first weights, the order of samples, dropout, augmentation and validation. (default: 1)",
      valueName: "n"),
    transform: OptionValue.seed)
  var seed: UInt64?

  /// Sets what was typed.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.epochs = epochs ?? configuration.epochs
    configuration.patience = patience ?? configuration.patience
    configuration.patienceMeasure = bestBy ?? configuration.patienceMeasure
    configuration.keep = keep?.atEnd ?? configuration.keep
    configuration.seed = seed ?? configuration.seed
  }

  /// Throws `CommandFailure` (64) if a preset was typed, for data that are a table: none is of one.
  func refusePreset() throws {
    guard let preset else { return }
    throw CommandFailure(
      .usage, "--preset \(preset.rawValue): expected with pictures of 28 x 28 pixels, found a table")
  }

  /// Throws if models are asked for where none is saved while it trains.
  func refuseModelsOnTheWay() throws {
    guard case .every(let epochs)? = keep else { return }
    throw CommandFailure(.usage, "--keep: expected best or last, found 'every:\(epochs)'")
  }

  /// Throws if epochs must be compared and there is no validation set, naming the option that asks for it.
  func requireValidation(_ configuration: TrainingConfiguration, schedule: Schedule?) throws {
    guard configuration.needsValidation || bestBy != nil else { return }
    let option: String
    if patience != nil {
      option = "--patience"
    } else if keep == .best {
      option = "--keep best"
    } else if case .halving? = schedule {
      option = "--schedule halving"
    } else if bestBy != nil {
      option = "--best-by"
    } else {
      option = preset.map { "--preset \($0.rawValue)" } ?? "--validation"
    }
    throw CommandFailure(
      .usage,
      "\(option): expected with a validation set to compare epochs by, such as --validation 15%, found none")
  }
}
