import CKernels

/// The kernels that read and write arrays of `count` floats.
func registerElementwise(count: Int) {
  register("sigmoid           \(count)", .bytes(8 * count)) {
    let (z, a) = (Floats(count: count), Floats(count: count))
    return PreparedKernel { check(nabla_sigmoid_f32(count, z.pointer, a.pointer, nil)) }
  }
  register("sigmoid_prime     \(count)", .bytes(8 * count)) {
    let (z, a) = (Floats(count: count), Floats(count: count))
    return PreparedKernel { check(nabla_sigmoid_prime_f32(count, z.pointer, a.pointer, nil)) }
  }
  register("axpy              \(count)", .bytes(12 * count)) {
    let (x, y) = (Floats(count: count), Floats(count: count))
    return PreparedKernel { check(nabla_axpy_f32(count, smallStep, x.pointer, y.pointer, nil)) }
  }
}

/// The outer product added to a square matrix, which it reads and writes.
func registerOuterProduct(side: Int) {
  register("ger               \(side) x \(side)", .bytes(8 * side * side)) {
    let (x, y, a) = (Floats(count: side), Floats(count: side), Floats(count: side * side))
    return PreparedKernel {
      check(nabla_ger_f32(side, side, smallStep, x.pointer, y.pointer, a.pointer, side, nil))
    }
  }
}
