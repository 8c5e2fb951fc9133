import ArgumentParser
import Nabla
import NablaFormats

/// The options of `nabla train` about what is left of a run that does not reach its end, and how to go on from there.
struct CheckpointOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Write a checkpoint so often: a time such as 30s or 5m, mini-batches such as 1000-batches, after each epoch, or \
      never. (default: 30s)
      """, valueName: "time|n-batches|epoch|never"),
    transform: CheckpointFrequency.init(typed:))
  var checkpointEvery: CheckpointFrequency?

  @Option(
    help: ArgumentHelp(
      """
      Where checkpoints go; they are removed when the run is complete. (default: beside the model, \
      model.checkpoint.safetensors)
      """, valueName: "file"),
    completion: .file())
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      """
      Go on from a checkpoint, to the same bits as if nothing had happened; auto takes the one where checkpoints go, \
      and starts anew if there is none.
      """, valueName: "file|auto"),
    completion: .file())
  var resume: String?

  @Flag(help: "Resume although options or samples are others; the model's metadata say so.")
  var allowChanges = false

  /// How often a checkpoint is written.
  var frequency: CheckpointFrequency { checkpointEvery ?? .every(.seconds(30)) }

  /// The word that takes the checkpoint of the default place.
  static let auto = "auto"

  /// Throws `CommandFailure` (64) for options that mean nothing together.
  func check(output: String) throws {
    if checkpoint?.isEmpty == true {
      throw CommandFailure(.usage, "--checkpoint: expected the name of a file, found ''")
    }
    if let checkpoint {
      try OutputPath.spare([("--output", output)], from: checkpoint, option: "--checkpoint")
    }
    if allowChanges, resume == nil {
      throw CommandFailure(.usage, "--allow-changes: expected with --resume, found without")
    }
    if checkpoint != nil, frequency == .never, resume == nil {
      throw CommandFailure(.usage, "--checkpoint: expected without --checkpoint-every never, found both")
    }
  }

  /// Where checkpoints go.
  func path(output: String) -> String { checkpoint ?? CheckpointStore.path(besideModel: output) }
}

/// How often a checkpoint is written.
enum CheckpointFrequency: Hashable, Sendable {
  case every(CheckpointInterval)
  case never

  /// Reads "30s", "5m", "1h", "1000-batches", "epoch" or "never".
  init(typed text: String) throws {
    let batches = "-batches"
    let seconds: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    if text == "never" {
      self = .never
    } else if text == "epoch" {
      self = .every(.epochs(1))
    } else if text.hasSuffix(batches),
      let count = try? OptionValue.wholeNumber(1...Int.max)(String(text.dropLast(batches.count)))
    {
      self = .every(.miniBatches(count))
    } else if let unit = text.last.flatMap({ seconds[$0] }),
      let number = OptionValue.decimalFraction(String(text.dropLast())), number > 0
    {
      self = .every(.seconds(Double(number) * unit))
    } else {
      throw Expectation(
        description: "expected a time such as 30s or 5m, mini-batches such as 1000-batches, epoch or never")
    }
  }

  var interval: CheckpointInterval? { if case .every(let interval) = self { interval } else { nil } }
}
