import Nabla

/// The options behind the library's names of settings, for its errors.
enum OptionName {
  /// Runs `body`; an error about a setting becomes one that begins with the option: "--cost: expected ...".
  static func inErrors<Value>(_ body: () throws(NablaError) -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      switch error {
      case .invalidSetting, .invalidTopology: throw CommandFailure(.usage, replaced(error.description))
      default: throw error
      }
    }
  }

  private static func replaced(_ message: String) -> String {
    for (name, option) in options where message.hasPrefix(name + ":") {
      return option + message.dropFirst(name.count)
    }
    return message
  }

  private static let options: [(name: String, option: String)] =
    [
      ("hidden activation", "--activation"), ("output activation", "--output-activation"),
      ("cost", "--cost"), ("schedule", "--schedule"), ("augmentation", "--augment"),
      (Setting.layers.name, "--layers"), ("folds", "--folds"),
    ]
    + [Setting.epochs, Setting.miniBatchSize, Setting.patience, Setting.threads].map {
      ($0.name, typed($0.key))
    }
    + [
      Setting.learningRate, Setting.l2, Setting.l1, Setting.momentum, Setting.beta2, Setting.epsilon,
      Setting.weightDecay, Setting.dropout,
    ].map { ($0.name, typed($0.key)) }

  /// "--batch-size" for the key "batch_size".
  private static func typed(_ key: String) -> String { "--" + key.replacing("_", with: "-") }
}
