import CKernels

/// The three products of training with plain matrices: X [batch, inputs], W [outputs, inputs] and
/// D [batch, outputs].
func registerGemm(_ shape: Shape) {
  let (batch, outputs, inputs) = (shape.batch, shape.outputs, shape.inputs)
  let work = Work.multiplyAdds(shape.multiplyAdds)
  register("gemm  Z = X Wt    \(shape)", work) {
    gemm(NABLA_NO_TRANSPOSE, NABLA_TRANSPOSE, m: batch, n: outputs, k: inputs)
  }
  register("gemm  dX = D W    \(shape)", work) {
    gemm(NABLA_NO_TRANSPOSE, NABLA_NO_TRANSPOSE, m: batch, n: inputs, k: outputs)
  }
  register("gemm  dW = Dt X   \(shape)", work) {
    gemm(NABLA_TRANSPOSE, NABLA_NO_TRANSPOSE, m: outputs, n: inputs, k: batch)
  }
}

private func gemm(
  _ transposeA: nabla_transpose, _ transposeB: nabla_transpose, m: Int, n: Int, k: Int
) -> PreparedKernel {
  let (a, b, c) = (Floats(count: m * k), Floats(count: k * n), Floats(count: m * n))
  let (lda, ldb) = (transposeA == NABLA_TRANSPOSE ? m : k, transposeB == NABLA_TRANSPOSE ? k : n)
  return PreparedKernel {
    check(
      nabla_gemm_f32(
        transposeA, transposeB, m, n, k, 1, a.pointer, lda, b.pointer, ldb, 0, c.pointer, n, nil))
  }
}

/// The same three products as a layer computes them, on panels that are packed once and updated in place.
func registerDense(_ shape: Shape) {
  let (batch, outputs, inputs) = (shape.batch, shape.outputs, shape.inputs)
  let (ldx, ldd) = (padded(inputs), padded(outputs))
  let work = Work.multiplyAdds(shape.multiplyAdds)
  register("dense forward     \(shape)", work) {
    let layer = LayerOperands(shape)
    return PreparedKernel {
      check(
        nabla_dense_forward_f32(
          NABLA_SIGMOID, batch, outputs, inputs, layer.x.pointer, ldx, layer.panels.pointer,
          layer.biases.pointer, layer.d.pointer, ldd, nil))
    }
  }
  register("dense backward    \(shape)", work) {
    let layer = LayerOperands(shape)
    return PreparedKernel {
      check(
        nabla_dense_backward_f32(
          NABLA_IDENTITY, batch, outputs, inputs, layer.d.pointer, ldd, layer.panels.pointer, nil, ldx,
          layer.x.pointer, ldx, nil))
    }
  }
  register("dense update      \(shape)", work) {
    let layer = LayerOperands(shape)
    return PreparedKernel {
      check(
        nabla_dense_update_f32(
          batch, outputs, inputs, smallStep, layer.d.pointer, ldd, layer.x.pointer, ldx, 1,
          layer.panels.pointer, layer.biases.pointer, nil))
    }
  }
}

/// A step so short that millions of them leave the weights finite.
let smallStep: Float = -1e-9

/// A layer's operands: x [batch, inputs], the weights in panels, biases, and activations or errors d
/// [batch, outputs]; the rows of x and d are padded to whole panels.
private struct LayerOperands {
  let x: Floats
  let panels: Floats
  let biases: Floats
  let d: Floats

  init(_ shape: Shape) {
    x = Floats(count: shape.batch * padded(shape.inputs))
    panels = Floats(count: nabla_panels_size(shape.outputs, shape.inputs))
    biases = Floats(count: padded(shape.outputs))
    d = Floats(count: shape.batch * padded(shape.outputs))
  }
}
