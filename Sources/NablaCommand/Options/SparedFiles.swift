import NablaFormats

extension OutputPath {
  /// Refuses to write where something is read: a slip of the hand would cost the data, or the model.
  ///
  /// - Parameters:
  ///   - option: what named `path`.
  ///   - read: files that must stay, with what names them: an option, or "the model".
  /// - Throws: `CommandFailure` (64).
  static func spare(
    _ read: [(name: String, path: String?)], from path: String, option: String
  ) throws(CommandFailure) {
    for (name, other) in read {
      guard let other, isSameFile(path, other) else { continue }
      throw CommandFailure(.usage, "\(option): expected another file than \(name), found '\(path)'")
    }
  }
}
