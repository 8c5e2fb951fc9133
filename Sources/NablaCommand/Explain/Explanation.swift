import Nabla

/// The five steps of backpropagation for one sample, in the book's symbols and with its equation numbers.
///
/// Layers count as in the book: l = 1 is the input, L the output. `trace.activations[l - 1]` is a^l, and
/// `weightedInputs[l - 2]`, `errors[l - 2]` and the gradient's `[l - 2]` belong to layer l.
struct Explanation {
  let network: Network
  let trace: BackpropagationTrace
  let sample: ExplainedSample
  /// How the model was trained.
  let update: UpdateFormula

  /// L, the number of the output layer.
  private var last: Int { network.topology.layerSizes.count }
  private var output: [Float] { trace.activations[last - 1] }
  private var hidden: [Int] { Array(stride(from: last - 1, through: 2, by: -1)) }

  func lines(on terminal: Terminal) -> [String] {
    input(terminal) + feedforward(terminal) + outputError(terminal) + backpropagatedError(terminal)
      + gradient(terminal)
  }

  // MARK: The five steps

  private func input(_ terminal: Terminal) -> [String] {
    let x = trace.activations[0]
    let facts = [
      "dimension   [\(x.count)]",
      "not zero    \(x.count { $0 != 0 }) of \(x.count)",
      "largest     \((x.max() ?? 0).short)",
      "mean        \(Summary(x).mean.short)",
      "",
      target,
    ]
    let head = title(1, "Input", "set the activation a^1", terminal)
    switch sample.look {
    case .picture(let picture):
      return head
        + Columns.beside(
          picture.lines(on: terminal), width: picture.columns,
          ["a^1 = x, a grey value from 0 to 1 for each pixel", ""] + facts, on: terminal)
    case .row(let lines, _):
      return head + [
        "a^1 = x: each cell filled and scaled as in training, a word as 1 in its own input", "",
      ]
        + lines + [""] + facts
    }
  }

  /// What y is.
  private var target: String {
    sample.label == nil
      ? "y [\(output.count)] is \(sample.truth), scaled: \(trace.target.map(\.short).joined(separator: ", "))"
      : "y [\(output.count)] is 1 for \(sample.truth), else 0"
  }

  private func feedforward(_ terminal: Terminal) -> [String] {
    var rows: [String] = []
    for l in 2...last {
      let layer = network.topology.layers[l - 2]
      rows += [
        "",
        "l = \(l):  w^\(l) [\(layer.outputs),\(layer.inputs)]  a^\(l - 1) [\(layer.inputs)]  "
          + "b^\(l) [\(layer.outputs)]",
      ]
      rows.append(row("z^\(l)", trace.weightedInputs[l - 2]))
      rows.append(row("a^\(l)", trace.activations[l - 1]))
    }
    let all = 2...last
    let equation = "z^l = w^l a^(l-1) + b^l,  a^l = \(symbol(all))(z^l)   (25)"
    return title(2, "Feedforward", equation, terminal)
      + formulas(all, \.formula) + [""]
      + [Summary.header(indent: indent)] + rows.dropFirst()
  }

  private func outputError(_ terminal: Terminal) -> [String] {
    let (z, delta) = (trace.weightedInputs[last - 2], trace.errors[last - 2])
    let formula = OutputErrorFormula(network.cost, network.topology.outputActivation)
    var lines = title(3, "Output error", formula.error, terminal)
    let widths = [4, 12, 10, sample.label == nil ? 10 : 4, 12]
    let names =
      ["j", "z^\(last)", "a^\(last)", "y", "δ^\(last)"]
      + (formula.slope == nil ? [] : ["\(symbol(last...last))′(z^\(last))"])
    func cells(_ cells: [String]) -> String {
      zip(cells, widths + [12]).map { $0.padded(to: $1, right: true) }.joined()
    }
    lines.append(cells(names))
    let best = indexOfLargest(output)
    for j in output.indices {
      let a = output[j]
      let y = sample.label == nil ? trace.target[j].short : String(Int(trace.target[j]))
      let slope = formula.slope.map { [$0(a).short] } ?? []
      let text = cells([String(j), z[j].short, a.short, y, delta[j].short] + slope)
      let isBest = sample.label != nil && j == best
      lines.append((isBest ? terminal.styled(text, .strong) : text) + remark(j))
    }
    return lines + ["", "\(formula.cost)  =  \(trace.cost.short)", verdict(best, terminal)]
  }

  /// What stands behind output j: how large it is, as a bar, and what it is called.
  private func remark(_ j: Int) -> String {
    switch sample.encoding.target {
    case .values(let values):
      return values.indices.contains(j) ? "  \(values[j].name.onOneLine.cut(to: 24))" : ""
    case .classes(let names):
      let bar = "  " + Bars.lying(output[j], width: 12)
      return names.indices.contains(j) ? bar.padded(to: 16) + names[j].onOneLine.cut(to: 14) : bar
    }
  }

  private func verdict(_ best: Int, _ terminal: Terminal) -> String {
    guard let label = sample.label else {
      let answer = sample.encoding.decoded(output).map { Double($0).sixDigits }.joined(separator: ", ")
      return "The network says \(answer); it is \(sample.truth)."
    }
    let (read, right) = (
      sample.encoding.className(best).onOneLine, sample.encoding.className(label).onOneLine
    )
    let words =
      best == label
      ? terminal.styled("reads \(read): right", .right)
      : terminal.styled("reads \(read), is \(right): wrong", .wrong)
    return "The network \(words)."
  }

