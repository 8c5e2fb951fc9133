import Nabla

/// Reads NPZ, NumPy's zip archive of named arrays: what `np.savez` and `np.savez_compressed` write.
package enum NPZ {
  /// Reads the features and targets of the archive, found by the names that `ArrayNames` knows.
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
    let archive = try ZipArchive(InputFile(path))
    var arrays: [String: ZipArchive.Entry] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      guard arrays.updateValue(entry, forKey: name) == nil else {
        throw FileError(path, "has two arrays of one name", found: name)
      }
    }
    guard !arrays.isEmpty else {
      throw FileError(
        path, "is a zip archive without arrays", expected: "what NumPy's savez writes",
        found: ArrayNames.list(archive.entries.map(\.name)))
    }
    guard let names = try ArrayNames(arrays.keys, path: path) else {
      throw FileError(
        path, "has no arrays whose names say what they are", expected: ArrayNames.expected,
        found: ArrayNames.list(arrays.keys))
    }
    let found = arrays
    return (
      names,
      { (name) throws(FileError) in
        guard let entry = found[name] else { preconditionFailure("names are the arrays'") }
        return try ZipMember(entry, of: archive, name: name)
      }
    )
  }

  /// Whether a file that starts so is a zip archive.
  static func isRecognized(_ start: [UInt8]) -> Bool { start.starts(with: ZipArchive.signature) }
}
