import Foundation
import Nabla

/// What the page shows of one picture: every layer's answer, and once a label is given the five steps of
/// backpropagation.
struct DrawingAnswer {
  let model: ServedModel
  let drawing: Drawing

  /// - Throws: `NablaError` if the picture does not fit.
  func json() throws(NablaError) -> JSON {
    let network = model.lesson.network
    // The trace of feedforward is that of any label; what depends on the label is left out where none was given.
    let trace = try network.backpropagate(image: drawing.pixels, label: drawing.label ?? 0)
    let output = trace.activations[trace.activations.count - 1]
    let best = indexOfLargest(output)
    let layers = network.topology.layers.indices.map { index -> JSON in
      ["z": .numbers(trace.weightedInputs[index]), "a": .numbers(trace.activations[index + 1])]
    }
    return [
      "picture": .string(Data(drawing.pixels).base64EncodedString()),
      "input": Summary(trace.activations[0]).json(shape: [trace.activations[0].count]),
      "lit": .integer(drawing.pixels.count { $0 != 0 }), "layers": .array(layers), "reads": .integer(best),
      "explanation": drawing.label.map { explanation(of: trace, label: $0) } ?? .null,
      "lesson": model.lesson.json,
    ]
  }

  private func explanation(of trace: BackpropagationTrace, label: Int) -> JSON {
    let network = model.lesson.network
    let formula = OutputErrorFormula(network.cost, network.topology.outputActivation)
    let layers = network.topology.layers.enumerated().map { index, shape -> JSON in
      let (weights, biases) = (trace.gradient.weights[index], trace.gradient.biases[index])
      let at = strongest(weights)
      let (j, k) = (at / shape.inputs, at % shape.inputs)
      return [
        "delta": .numbers(trace.errors[index]), "delta_norm": .number(norm(trace.errors[index])),
        "weights_norm": .number(norm(weights)), "biases_norm": .number(norm(biases)),
        "own_norm": .number(norm(network.weights(layer: index))),
        "largest": [
          "j": .integer(j), "k": .integer(k), "value": .number(weights[at]),
          "a": .number(trace.activations[index][k]), "delta": .number(trace.errors[index][j]),
        ],
      ]
    }
    // The gradient of a neuron of the first layer is the picture times its error.
    let neuron = strongest(trace.errors[0])
    let inputs = network.topology.inputSize
    let gradient = Array(trace.gradient.weights[0][neuron * inputs..<(neuron + 1) * inputs])
    return [
      "label": .integer(label), "cost": .number(trace.cost), "cost_formula": .string(formula.cost),
      "error_formula": .string(formula.error),
      "update": .array(UpdateFormula(model.metadata).lines(of: "pictures").map { .string($0) }),
      "layers": .array(layers), "neuron": .integer(neuron), "gradient": SignedBytes([gradient]).json,
    ]
  }

  private func norm(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}

extension Lesson {
  var json: JSON {
    [
      "steps": .integer(steps), "can_undo": .bool(canUndo),
      "check": check.map {
        ["of": .integer(Self.checkCount), "original": .integer($0.original), "now": .integer($0.now)]
      } ?? .null,
    ]
  }
}

/// Rows of numbers of both signs for pictures, a byte each: the largest of a row without its sign becomes 127.
struct SignedBytes {
  private let rows: [[Float]]

  init(_ rows: [[Float]]) { self.rows = rows }

  var json: JSON {
    let scales = rows.map { row in row.reduce(0) { max($0, $1.magnitude) } }
    let bytes = zip(rows, scales).flatMap { row, scale in
      row.map { UInt8(bitPattern: Int8((scale > 0 ? $0 / scale * 127 : 0).rounded())) }
    }
    return [
      "scales": .numbers(scales), "bytes": .string(Data(bytes).base64EncodedString()),
    ]
  }
}
