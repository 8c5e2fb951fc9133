#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The one owner of memory: `count` elements on a cache-line boundary, zero at the start, freed with its owner.
///
/// From 2 MiB up the system maps its pages when they are first written, so reserving the most that may be needed costs
/// nothing. It starts on a huge-page boundary and requests huge pages: training reads scattered rows, and with 4 KiB
/// pages TLB misses cost more than the data.
package struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  /// The first element; valid as long as the buffer lives.
  package let pointer: UnsafeMutablePointer<Element>
  package private(set) var count: Int
  /// Bytes asked of the system itself; 0 where the allocator gave the memory.
  private var mappedBytes = 0

  private static var hugePage: Int { 2 << 20 }

  /// Allocates `count` zero elements.
  ///
  /// - Throws: `NablaError.outOfMemory` when the machine has no such amount.
  package init(count: Int) throws(NablaError) {
    precondition(count >= 0, "count must not be negative")
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow else { throw .outOfMemory(bytes: nil) }
    try requireMemory(bytes: bytes)
    try self.init(reserving: count)
  }

  /// Makes room for `count` zero elements, of which fewer may be written than the machine has memory for.
  ///
  /// - Throws: `NablaError.outOfMemory` when the system grants no such amount.
  package init(reserving count: Int) throws(NablaError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    // Whole cache lines, at least one, so that a vector may load the last line whole.
    let (rounded, roundingOverflow) = max(bytes, 1).addingReportingOverflow(63)
    guard !overflow, !roundingOverflow else { throw .outOfMemory(bytes: nil) }
    let size = rounded & ~63
    let raw: UnsafeMutableRawPointer
    if size < Self.hugePage {
      var allocated: UnsafeMutableRawPointer?
      guard posix_memalign(&allocated, 64, size) == 0, let allocated else { throw .outOfMemory(bytes: size) }
      memset(allocated, 0, size)
      raw = allocated
    } else {
      (raw, mappedBytes) = try Self.map(size)
    }
    pointer = raw.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit {
    if mappedBytes > 0 { munmap(pointer, mappedBytes) } else { free(pointer) }
  }

  /// The elements, for as long as the buffer lives.
  package var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  /// Keeps the first `newCount` elements and gives the pages behind them back to the system.
  ///
  /// - Precondition: newCount <= count.
  package mutating func shrink(to newCount: Int) {
    precondition(newCount >= 0 && newCount <= count, "a buffer only shrinks")
    count = newCount
    guard mappedBytes > 0 else { return }
    let kept = Self.wholePages(max(newCount * MemoryLayout<Element>.stride, 1))
    if kept < mappedBytes { munmap(UnsafeMutableRawPointer(pointer) + kept, mappedBytes - kept) }
    mappedBytes = min(mappedBytes, kept)
  }

  /// Returns at least `size` bytes of whole pages, zero, on a huge-page boundary, and how many.
  private static func map(_ size: Int) throws(NablaError) -> (UnsafeMutableRawPointer, Int) {
    // A huge page more than needed, so that one begins inside; what lies around it is given back.
    guard size <= Int.max - 2 * hugePage else { throw .outOfMemory(bytes: nil) }
    let kept = wholePages(size)
    let start = mmap(
      nil, kept + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0)
    guard let start, start != UnsafeMutableRawPointer(bitPattern: -1) else { throw .outOfMemory(bytes: size) }
    let before = -Int(bitPattern: start) & (hugePage - 1)
    if before > 0 { munmap(start, before) }
    munmap(start + before + kept, hugePage - before)
    #if os(Linux)
      madvise(start + before, kept, MADV_HUGEPAGE)
    #endif
    return (start + before, kept)
  }

  private static func wholePages(_ bytes: Int) -> Int {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    return (bytes + page - 1) / page * page
  }
}

/// Refuses more memory than this process may have, before the system starts to swap, or ends it.
///
/// - Throws: `NablaError.outOfMemory`.
package func requireMemory(bytes: Int) throws(NablaError) {
  guard bytes <= ProcessLimits.current.memory ?? .max else { throw .outOfMemory(bytes: bytes) }
}
