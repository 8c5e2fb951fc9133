/// Where the parameters of each layer lie in one arena of floats: the one place for offsets, alike for
/// parameters, gradients and the state of an update rule.
///
/// Layer after layer: the weights in panels of 16 outputs, [panel][input][16], then the biases, padded to whole
/// panels. Lanes past the last output hold zero.
package struct ParameterLayout: Hashable, Sendable {
  /// One layer's place.
  package struct Layer: Hashable, Sendable {
    package let inputs: Int
    package let outputs: Int
    /// Outputs padded to whole panels: the row length of this layer's activations and errors.
    package let paddedOutputs: Int
    package let weightsOffset: Int
    package let biasesOffset: Int

    /// Floats in the panels of weights.
    var weightsCount: Int { paddedOutputs * inputs }
    /// Panels of weights.
    var panelCount: Int { paddedOutputs / panelWidth }
  }

  package let layers: [Layer]
  /// Floats in the arena.
  package let count: Int

  /// Lays out the parameters of `topology`.
  ///
  /// - Throws: `NablaError.outOfMemory` if their number overflows.
  package init(_ topology: Topology) throws(NablaError) {
    var layers: [Layer] = []
    var offset = 0
    for layer in topology.layers {
      let padded = paddedToPanels(layer.outputs)
      let (weights, overflow) = padded.multipliedReportingOverflow(by: layer.inputs)
      let (biases, sumOverflow) = offset.addingReportingOverflow(weights)
      guard !overflow, !sumOverflow, biases < Int.max / 8 - padded else { throw .outOfMemory(bytes: nil) }
      layers.append(
        Layer(
          inputs: layer.inputs, outputs: layer.outputs, paddedOutputs: padded, weightsOffset: offset,
          biasesOffset: biases))
      offset = biases + padded
    }
    self.layers = layers
    count = offset
  }

  /// Returns w^l of layer `index`, row-major [outputs, inputs], from `arena` [count].
  package func weights(layer index: Int, of arena: UnsafePointer<Float>) -> [Float] {
    let layer = layers[index]
    return [Float](unsafeUninitializedCapacity: layer.outputs * layer.inputs) { matrix, count in
      Kernels.unpack(
        arena + layer.weightsOffset, outputs: layer.outputs, inputs: layer.inputs,
        into: matrix.baseAddress!)
      count = layer.outputs * layer.inputs
    }
  }

  /// Returns b^l of layer `index` [outputs] from `arena` [count].
  package func biases(layer index: Int, of arena: UnsafePointer<Float>) -> [Float] {
    Array(UnsafeBufferPointer(start: arena + layers[index].biasesOffset, count: layers[index].outputs))
  }

  /// Writes w^l of layer `index`, row-major [outputs, inputs], to `arena` [count].
  package func setWeights(
    _ values: UnsafePointer<Float>, layer index: Int, of arena: UnsafeMutablePointer<Float>
  ) {
    let layer = layers[index]
    Kernels.pack(
      values, outputs: layer.outputs, inputs: layer.inputs, into: arena + layer.weightsOffset)
  }

  /// Writes b^l of layer `index` [outputs] to `arena` [count].
  package func setBiases(
    _ values: UnsafePointer<Float>, layer index: Int, of arena: UnsafeMutablePointer<Float>
  ) {
    (arena + layers[index].biasesOffset).update(from: values, count: layers[index].outputs)
  }

  /// The place of w^l_jk in the arena.
  func weightOffset(layer index: Int, output j: Int, input k: Int) -> Int {
    let layer = layers[index]
    return layer.weightsOffset + j / panelWidth * layer.inputs * panelWidth + k * panelWidth + j % panelWidth
  }
}

/// Returns `neurons` rounded up to whole panels of 16.
func paddedToPanels(_ neurons: Int) -> Int { (neurons + panelWidth - 1) / panelWidth * panelWidth }
