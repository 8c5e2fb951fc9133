import CKernels

/// Neurons in one panel of weights.
package let panelWidth = Int(NABLA_PANEL)

/// The C kernels with their shapes checked, as Swift sees them: pointers in, nothing copied. Everything here is
/// `NABLA_OK` by construction, so a status that is not is a defect of this package, never of its user.
enum Kernels {
  /// Panels from w^l, row-major [outputs, inputs].
  static func pack(
    _ weights: UnsafePointer<Float>, outputs: Int, inputs: Int, into panels: UnsafeMutablePointer<Float>
  ) {
    check(nabla_panels_pack_f32(outputs, inputs, weights, inputs, panels, nil))
  }

  /// w^l, row-major [outputs, inputs], from panels.
  static func unpack(
    _ panels: UnsafePointer<Float>, outputs: Int, inputs: Int, into weights: UnsafeMutablePointer<Float>
  ) {
    check(nabla_panels_unpack_f32(outputs, inputs, panels, weights, inputs, nil))
  }

  /// Σ x² in double and whether all of the `count` values are finite.
  static func sumOfSquares(_ values: UnsafePointer<Float>, count: Int) -> (sum: Double, allFinite: Bool) {
    var sum = 0.0
    var finite: Int32 = 0
    check(nabla_sum_of_squares_f32(count, values, &sum, &finite))
    return (sum, finite != 0)
  }

  /// out = pixel / 255 over `count` pixels.
  static func pixels(_ pixels: UnsafePointer<UInt8>, count: Int, into out: UnsafeMutablePointer<Float>) {
    check(nabla_pixels_f32(count, pixels, out, nil))
  }

  @inline(__always)
  static func check(_ status: nabla_status) {
    precondition(status == NABLA_OK, "a kernel refused its arguments")
  }
}
