/// What to type so that a run goes on.
enum ResumeWords {
  /// Options of the words typed that are left out or replaced, and whether a value stands behind them.
  private static let replaced: [String: Bool] = ["--resume": true, "--allow-changes": false]

  /// Returns the command line with `--resume auto`: changes that were allowed are part of the run now.
  ///
  /// - Parameter words: what was typed behind `nabla`.
  static func commandLine(_ words: [String]) -> String {
    quoted(withoutResume(words) + ["--resume", CheckpointOptions.auto])
  }

  /// Returns the command line of the same run from its start.
  ///
  /// - Parameter words: what was typed behind `nabla`.
  static func freshCommandLine(_ words: [String]) -> String { quoted(withoutResume(words)) }

  private static func quoted(_ words: [String]) -> String {
    (["nabla"] + words).map(shellQuoted).joined(separator: " ")
  }

  private static func withoutResume(_ words: [String]) -> [String] {
    var kept: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      guard let hasValue = replaced[String(word.prefix { $0 != "=" })] else {
        kept.append(word)
        continue
      }
      if hasValue, !word.contains("=") { rest = rest.dropFirst() }
    }
    return kept
  }
}
