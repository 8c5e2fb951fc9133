import ArgumentParser

/// Parses the command line; what is wrong with it becomes one line: `--epochs: expected ..., found ...`.
enum UsageMessage {
  /// Returns the command that `arguments` ask for.
  ///
  /// - Throws: `CommandFailure` (64) for a mistake, ArgumentParser's own errors for help, the version and
  ///   completions.
  static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    do {
      let command = try RootCommand.parseAsRoot(arguments)
      if let option = repeatedOption(in: arguments) {
        throw CommandFailure(.usage, "\(option): expected once, found twice")
      }
      return command
    } catch let error where !(error is CommandFailure) && RootCommand.exitCode(for: error) != .success {
      if let word = arguments.first, !word.hasPrefix("-"), !RootCommand.subcommandNames.contains(word) {
        let names = RootCommand.subcommandNames.joined(separator: ", ")
        throw CommandFailure(.usage, "'\(word)': unknown subcommand (expected \(names))")
      }
      throw CommandFailure(.usage, reworded(RootCommand.message(for: error)))
    }
  }

  /// The first option that stands twice; ArgumentParser would silently take the last one.
  private static func repeatedOption(in arguments: [String]) -> String? {
    var seen: Set<String> = []
    return arguments.prefix { $0 != "--" }.flatMap(optionNames).first {
      !repeatable.contains($0) && !seen.insert($0).inserted
    }
  }

  /// The long names of the options in one word: `--output=a`, `-o` and `-q` have one, `-qo` has two.
  private static func optionNames(in argument: String) -> [String] {
    let name = argument.prefix { $0 != "=" }
    if name.hasPrefix("--") { return [String(name)] }
    guard name.hasPrefix("-") else { return [] }
    let names = name.dropFirst().map { longNames[$0] }
    // Anything else behind a dash is a value, such as -1.
    return names.contains(nil) ? [] : names.compactMap(\.self)
  }

  /// Options that may be given several times.
  private static let repeatable: Set = ["--try", "--log"]

  private static let longNames: [Character: String] = ["o": "--output", "q": "--quiet"]

  /// ArgumentParser's English in the form of every other message. A sentence that is not known stays as it
  /// is, on one line.
  static func reworded(_ message: String) -> String {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    if let match = line.wholeMatch(of: /The value '(.*)' is invalid for '(--[a-z0-9-]+)[^']*': (.*)/) {
      return "\(match.2): \(match.3), found '\(match.1)'"
    }
    if let match = line.wholeMatch(
      of: /The value '(.*)' is invalid for '(--[a-z0-9-]+|<[a-z]+>)[^']*'\. Please provide one of (.*)\./)
    {
      return "\(match.2): expected \(match.3.replacing(" and ", with: " or ")), found '\(match.1)'"
    }
    if let match = line.wholeMatch(
      of: /The value '(.*)' is invalid for '(--[a-z0-9-]+)[^']*'\. Please provide one of the following: (.*)/)
    {
      let values = match.3.split(separator: /\s+-\s+|^\s*-\s+/).joined(separator: ", ")
      return "\(match.2): expected one of \(values), found '\(match.1)'"
    }
    if let match = line.wholeMatch(of: /Missing value for '(-[a-z0-9-]+) <(.*)>'/) {
      return "\(match.1): expected a value <\(match.2)>, found none"
    }
    if let match = line.wholeMatch(of: /Unknown option '(.*)'\. Did you mean '(.*)'\?/) {
      return "\(match.1): unknown option (expected \(match.2)?)"
    }
    if let match = line.wholeMatch(of: /Unknown option '(.*)'/) {
      return "\(match.1): unknown option (see nabla --help)"
    }
    if let match = line.wholeMatch(
      of: /The option '(.*)' does not take any value, but '(.*)' was specified\./)
    {
      return "\(match.1): expected no value, found '\(match.2)'"
    }
    if let match = line.wholeMatch(of: /Missing expected argument '(.*?)(?: \.\.\.)?'/) {
      return "expected \(match.1), found nothing (see nabla --help)"
    }
    if let match = line.wholeMatch(of: /Unexpected argument '(.*)'/) {
      return "'\(match.1)': expected no such argument (see nabla --help)"
    }
    if let match = line.wholeMatch(of: /(\d+) unexpected arguments: (.*)/) {
      return "\(match.2): expected none of these \(match.1) arguments (see nabla --help)"
    }
    return line
  }
}
