import Nabla
import Synchronization
import Testing

@Suite("Threads of the system")
struct SystemThreadTests {
  @Test("run their body once, before join returns")
  func runs() throws {
    let sum = Mutex(0)
    let threads = (1...4).compactMap { number in SystemThread { sum.withLock { $0 += number } } }
    #expect(threads.count == 4)
    for thread in threads { thread.join() }
    #expect(sum.withLock { $0 } == 10)
  }

  @Test("have the stack of a first thread")
  func stack() throws {
    let depth = Mutex(0)
    let thread = try #require(
      SystemThread {
        // Some 3 MB: more than the smallest default, less than the 8 MiB asked for.
        depth.withLock { $0 = descend(3000) }
      })
    thread.join()
    #expect(depth.withLock { $0 } == 3000)
  }

  @Test("as many as asked for are there at the same time")
  func available() { #expect(SystemThread.available(3) == 3) }
}

/// Calls itself with a kilobyte of stack at each level.
private func descend(_ levels: Int) -> Int {
  guard levels > 0 else { return 0 }
  return withUnsafeTemporaryAllocation(byteCount: 1000, alignment: 8) { bytes in
    bytes[0] = UInt8(truncatingIfNeeded: levels)
    return descend(levels - 1) + (bytes[0] == UInt8(truncatingIfNeeded: levels) ? 1 : 0)
  }
}
