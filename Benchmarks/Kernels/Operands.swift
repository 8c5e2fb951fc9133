import CKernels

/// Floats on a cache-line boundary that no kernel turns into NaN or infinity, however often it runs.
final class Floats {
  let pointer: UnsafeMutablePointer<Float>

  /// Creates `count` numbers in -0.25 ..< 0.25, the same in every run.
  init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    pointer = raw.bindMemory(to: Float.self, capacity: count)
    var state: UInt32 = 1
    for index in 0..<count {
      state = state &* 1_664_525 &+ 1_013_904_223
      pointer[index] = Float(state >> 8) / Float(1 << 25) - 0.25
    }
  }

  deinit { pointer.deallocate() }
}

/// `count` rounded up to whole panels.
func padded(_ count: Int) -> Int {
  let panel = Int(NABLA_PANEL)
  return (count + panel - 1) / panel * panel
}

/// Stops at a kernel that refused its arguments: what it takes to refuse is not worth timing.
func check(_ status: nabla_status) {
  precondition(status == NABLA_OK, String(cString: nabla_status_description(status)))
}
