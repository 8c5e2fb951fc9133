#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The one owner of memory: `count` elements on a cache-line boundary, zero at the start, freed with its owner.
///
/// From 2 MiB up it starts on a huge-page boundary and asks for huge pages: the rows a sparse image touches are
/// scattered, and with 4 KiB pages the address translation costs more than the data.
package struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  /// The first element; valid as long as the buffer lives.
  package let pointer: UnsafeMutablePointer<Element>
  package let count: Int

  private static var hugePage: Int { 2 << 20 }

  /// Allocates `count` zero elements.
  ///
  /// - Throws: `NablaError.outOfMemory` when the system grants no such amount.
  package init(count: Int) throws(NablaError) {
    precondition(count >= 0, "count must not be negative")
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    let alignment = bytes >= Self.hugePage ? Self.hugePage : 64
    // Whole cache lines, at least one, so that a vector may load the last line whole.
    let (rounded, roundingOverflow) = max(bytes, 1).addingReportingOverflow(63)
    guard !overflow, !roundingOverflow else { throw .outOfMemory(bytes: nil) }
    let size = rounded & ~63
    var raw: UnsafeMutableRawPointer?
    guard size <= Self.physicalMemory, posix_memalign(&raw, alignment, size) == 0, let raw else {
      throw .outOfMemory(bytes: size)
    }
    #if os(Linux)
      if alignment == Self.hugePage { madvise(raw, size, MADV_HUGEPAGE) }
    #endif
    memset(raw, 0, size)
    pointer = raw.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { free(pointer) }

  /// The elements, for as long as the buffer lives.
  package var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  /// Bytes of memory in this machine: asking for more is refused before the system starts to swap.
  private static var physicalMemory: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && pageSize > 0 ? pages * pageSize : .max
  }
}
