import NablaFormats

extension OutputPath {
  /// Refuses output that would replace a file which the same command reads.
  ///
  /// - Throws: `CommandFailure` (64).
  static func check(_ path: String, of option: String, against inputs: [String?]) throws {
    for case let input? in inputs where isSameFile(path, input) {
      throw CommandFailure(
        .usage, "\(option): expected another file than the one that is read, found '\(path)'")
    }
  }
}
