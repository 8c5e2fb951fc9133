import CKernels

/// The kernels that read and write arrays of `count` floats.
func registerElementwise(count: Int) {
  register("sigmoid           \(count)", .copied(8 * count)) {
    let (z, a) = (Floats(count: count), Floats(count: count))
    return PreparedKernel { check(nabla_sigmoid_f32(count, z.pointer, a.pointer, nil)) }
  }
  register("sigmoid_prime     \(count)", .copied(8 * count)) {
    let (z, a) = (Floats(count: count), Floats(count: count))
    return PreparedKernel { check(nabla_sigmoid_prime_f32(count, z.pointer, a.pointer, nil)) }
  }
  register("tanh              \(count)", .copied(8 * count)) {
    let (z, a) = (Floats(count: count), Floats(count: count))
    return PreparedKernel { check(nabla_tanh_f32(count, z.pointer, a.pointer, nil)) }
  }
  register("axpy              \(count)", .copied(12 * count)) {
    let (x, y) = (Floats(count: count), Floats(count: count))
    return PreparedKernel { check(nabla_axpy_f32(count, smallStep, x.pointer, y.pointer, nil)) }
  }
}

/// What goes through a square matrix once: the outer product added to it, plainly and as a layer's step on one
/// sample, which read and write it, and the products with a vector, which read it.
func registerSquare(side: Int) {
  let (count, shape) = (side * side, "\(side) x \(side)")
  register("ger               \(shape)", .changed(8 * count, size: 4 * count)) {
    let (x, y, a) = (Floats(count: side), Floats(count: side), Floats(count: count))
    return PreparedKernel {
      check(nabla_ger_f32(side, side, smallStep, x.pointer, y.pointer, a.pointer, side, nil))
    }
  }
  register("dense update      1 x \(shape)", .changed(8 * count, size: 4 * count)) {
    let (d, x, biases) = (Floats(count: side), Floats(count: side), Floats(count: side))
    let panels = Floats(count: nabla_panels_size(side, side))
    return PreparedKernel {
      check(
        nabla_dense_update_f32(
          1, side, side, smallStep, d.pointer, side, x.pointer, side, 1, panels.pointer, biases.pointer, nil))
    }
  }
  for (name, transpose) in [("A x ", NABLA_NO_TRANSPOSE), ("At x", NABLA_TRANSPOSE)] {
    register("gemv  y = \(name)    \(shape)", .loaded(4 * count, size: 4 * count)) {
      let (x, y, a) = (Floats(count: side), Floats(count: side), Floats(count: count))
      return PreparedKernel {
        check(nabla_gemv_f32(transpose, side, side, 1, a.pointer, side, x.pointer, 0, y.pointer, nil))
      }
    }
  }
}