  private func backpropagatedError(_ terminal: Terminal) -> [String] {
    let f = last > 2 ? symbol(2...last - 1) : "f"
    let lines = title(
      4, "Backpropagate the error", "δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ \(f)′(z^l)   (BP2)", terminal)
    guard last > 2 else { return lines + ["There is no hidden layer: the output error is all."] }
    let isSigmoid = f == Activation.sigmoid.symbol
    var rows = isSigmoid ? [] : formulas(2...last - 1, \.slopeFormula) + [""]
    rows.append(Summary.header(indent: indent))
    for l in hidden {
      rows.append(row("δ^\(l)", trace.errors[l - 2]))
      let layer = network.topology.layers[l - 1]
      rows.append(
        note(
          "from (w^\(l + 1))ᵀ [\(layer.inputs),\(layer.outputs)], δ^\(l + 1) [\(layer.outputs)], "
            + "\(symbol(l...l))′(z^\(l)) [\(layer.inputs)]; strongest j = \(strongest(trace.errors[l - 2]))"))
    }
    return lines + rows
  }

  private func gradient(_ terminal: Terminal) -> [String] {
    var lines = title(
      5, "Output", "∂C/∂b^l_j = δ^l_j   (BP3),  ∂C/∂w^l_jk = a^(l-1)_k δ^l_j   (BP4)", terminal)
    lines.append(Summary.header(indent: indent))
    for l in 2...last {
      let layer = network.topology.layers[l - 2]
      let weights = trace.gradient.weights[l - 2]
      let at = strongest(weights)
      lines.append(row("∂C/∂w^\(l)", weights, shape: "[\(layer.outputs),\(layer.inputs)]"))
      lines.append(row("∂C/∂b^\(l)", trace.gradient.biases[l - 2]))
      let (j, k) = (at / layer.inputs, at % layer.inputs)
      lines.append(
        note(
          "largest at j = \(j), k = \(k): \(weights[at].short) = a^\(l - 1)_\(k) × δ^\(l)_\(j)"
            + " = \(trace.activations[l - 2][k].short) × \(trace.errors[l - 2][j].short)"))
    }
    return lines + [""] + update.lines(of: sample.plural) + [""] + strongestNeuron(terminal)
  }

  /// One neuron of the first layer, input by input: its gradient, and the weights it moves.
  private func strongestNeuron(_ terminal: Terminal) -> [String] {
    let inputs = network.topology.inputSize
    let j = strongest(trace.errors[0])
    let range = j * inputs..<(j + 1) * inputs
    let gradient = Array(trace.gradient.weights[0][range])
    let weights = Array(network.weights(layer: 0)[range])
    switch sample.look {
    case .picture(let picture):
      let sign =
        trace.errors[0][j] < 0 ? "negative: these weights will grow" : "positive: these weights will shrink"
      let shape = (rows: picture.rows, columns: picture.columns)
      let cards = [
        SignedPicture(gradient, shape, title: "∂C/∂w^2_\(j),k"),
        SignedPicture(weights, shape, title: "w^2_\(j),k"),
      ]
      return [
        "Neuron j = \(j) of layer 2: its gradient is the picture times δ^2_\(j), which is",
        sign + ".", "",
      ] + SignedPicture.sideBySide(cards, on: terminal)
    case .row(_, let names):
      let x = trace.activations[0]
      let strongest = x.indices.sorted { (gradient[$1].magnitude, $0) < (gradient[$0].magnitude, $1) }
        .prefix(Self.mostInputs)
      func cells(_ name: String, _ numbers: [String]) -> String {
        "  " + name.cut(to: 24).padded(to: 24)
          + numbers.map { $0.padded(to: Summary.columnWidth, right: true) }.joined()
      }
      let trend = trace.errors[0][j] < 0 ? "negative" : "positive"
      return [
        "Neuron j = \(j) of layer 2: its gradient is x times δ^2_\(j), which is \(trend).",
        "The inputs that move it most:", "", cells("", ["x", "w^2", "∂C/∂w^2"]),
      ]
        + strongest.map { k in
          cells(
            names.indices.contains(k) ? names[k] : "\(k)", [x[k].short, weights[k].short, gradient[k].short])
        }
    }
  }

  /// Inputs of a table that are listed.
  private static let mostInputs = 12

  // MARK: Layout

  /// Columns before a row's numbers: name and dimension.
  private var indent: Int { 22 }

  /// A line about the row above it.
  private func note(_ text: String) -> String { "    " + text }

  private func title(_ number: Int, _ name: String, _ equation: String, _ terminal: Terminal) -> [String] {
    ["", terminal.styled("\(number)  \(name)", .strong) + "   \(equation)", ""]
  }

  /// What f is called for these layers: σ where all are sigmoid.
  private func symbol(_ layers: ClosedRange<Int>) -> String {
    layers.allSatisfy { network.topology.layers[$0 - 2].activation == .sigmoid } ? "σ" : "f"
  }

  /// A line for each activation of these layers; the layers are named where there are several.
  private func formulas(
    _ layers: ClosedRange<Int>, _ formula: KeyPath<Activation, String>
  ) -> [String] {
    let activations = layers.map { (l: $0, activation: network.topology.layers[$0 - 2].activation) }
    return Activation.allCases.compactMap { activation in
      let having = activations.filter { $0.activation == activation }.map { String($0.l) }
      guard !having.isEmpty else { return nil }
      let names = having.count == activations.count ? "" : "l = \(having.joined(separator: ", ")):  "
      return names + activation[keyPath: formula]
    }
  }

  private func row(_ name: String, _ values: [Float], shape: String? = nil) -> String {
    name.padded(to: 10) + (shape ?? "[\(values.count)]").padded(to: indent - 10) + Summary(values).row
  }
}

/// The index of the value that is largest without its sign.
func strongest(_ values: [Float]) -> Int { indexOfLargest(values.map(\.magnitude)) }
