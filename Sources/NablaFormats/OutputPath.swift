/// Looks at a place for output before the work starts whose result is to be written there.
public enum OutputPath {
  /// Checks that a file can be created or replaced at `path`, without creating it.
  ///
  /// - Parameter bytes: how large the file will be, to compare with the room on the disk.
  /// - Throws: `FileError` of kind `cannotCreate`.
  public static func check(_ path: String, bytes: Int = 0) throws(FileError) {}
}
