import Nabla

/// Reads NPY, NumPy's format of one array, plain or gzip-compressed, and the files that belong to it.
///
/// A file whose name is one that `ArrayNames` knows takes its targets from the file beside it: "X.npy" from "y.npy",
/// "X_train.npy" from "y_train.npy", with "X_test.npy" and "y_test.npy" as the test set. A file of another name has
/// features only. In a folder the names decide as they do in an NPZ file.
package enum NPY {
  /// Reads the array at `path` and those that belong to it.
  ///
  /// - Parameters:
  ///   - task: what the targets are for; `automatic` finds out: text and few different whole numbers are classes.
  ///   - maxBytes: the most memory the numbers of one array may take.
  /// - Throws: `FileError`.
  package static func read(
    _ path: String, task: TableOptions.Task = .automatic, maxBytes: Int = ReadingLimits.defaultMaxBytes
  ) throws(FileError) -> ArrayParts {
    let (names, open) = try locate(path)
    return try ArrayParts.read(names, task: task, maxBytes: maxBytes, open: open)
  }

  /// What the arrays take in memory, by their headers.
  package static func neededMemory(_ path: String) throws(FileError) -> SampleMemory {
    let (names, open) = try locate(path)
    return try ArrayParts.neededMemory(names, open: open)
  }

  private static func locate(_ path: String) throws(FileError) -> (ArrayNames, ArrayParts.Opening) {
    guard FileType(at: path) != .folder else { return try locate(inFolder: path) }
    let folder = parent(of: path)
    let stem = stem(of: path.split(separator: "/").last.map(String.init) ?? path)
    let files = arrayFiles(in: folder)
    let names = try ArrayNames(around: stem, among: files.keys, path: folder)
    return (
      names,
      { (name) throws(FileError) in
        try ContentStream(name == stem ? path : files[name] ?? join(folder, name))
      }
    )
  }

  private static func locate(inFolder folder: String) throws(FileError) -> (ArrayNames, ArrayParts.Opening) {
    let files = arrayFiles(in: folder)
    guard let names = try ArrayNames(files.keys, path: folder) else {
      throw FileError(
        folder, "has no arrays whose names say what they are",
        expected: "\(ArrayNames.expected), as .npy files",
        found: ArrayNames.list(files.keys), kind: .missingInput)
    }
    return (
      names, { (name) throws(FileError) in try ContentStream(files[name] ?? join(folder, name)) }
    )
  }

  /// Whether the folder at `path` has arrays.
  package static func holdsArrays(_ path: String) -> Bool { !arrayFiles(in: path).isEmpty }

  /// Whether a file that starts so is in this format.
  static func isRecognized(_ start: [UInt8]) -> Bool { start.starts(with: NPYHeader.signature) }

  /// Paths of the arrays in a folder, by their names without an ending; plain before compressed.
  private static func arrayFiles(in folder: String) -> [String: String] {
    let names = entries(of: folder).filter { $0.hasSuffix(".npy") || $0.hasSuffix(".npy.gz") }
    return Dictionary(names.map { (stem(of: $0), join(folder, $0)) }) { first, _ in first }
  }

  private static func stem(of name: String) -> String {
    [".npy.gz", ".npy"].first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) } ?? name
  }
}
