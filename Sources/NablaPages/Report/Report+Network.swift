import Nabla

extension Report {
  /// Columns up to which each has its bar; of more, the most important ones.
  package static let mostFeaturesDrawn = 30

  // MARK: Tables

  /// How much the network has from each column.
  var featuresSection: Markup? {
    guard let importance, !importance.columns.isEmpty else { return nil }
    let isAccuracy = importance.measure == .accuracy
    let order = importance.columns.enumerated().sorted {
      ($1.element.mean, $0.offset) < ($0.element.mean, $1.offset)
    }
    let bars = order.prefix(Self.mostFeaturesDrawn).map { _, column -> BarChart.Bar in
      BarChart.Bar(
        column.name, column.mean, spread: column.spread,
        text: isAccuracy ? (column.mean * 100).fixed(1) + "%" : column.mean.short)
    }
    let drawing = BarChart(
      bars,
      axis: isAccuracy ? Axis("accuracy lost", format: .percent) : Axis("RMSE gained"),
      description: "Importance of the columns by permutation", width: 480)
    let repeats = importance.columns[0].losses.count
    let samples = importance.sampleCount.grouped
    let more =
      bars.count < importance.columns.count
      ? " The \(bars.count) most important of \(importance.columns.count) columns." : ""
    return section(
      "What it looks at",
      "How much worse it does on \(samples) samples of the \(setName) when the cells of one column are shuffled: the "
        + "mean of \(repeats) shufflings, and the least and the most. Columns that tell the same share their importance."
        + more,
      ["<figure class=\"alone\">\(drawing.svg)</figure>"])
  }

  /// Predictions beside real targets.
  var targetsSection: Markup? {
    guard let values else { return nil }
    let drawn = values.targets.prefix(4)
    var charts: [Markup] = []
    for target in drawn {
      let name = target.name
      let predictions = ScatterChart(
        target.points.map { ScatterChart.Point(x: $0.actual, y: $0.predicted) }, x: Axis("true \(name)"),
        y: Axis("predicted \(name)"), guide: .diagonal, description: "Predicted over true \(name)")
      charts.append(chart("\(name): predicted over true", predictions.svg))
      let residuals = ScatterChart(
        target.points.map { ScatterChart.Point(x: $0.predicted, y: $0.predicted - $0.actual) },
        x: Axis("predicted \(name)"), y: Axis("predicted minus true"), guide: .zero, colour: 2,
        description: "Residuals of \(name) over predictions")
      charts.append(chart("\(name): residuals", residuals.svg, "A pattern here is something left to learn."))
      let histogram = Histogram(
        of: target.points.map { $0.predicted - $0.actual }, x: Axis("predicted minus true"), colour: 2,
        description: "How often residuals of \(name) occur")
      charts.append(chart("\(name): how often residuals occur", histogram.svg))
    }
    func cells(_ name: String, _ errors: RegressionMetrics.Errors) -> [String] {
      [
        name, errors.rootMeanSquared.short, errors.meanAbsolute.short, errors.medianAbsolute.short,
        errors.largest.short, errors.rSquared.map { $0.fixed(4) } ?? "–",
      ]
    }
    var rows = zip(values.targets, values.metrics.outputs).prefix(60).map { cells($0.name, $1) }
    if values.targets.count > 1 { rows.append(cells("mean", values.metrics.mean)) }
    let scores: Markup = """
      <figure>
      <figcaption>Errors</figcaption>
      \(table(["target", "RMSE", "MAE", "median", "largest", "R²"], rows, means: values.targets.count > 1 ? 1 : 0))
      </figure>
      """
    let more = drawn.count < values.targets.count ? " Charts are of the first \(drawn.count) targets." : ""
    return section(
      "How close it comes", "All numbers are of the \(setName), in the target's units." + more,
      [grid(charts + [scores])])
  }

  // MARK: The network itself

  /// Weights as pictures, and how the layers are doing.
  var networkSection: Markup? {
    var parts: [Markup] = []
    if let layers = layersTable { parts.append(layers) }
    if let weights, !weights.pictures.isEmpty {
      let shown = weights.pictures.count
      let tiles = weights.pictures.map { name, picture -> Markup in
        "<div class=\"tile\">\(picture.markup(width: 56, "weights of \(name)"))\(name)</div>"
      }
      let which =
        shown < weights.neuronCount
        ? "The \(shown) neurons of the first layer with the largest weights, of \(weights.neuronCount.grouped)."
        : "All neurons of the first layer."
      parts.append(
        """
        <h3 class="apart">First-layer weights</h3>
        <p class="explanation">\(which) Blue pixels speak for a neuron, orange ones against it; each picture has its own \
        scale.</p>
        <div class="tiles">
        \(tiles)
        </div>
        """)
    }
    return parts.isEmpty ? nil : section("Inside the network", "", parts)
  }

  private var layersTable: Markup? {
    guard !layers.isEmpty else { return nil }
    let rows = layers.map { layer -> [String] in
      let share = layer.deadShare.map { $0.percent }
      let what = layer.activation == .relu ? "dead" : "saturated"
      return [
        layer.name, layer.neurons.grouped, layer.activation.rawValue, share.map { "\($0) \(what)" } ?? "–",
      ]
    }
    return """
      <p class="explanation">A ReLU that is 0 for every sample is dead: it learns nothing more. The values of other \
      activations are saturated where the function is flat. Looked at on the first 1,000 samples of the \(setName).</p>
      \(table(["layer", "neurons", "activation", "dead or saturated"], rows))
      """
  }
}
