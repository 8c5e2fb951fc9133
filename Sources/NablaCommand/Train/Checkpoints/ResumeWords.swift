/// What to type so that a run goes on.
enum ResumeWords {
  /// Options of the words typed that are left out or replaced, and whether a value stands behind them.
  private static let replaced: [String: Bool] = ["--resume": true, "--allow-changes": false]

  /// Returns the command line with `--resume auto`: changes that were allowed are part of the run now.
  ///
  /// - Parameter words: what was typed behind `nabla`.
  static func commandLine(_ words: [String]) -> String {
    var kept: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      guard let hasValue = replaced[String(word.prefix { $0 != "=" })] else {
        kept.append(word)
        continue
      }
      if hasValue, !word.contains("=") { rest = rest.dropFirst() }
    }
    return (["nabla"] + kept + ["--resume", CheckpointOptions.auto]).map(shellQuoted).joined(separator: " ")
  }
}
