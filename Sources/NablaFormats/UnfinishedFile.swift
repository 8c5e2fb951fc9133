#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// The hidden files of saves on their way, `.nabla-PID-N.part`: how they are made, and how those that killed processes
/// left are told from those of living ones.
package enum UnfinishedFile {
  private static let serial = Atomic<Int>(0)
  /// More of them than killed runs leave in one folder.
  private static let mostAttempts = 1000
  /// Seconds without a write after which a file that nobody has locked is abandoned. The lock alone decides between
  /// processes of one machine. Where it does not reach, on a network file system whose locks are local, or in a
  /// version that takes none, nobody rests so long in the middle of a save.
  package static let longestRest = 3600
  /// Folders in which this process has looked for abandoned files.
  private static let visited = Mutex<Set<String>>([])

  /// Creates a file with an unused name and locks it for as long as it is open. A run that was killed leaves its file
  /// behind, and a later process can get the same process number: then the next serial number is tried.
  ///
  /// - Returns: a descriptor of -1, and `errno`, where there can be no file.
  static func create(in folder: String) -> (descriptor: Int32, path: String) {
    var created: (descriptor: Int32, path: String) = (-1, "")
    for _ in 0..<mostAttempts {
      let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
      created.path = join(folder, ".nabla-\(getpid())-\(number).part")
      created.descriptor = uninterrupted {
        open(created.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      }
      if created.descriptor >= 0 || errno != EEXIST { break }
    }
    guard created.descriptor >= 0 else { return created }
    // Nobody else looks at a file as young as this one. Where there are no locks, none is ever removed either.
    _ = uninterrupted { flock(created.descriptor, LOCK_EX | LOCK_NB) }
    if visited.withLock({ $0.insert(folder).inserted }) {
      removeAbandoned(in: folder, besides: created.descriptor)
    }
    return created
  }

  /// Removes the files that killed processes left in `folder`: those of this name which nobody has locked and nobody
  /// has written to for `longestRest` before the file behind `descriptor` was. Both times are the file system's, so
  /// that the clocks of several machines are not compared.
  package static func removeAbandoned(in folder: String, besides descriptor: Int32) {
    var new = stat()
    guard fstat(descriptor, &new) == 0 else { return }
    let latest = seconds(new) - longestRest
    for name in entries(of: folder) where isName(name) {
      let path = join(folder, name)
      var info = stat()
      guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG, seconds(info) < latest else {
        continue
      }
      // For writing: network file systems lock no file otherwise, and what is another user's is not ours to remove.
      let old = uninterrupted { open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
      guard old >= 0 else { continue }
      defer { close(old) }
      // Locked first: its owner may have ended well since, and the name may be another file's.
      guard uninterrupted({ flock(old, LOCK_EX | LOCK_NB) }) == 0, fstat(old, &info) == 0,
        seconds(info) < latest, isOpen(old, at: path)
      else { continue }
      unlink(path)
    }
  }

  /// True for `.nabla-PID-N.part` with two numbers.
  private static func isName(_ name: String) -> Bool {
    guard name.hasPrefix(".nabla-"), name.hasSuffix(".part") else { return false }
    let numbers = name.dropFirst(".nabla-".count).dropLast(".part".count)
      .split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2
      && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }
  }

  /// When a file was last written to.
  private static func seconds(_ info: stat) -> Int {
    #if canImport(Darwin)
      info.st_mtimespec.tv_sec
    #else
      info.st_mtim.tv_sec
    #endif
  }
}
