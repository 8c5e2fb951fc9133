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
    let isRegression = sample.label == nil
    return [
      "source": .string(source),
      "set": .string(part.rawValue),
      "index": .integer(index),
      "label": sample.label.map { .integer($0) } ?? .null,
      "prediction": isRegression ? .null : .integer(indexOfLargest(output)),
      "values": isRegression ? .numbers(sample.values) : .null,
      "predicted_values": isRegression ? .numbers(sample.encoding.decoded(output)) : .null,
      "cost_function": .string(network.cost.rawValue),
      "cost": .number(trace.cost),
      "input": Summary(trace.activations[0]).json(shape: [trace.activations[0].count]),
      "x": sample.plural == "rows" ? .numbers(trace.activations[0]) : .null,
      "target": isRegression ? .numbers(trace.target) : .integers(trace.target.map { Int($0) }),
      "layers": .array(layers),
      "update": .string(update.rule.name),
      "learning_rate": update.learningRate.map { .number($0) } ?? .null,
    ]
  }
}
