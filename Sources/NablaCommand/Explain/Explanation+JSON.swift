import Nabla

extension Explanation {
  /// Every quantity of the five steps. Matrices are summarized: a gradient of 784 x 30 numbers is no reading.
  func json(source: String, part: DataPart, index: Int) -> JSON {
    let layers: [JSON] = network.topology.layers.enumerated().map { number, shape in
      let weights = trace.gradient.weights[number]
      let at = strongest(weights)
      let largest: JSON = [
        "j": .integer(at / shape.inputs), "k": .integer(at % shape.inputs), "value": .number(weights[at]),
      ]
      return [
        "l": .integer(number + 2),
        "activation": .string(shape.activation.rawValue),
        "w_shape": .integers([shape.outputs, shape.inputs]),
        "z": .numbers(trace.weightedInputs[number]),
        "a": .numbers(trace.activations[number + 1]),
        "delta": .numbers(trace.errors[number]),
        "gradient_w": Summary(weights).json(shape: [shape.outputs, shape.inputs]),
        "gradient_w_largest": largest,
        "gradient_b": .numbers(trace.gradient.biases[number]),
      ]
    }
    let output = trace.activations[trace.activations.count - 1]
    return [
      "source": .string(source),
      "set": .string(part.rawValue),
      "index": .integer(index),
      "label": .integer(label),
      "prediction": .integer(indexOfLargest(output)),
      "cost_function": .string(network.cost.rawValue),
      "cost": .number(trace.cost),
      "input": Summary(trace.activations[0]).json(shape: [trace.activations[0].count]),
      "target": .integers(output.indices.map { $0 == label ? 1 : 0 }),
      "layers": .array(layers),
      "update": .string(update.rule.name),
      "learning_rate": update.learningRate.map { .number($0) } ?? .null,
    ]
  }
}
