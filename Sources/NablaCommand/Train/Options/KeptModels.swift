import Nabla
import NablaFormats

/// Which epochs' networks `nabla train` saves.
enum KeptModels: Hashable, Sendable {
  /// The best on the validation set, as soon as it is the best.
  case best
  /// The last.
  case last
  /// The last, and beside it one every so many epochs.
  case every(Int)

  static let forms = ["best", "last", "every:N"]

  /// Reads "best", "last" or "every:N".
  init(typed text: String) throws {
    if text == "best" {
      self = .best
    } else if text == "last" {
      self = .last
    } else if text.hasPrefix("every:"),
      let epochs = try? OptionValue.wholeNumber(Setting.epochs)(String(text.dropFirst("every:".count)))
    {
      self = .every(epochs)
    } else {
      throw Expectation(description: "expected \(Self.forms.inWords)")
    }
  }

  /// What the network holds at the end of the run.
  var atEnd: TrainingConfiguration.Keep { self == .best ? .best : .last }

  /// Where the network of `epoch` is saved besides: `model.epoch-00010.safetensors`; nil if it is not.
  func path(epoch: Int, output: String) -> String? {
    guard case .every(let epochs) = self, epoch % epochs == 0 else { return nil }
    let number = String(epoch)
    let zeros = String(repeating: "0", count: max(0, 5 - number.count))
    return CheckpointStore.stem(ofModel: output) + ".epoch-\(zeros)\(number).safetensors"
  }
}
