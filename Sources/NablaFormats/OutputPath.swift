#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Nabla

/// Checks where output will be written, before the work starts that produces it.
public enum OutputPath {
  /// Checks that a file can be created or replaced at `path`, without creating it.
  ///
  /// - Parameter bytes: how large the file will be, to compare with the free space on the disk.
  /// - Throws: `FileError` of kind `cannotCreate`.
  public static func check(_ path: String, bytes: Int = 0) throws(FileError) {
    let folder = parent(of: try target(of: path))
    var room = statvfs()
    guard bytes > 0, statvfs(folder, &room) == 0 else { return }
    let free = multiplied(Int(room.f_bavail), Int(room.f_frsize)) ?? .max
    guard bytes <= free else {
      throw FileError(
        path, "does not fit on the disk", expected: "\(humanReadable(bytes: bytes)) free",
        found: humanReadable(bytes: free), kind: .cannotCreate)
    }
  }

  /// Whether a file stands where writing to `path` goes.
  package static func isOccupied(_ path: String) -> Bool { FileType(at: path) != nil }

  /// Whether both paths lead to one file that is there.
  package static func isSameFile(_ path: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(path, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  /// Whether writing to both paths writes one file, also one that is not there yet.
  package static func isSamePlace(_ path: String, _ other: String) -> Bool {
    func name(_ path: String) -> Substring? { path.split(separator: "/").last }
    return path == other || isSameFile(path, other)
      || (name(path) == name(other) && isSameFile(parent(of: path), parent(of: other)))
  }

  /// Returns the file that writing to `path` replaces: `path` itself, or what it points at when it is a symbolic
  /// link, so that the link stays and its target gets the content.
  ///
  /// - Throws: `FileError` of kind `cannotCreate` when no file can be created or replaced there.
  static func target(of path: String) throws(FileError) -> String {
    func refuse(_ problem: String, expected: String? = nil, found: String? = nil) -> FileError {
      FileError(path, problem, expected: expected, found: found, kind: .cannotCreate)
    }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw refuse("is not a path") }
    var target = path
    var links = 0
    while let destination = linkDestination(target) {
      links += 1
      guard links <= 40 else { throw refuse("is a chain of symbolic links without end") }
      target = destination.hasPrefix("/") ? destination : join(parent(of: target), destination)
    }
    switch FileType(at: target) {
    case .regular?:
      guard access(target, W_OK) == 0 else { throw refuse("cannot be replaced: \(systemMessage())") }
    case .folder?: throw refuse("is a folder", expected: "a file")
    case let other?: throw refuse("is not a file", expected: "a file", found: other.rawValue)
    case nil:
      guard !target.hasSuffix("/") else { throw refuse("is the name of a folder", expected: "a file") }
    }
    let folder = parent(of: target)
    switch FileType(at: folder) {
    case .folder?: break
    case nil: throw refuse("lies in a folder that does not exist", found: folder)
    case let other?:
      throw refuse("lies in something that is not a folder", expected: folder, found: other.rawValue)
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw refuse("lies in a folder that cannot be written to: \(systemMessage())")
    }
    return target
  }
}

/// What the symbolic link at `path` points at; nil when there is no link.
private func linkDestination(_ path: String) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { buffer in
    let count = readlink(path, buffer.baseAddress!, buffer.count - 1)
    guard count >= 0 else { return nil }
    buffer[count] = 0
    return String(cString: buffer.baseAddress!)
  }
}
