import Foundation
import Nabla
import Testing

@Suite("What a container may use of the machine")
struct ProcessLimitsTests {
  /// Writes files below a folder of its own, and reads the limits of a process in the groups of `membership`.
  private func limits(_ membership: String, _ files: [String: String]) throws -> ProcessLimits {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("nabla-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (name, text) in files {
      let file = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return ProcessLimits(membership: membership, root: root.path, machineMemory: 64 << 30)
  }

  @Test("Version 2: the least of the group and those above it")
  func unified() throws {
    let files = [
      "a/cpu.max": "250000 100000\n", "a/b/cpu.max": "max 100000\n", "a/memory.max": "max\n",
      "a/b/memory.max": "2147483648\n",
    ]
    let found = try limits("0::/a/b\n", files)
    #expect(found.processors == 3 && found.memory == 2 << 30)
    #expect(try limits("0::/a\n", files).memory == 64 << 30)
    #expect(try limits("0::/\n", ["cpu.max": "50000 100000\n"]).processors == 1)
    // In a container whose group is its root, the path leads nowhere.
    #expect(try limits("0::/../../far/away\n", ["memory.max": "1000\n"]).memory == 1000)
  }

  @Test("Version 1: a hierarchy for each controller")
  func separate() throws {
    let found = try limits(
      "4:memory:/x\n3:cpuacct,cpu:/y\n0::/\n",
      [
        "memory/x/memory.limit_in_bytes": "1073741824\n", "cpu/y/cpu.cfs_quota_us": "150000\n",
        "cpu/y/cpu.cfs_period_us": "100000\n",
      ])
    #expect(found.processors == 2 && found.memory == 1 << 30)
    let free = try limits(
      "3:cpu:/y\n", ["cpu/y/cpu.cfs_quota_us": "-1\n", "cpu/y/cpu.cfs_period_us": "100000\n"])
    #expect(free.processors == nil)
  }

  @Test("Files that are not there, or say nothing")
  func nothing() throws {
    for membership in ["", "0::/a", "nonsense\n", "1:cpu:"] {
      let found = try limits(membership, ["a/cpu.max": "", "a/memory.max": "much\n"])
      #expect(found == ProcessLimits(membership: "", root: "/nowhere", machineMemory: 64 << 30))
      #expect(found.processors == nil && found.memory == 64 << 30)
    }
  }
}
