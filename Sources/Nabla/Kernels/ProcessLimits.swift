#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system lets this process use of the machine: a container may have less than the machine has.
///
/// Linux keeps the limits of a control group as files; a group has no more than the groups above it.
package struct ProcessLimits: Equatable, Sendable {
  /// Processors that the quota of processor time is worth, rounded up; nil without a quota.
  package let processors: Int?
  /// Bytes of memory: the machine's, or the group's or the process's own (`ulimit -v`) where that is less; nil if
  /// unknown.
  package let memory: Int?

  /// Those of this process, read once.
  package static let current = ProcessLimits(
    membership: text(of: "/proc/self/cgroup"), root: "/sys/fs/cgroup",
    machineMemory: [machineMemory, addressSpace].compactMap(\.self).min())

  /// Reads the limits of a group.
  ///
  /// - Parameters:
  ///   - membership: what /proc/self/cgroup says: lines `number:controllers:path`.
  ///   - root: where the groups' files are.
  ///   - machineMemory: what there is without the group.
  package init(membership: String, root: String, machineMemory: Int?) {
    var quotas: [Double] = []
    var bytes = [machineMemory].compactMap(\.self)
    for line in membership.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      // Version 2 has one hierarchy, without a name; version 1 one for each controller.
      let controllers = fields[1].split(separator: ",")
      for group in Self.groups(String(fields[2])) {
        if fields[1].isEmpty {
          quotas += Self.quota(Self.text(of: "\(root)\(group)/cpu.max")).map { [$0] } ?? []
          bytes += Self.number(Self.text(of: "\(root)\(group)/memory.max")).map { [$0] } ?? []
        }
        if controllers.contains("cpu") {
          let folder = "\(root)/cpu\(group)"
          let times = ["quota", "period"].map { Self.text(of: "\(folder)/cpu.cfs_\($0)_us") }
          quotas += Self.quota(times.joined(separator: " ")).map { [$0] } ?? []
        }
        if controllers.contains("memory") {
          bytes +=
            Self.number(Self.text(of: "\(root)/memory\(group)/memory.limit_in_bytes")).map { [$0] } ?? []
        }
      }
    }
    processors = quotas.min().map { max(1, Int($0.rounded(.up))) }
    memory = bytes.min()
  }

  /// The group at `path` and those above it, each as what follows the root: "/a/b", "/a", "". A container may see its
  /// own group as the root, under a path that it cannot see.
  private static func groups(_ path: String) -> [String] {
    var groups = [""]
    for name in path.split(separator: "/") where name != ".." {
      groups.append(groups[groups.count - 1] + "/\(name)")
    }
    return groups
  }

  /// Microseconds of processor time in a period, as processors: "200000 100000" is 2; nil for "max" and -1.
  private static func quota(_ text: String) -> Double? {
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard numbers.count == 2, let time = numbers[0], let period = numbers[1], time > 0, period > 0 else {
      return nil
    }
    return time / period
  }

  /// nil for "max".
  private static func number(_ text: String) -> Int? {
    text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }

  private static var machineMemory: Int? {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : nil
  }

  /// The most memory that the process may map: `ulimit -v`; nil without a limit.
  private static var addressSpace: Int? {
    var limit = rlimit()
    #if canImport(Glibc)
      let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #else
      let status = getrlimit(RLIMIT_AS, &limit)
    #endif
    // "No limit" is the greatest number there is.
    return status == 0 && limit.rlim_cur < rlim_t(Int.max) ? Int(limit.rlim_cur) : nil
  }

  /// The start of a small file; empty where there is none.
  private static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
  }
}
