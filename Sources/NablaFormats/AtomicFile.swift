#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Nabla

/// A file that is replaced atomically: written under a temporary name in the same folder, synchronized to the disk,
/// then renamed. The temporary file is deleted when `commit()` is never called.
package final class AtomicFile {
  private let path: String
  private let target: String
  private let temporary: String
  private var descriptor: Int32

  /// Starts a file that will replace `path`, with the permissions of the file that is there.
  ///
  /// - Parameter temporary: its name until then, where no other process can use it: what a killed one left there is
  ///   overwritten. nil takes a name that nothing has.
  /// - Throws: `FileError` of kind `cannotCreate`.
  package init(replacing path: String, temporary: String? = nil) throws(FileError) {
    self.path = path
    target = try OutputPath.target(of: path)
    if let temporary {
      self.temporary = temporary
      descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
    } else {
      (descriptor, self.temporary) = UnfinishedFile.create(in: parent(of: target))
    }
    guard descriptor >= 0 else {
      throw FileError(path, "cannot be created: \(systemMessage())", kind: .cannotCreate)
    }
    var existing = stat()
    if stat(target, &existing) == 0 { fchmod(descriptor, existing.st_mode & 0o7777) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `FileError` of kind `inputOutput`, for instance when the disk is full.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try writeAll(bytes, to: descriptor, path: path)
  }

  package func write(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in try write(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Synchronizes the file and renames it to its path; from here on it survives a loss of power.
  ///
  /// - Parameter old: a name that the file at the path gets first; nil replaces it.
  /// - Throws: `FileError` of kind `inputOutput`; what was at the path is unchanged then.
  package func commit(keepingOldAs old: String? = nil) throws(FileError) {
    try makeDurable(descriptor, named: temporary, as: target, keepingOldAs: old, for: path)
    close(descriptor)
    descriptor = -1
  }

  /// Replaces `path` by a file with this content.
  ///
  /// - Throws: `FileError` of kind `cannotCreate` or `inputOutput`; what was at the path is unchanged then.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(replacing: path)
    try file.write(bytes)
    try file.commit()
  }
}

/// Writes all of `bytes`, in as many calls as the system needs.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(FileError) {
  var done = 0
  while done < bytes.count {
    let count = write(descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30))
    if count < 0, errno == EINTR { continue }
    guard count > 0 else {
      throw FileError(path, "cannot be written: \(systemMessage())", kind: .inputOutput)
    }
    done += count
  }
}

/// Synchronizes an open file to the disk, renames it, then synchronizes its folder, which holds the name.
///
/// - Parameters:
///   - old: a name that the file called `name` gets first, if there is one; nil replaces it.
///   - path: what messages call the file.
func makeDurable(
  _ descriptor: Int32, named temporary: String, as name: String, keepingOldAs old: String? = nil,
  for path: String
) throws(FileError) {
  func refuse() -> FileError {
    FileError(path, "cannot be written: \(systemMessage())", kind: .inputOutput)
  }
  guard uninterrupted({ fsync(descriptor) }) == 0 else { throw refuse() }
  if let old, rename(name, old) != 0, errno != ENOENT { throw refuse() }
  guard rename(temporary, name) == 0 else {
    let error = refuse()
    if let old { rename(old, name) }
    throw error
  }
  // Some file systems cannot synchronize a folder; the file itself is complete all the same.
  let folder = uninterrupted { open(parent(of: name), O_RDONLY | O_CLOEXEC) }
  guard folder >= 0 else { return }
  _ = uninterrupted { fsync(folder) }
  close(folder)
}
