import Nabla
import NablaFormats
import NablaPages

/// A network and the samples that a report measures it on.
struct ReportSubject {
  let network: Network
  /// What its inputs and outputs mean.
  let encoding: DataEncoding
  /// Read as the network reads it.
  let data: Dataset
  /// What people call the samples: "test set".
  let setName: String
  let threads: Int?

  /// Wrong samples that are shown at most.
  static let mostMistakes = 24
  /// Neurons whose weights are shown at most.
  static let mostNeurons = 48
  /// Pixels that all pictures of a kind have together at most: what keeps the file small.
  static let mostPixels = 400_000
  /// Samples of a regression that are drawn at most.
  static let mostPoints = 1500
  /// Samples that saturation is looked for in.
  private static let layerSamples = 1000

  /// Measures everything, and returns the report so far: what only the run or its model knows is added by the caller.
  ///
  /// - Throws: `NablaError` if the data does not fit, or an output is not finite.
  func report(title: String, introduction: String) throws -> Report {
    var report = Report(title: title, introduction: introduction, setName: setName)
    let outputs = try network.outputs(of: data, threads: threads)
    if encoding.isRegression {
      try addValues(outputs, to: &report)
    } else {
      try addClasses(outputs, to: &report)
    }
    report.importance = try network.permutationImportance(of: data, threads: threads)
    if data.isTable, report.importance == nil {
      report.notes.append("Too many columns for their importance to be measured in seconds.")
    }
    report.layers = try layers
    report.weights = weights
    return report
  }

  // MARK: What it answers

  private func addClasses(_ outputs: [Float], to report: inout Report) throws {
    let labels = (0..<data.count).map { UInt16(data.label(at: $0)) }
    let classCount = network.topology.outputSize
    let metrics = try ClassificationMetrics(
      outputs: outputs.span, labels: labels.span, classCount: classCount)
    let cost = network.cost.mean(of: outputs.span, labels: labels.span)
    let names = (0..<classCount).map(encoding.className)
    let most = min(Self.mostMistakes, data.isTable ? 12 : Self.mostMistakes)
    let mistakes = ConfidentMistake.surest(most, outputs: outputs, labels: labels, classCount: classCount)
    let hasPictures = canShow(most)
    report.classes = Report.Classes(
      metrics: metrics, names: names, cost: cost,
      mistakes: mistakes.map { mistake in
        Report.Mistake(
          index: mistake.index, actual: mistake.actual, predicted: mistake.predicted,
          confidences: mistake.confidences, picture: hasPictures ? picture(at: mistake.index) : nil)
      })
    report.figures = [
      Report.Figure(metrics.accuracy.percent, "accuracy, \(setName)"),
      Report.Figure(
        (metrics.count - metrics.correct).grouped, "wrong of \(metrics.count.grouped)"),
      Report.Figure(metrics.macro.f1.fixed(4), "macro F1"),
    ]
    if let logLoss = metrics.logLoss { report.figures.append(Report.Figure(logLoss.fixed(4), "log-loss")) }
    // Of a softmax they are the same number.
    if metrics.logLoss == nil || network.cost != .logLikelihood {
      report.figures.append(Report.Figure(cost.fixed(4), "cost"))
    }
  }

  private func addValues(_ outputs: [Float], to report: inout Report) throws {
    guard case .values(let values) = encoding.target else { return }
    let predictions = encoding.decoded(outputs)
    let targets = (0..<data.count).flatMap { data.values(at: $0) }
    let metrics = try RegressionMetrics(
      predictions: predictions.span, targets: targets.span, outputCount: values.count)
    let drawn = min(data.count, Self.mostPoints)
    let parts = values.enumerated().map { output, value in
      let points = (0..<drawn).map { place -> (actual: Double, predicted: Double) in
        let index = place * data.count / drawn * values.count + output
        return (Double(targets[index]), Double(predictions[index]))
      }
      return Report.Target(name: value.name, points: points)
    }
    report.values = Report.Values(metrics: metrics, targets: parts)
    report.figures = [
      Report.Figure(metrics.mean.rootMeanSquared.short, "RMSE, \(setName)"),
      Report.Figure(metrics.mean.meanAbsolute.short, "mean absolute error"),
    ]
    if let r2 = metrics.mean.rSquared { report.figures.append(Report.Figure(r2.fixed(4), "R²")) }
    report.figures.append(Report.Figure(data.count.grouped, "samples"))
  }

  // MARK: Pictures

  /// Whether so many pictures of the network's input fit the file.
  private func canShow(_ count: Int) -> Bool {
    let shape = data.imageShape
    return !data.isTable && shape.rows > 1 && shape.columns > 1
      && shape.rows * shape.columns <= Self.mostPixels / max(count, 1)
  }

  private func picture(at index: Int) -> PixelPicture {
    PixelPicture(
      pixels: data.image(at: index), rows: data.imageShape.rows, columns: data.imageShape.columns)
  }

  /// The neurons of the first layer with the largest weights, in their order.
  private var weights: Report.Weights? {
    let layer = network.topology.layers[0]
    guard canShow(min(Self.mostNeurons, layer.outputs)) else { return nil }
    let values = network.weights(layer: 0)
    func row(_ neuron: Int) -> ArraySlice<Float> {
      values[neuron * layer.inputs..<(neuron + 1) * layer.inputs]
    }
    var shown = Array(0..<layer.outputs)
    if shown.count > Self.mostNeurons {
      let squares = shown.map { row($0).reduce(0) { $0 + $1 * $1 } }
      shown.sort { (squares[$1], $0) < (squares[$0], $1) }
      shown = shown.prefix(Self.mostNeurons).sorted()
    }
    let areOutputs = network.topology.layers.count == 1
    let pictures = shown.map { neuron in
      (
        name: areOutputs ? encoding.className(neuron) : "\(neuron)",
        picture: PixelPicture(
          signed: Array(row(neuron)), rows: data.imageShape.rows, columns: data.imageShape.columns)
      )
    }
    return Report.Weights(pictures: pictures, neuronCount: layer.outputs)
  }

  // MARK: Layers

  private var layers: [Report.Layer] {
    get throws {
      let shares = try network.deadShares(on: data[0..<min(Self.layerSamples, data.count)])
      let layers = network.topology.layers
      return layers.enumerated().map { index, layer in
        let hasShare = [.relu, .sigmoid, .tanh].contains(layer.activation)
        return Report.Layer(
          name: index == layers.count - 1 ? "output" : "hidden \(index + 1)", neurons: layer.outputs,
          activation: layer.activation, deadShare: hasShare ? shares[index] : nil)
      }
    }
  }
}
