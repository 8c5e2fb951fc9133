#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Makes a system call again for as long as a signal interrupts it, and returns what it returns at last.
///
/// Network file systems interrupt even opening and synchronizing a file.
package func uninterrupted(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    guard result == -1, errno == EINTR else { return result }
  }
}

/// Locks an open file against every other process that does the same, without waiting for them.
///
/// - Parameter other: what is wrong where another process has it: "is being written by another program".
package func lockFile(
  _ descriptor: Int32, path: String, other: String, kind: FileError.Kind
) throws(FileError) {
  guard try isLocked(descriptor, path: path, kind: kind) else { throw FileError(path, other, kind: kind) }
}

/// Locks an open file as `lockFile` does; returns false where another process has it.
package func isLocked(_ descriptor: Int32, path: String, kind: FileError.Kind) throws(FileError) -> Bool {
  if uninterrupted({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
  guard errno == EWOULDBLOCK else {
    throw FileError(path, "cannot be locked: \(systemMessage())", kind: kind)
  }
  return false
}
