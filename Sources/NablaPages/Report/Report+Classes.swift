import Nabla

extension Report {
  /// Classes up to which the whole confusion matrix is drawn; of more, those with the most mistakes.
  package static let mostClassesDrawn = 20
  /// Classes up to which each has its row of scores; of more, those with the lowest F1.
  package static let mostClassesListed = 60

  /// What was taken for what, the scores of the classes, and calibration.
  var mistakesSection: Markup? {
    guard let classes else { return nil }
    var parts: [Markup] = []
    if let matrix = confusionChart(classes) { parts.append(matrix) }
    parts.append(scoresTable(classes))
    if let calibration = calibrationChart(classes.metrics) { parts.append(calibration) }
    if let pairs = frequentMistakes(classes) { parts.append(pairs) }
    return section(
      "What it takes for what",
      "All numbers are of the \(setName), \(classes.metrics.count.grouped) samples.", [grid(parts)])
  }

  private func confusionChart(_ classes: Classes) -> Markup? {
    let confusion = classes.metrics.confusion
    guard !confusion.isEmpty else { return nil }
    let shown = mostMistaken(confusion, Self.mostClassesDrawn)
    let names = shown.map { classes.names[$0] }
    let map = HeatMap(
      values: shown.map { row in shown.map { confusion[row][$0] } }, rowNames: names, columnNames: names,
      rowTitle: "is", columnTitle: "read as",
      description: "Confusion matrix of the \(setName): rows are classes, columns what they were read as")
    let caption =
      shown.count < classes.names.count
      ? "\(shown.count) of \(classes.names.count) classes: those with the most mistakes."
      : "Each row is a class. Blue is read right, by its share; orange are mistakes, the largest share the strongest."
    return chart("Confusion matrix", map.svg, caption)
  }

  /// At most `count` classes: those in the most mistakes, as what was shown or what was read; in their order.
  private func mostMistaken(_ confusion: [[Int]], _ count: Int) -> [Int] {
    guard confusion.count > count else { return Array(confusion.indices) }
    var mistakes = [Int](repeating: 0, count: confusion.count)
    for (actual, row) in confusion.enumerated() {
      for (predicted, samples) in row.enumerated() where predicted != actual {
        mistakes[actual] += samples
        mistakes[predicted] += samples
      }
    }
    let order = mistakes.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }
    return order.prefix(count).sorted()
  }

  private func scoresTable(_ classes: Classes) -> Markup {
    let metrics = classes.metrics
    var shown = Array(classes.names.indices)
    var title = "Scores of each class"
    if shown.count > Self.mostClassesListed {
      shown = shown.filter { metrics.support[$0] > 0 }
        .sorted { (metrics.classes[$0].f1, $0) < (metrics.classes[$1].f1, $1) }
      shown = Array(shown.prefix(30))
      title = "Scores of the \(shown.count) classes with the lowest F1, of \(classes.names.count)"
    }
    func cells(_ name: String, _ scores: ClassificationMetrics.Scores, _ support: Int) -> [String] {
      [name, scores.precision.fixed(4), scores.recall.fixed(4), scores.f1.fixed(4), support.grouped]
    }
    let rows =
      shown.map { cells(classes.names[$0], metrics.classes[$0], metrics.support[$0]) }
      + [
        cells("macro mean", metrics.macro, metrics.count),
        cells("weighted mean", metrics.weighted, metrics.count),
      ]
    return """
      <figure>
      <figcaption>\(title)</figcaption>
      \(table(["class", "precision", "recall", "F1", "support"], rows, means: 2))
      </figure>
      """
  }

  private func calibrationChart(_ metrics: ClassificationMetrics) -> Markup? {
    let bins = metrics.calibrationBins.filter { $0.count > 0 }
    guard !bins.isEmpty, let error = metrics.calibrationError else { return nil }
    let points = bins.map { bin -> ScatterChart.Point in
      let share = Double(bin.count) / Double(max(metrics.count, 1))
      return ScatterChart.Point(x: bin.meanConfidence, y: bin.accuracy, radius: 2.5 + 6 * share.squareRoot())
    }
    let drawing = ScatterChart(
      points, x: Axis("mean confidence", format: .percent, range: 0...1),
      y: Axis("read right", format: .percent, range: 0...1), guide: .diagonal, isJoined: true,
      description: "Share of samples read right over their confidence, in \(CalibrationBin.binCount) bins")
    return chart(
      "Calibration", drawing.svg,
      "Of samples read with 80% confidence, 80% should be right: the dashed line. The area of a point grows with its "
        + "samples. Expected calibration error \(error.fixed(4)).")
  }

  private func frequentMistakes(_ classes: Classes) -> Markup? {
    var pairs: [(actual: Int, predicted: Int, count: Int)] = []
    for (actual, row) in classes.metrics.confusion.enumerated() {
      for (predicted, count) in row.enumerated() where predicted != actual && count > 0 {
        pairs.append((actual, predicted, count))
      }
    }
    pairs.sort { ($1.count, $0.actual, $0.predicted) < ($0.count, $1.actual, $1.predicted) }
    guard !pairs.isEmpty else { return nil }
    let bars = pairs.prefix(10).map { pair -> BarChart.Bar in
      BarChart.Bar(
        "\(classes.names[pair.actual]) → \(classes.names[pair.predicted])", Double(pair.count),
        text: pair.count.grouped, colour: 2)
    }
    let drawing = BarChart(
      bars, axis: Axis("samples", isWhole: true), description: "The most frequent mistakes")
    return chart("Most frequent mistakes", drawing.svg, "What it is → what it was read as.")
  }

  // MARK: The most confident errors

  /// Mistakes with the highest confidence: what the network is surest of and wrong about.
  var picturesSection: Markup? {
    guard let classes else { return nil }
    let wrong = classes.metrics.count - classes.metrics.correct
    guard wrong > 0 else {
      return section("Most confident mistakes", "Every sample of the \(setName) is read right.", [])
    }
    let cards = classes.mistakes.map { card($0, classes.names) }
    let count = wrong == 1 ? "The one sample" : "\(classes.mistakes.count) of the \(wrong.grouped) samples"
    let bars =
      "The bars are the confidences in each class: blue is what it is, orange what it was read as; # is the place in the set, from 0."
    return section(
      "Most confident mistakes", "\(count) of the \(setName) read wrong, the surest first. \(bars)",
      ["<div class=\"cards\">\n\(cards)\n</div>"])
  }

  private func card(_ mistake: Mistake, _ names: [String]) -> Markup {
    let (actual, predicted) = (names[mistake.actual], names[mistake.predicted])
    let picture = mistake.picture?.markup(width: 72, "sample \(mistake.index): \(actual)")
    let confidence = mistake.confidences[mistake.predicted]
    return """
      <div class="card">\(picture)<div><strong>\(actual)</strong> read as <strong>\(predicted)</strong><br/>\
      <span>\((confidence * 100).fixed(1))% sure, #\(mistake.index)</span>\(confidenceBars(mistake, names))</div></div>
      """
  }

  /// The confidences as ten bars; of more classes, those of the ten highest and of the right one.
  private func confidenceBars(_ mistake: Mistake, _ names: [String]) -> Markup {
    let most = 10
    var shown = Array(mistake.confidences.indices)
    if shown.count > most {
      shown.sort { (mistake.confidences[$1], $0) < (mistake.confidences[$0], $1) }
      shown = Array(shown.prefix(most))
      if !shown.contains(mistake.actual) { shown[most - 1] = mistake.actual }
      shown.sort()
    }
    let (step, height) = (11.0, 30.0)
    let hasLabels = shown.allSatisfy { names[$0].count == 1 }
    var parts: [Markup] = []
    for (place, index) in shown.enumerated() {
      let x = Double(place) * step
      let length = max(0, min(1, mistake.confidences[index])) * height
      let style = index == mistake.actual ? "right" : index == mistake.predicted ? "wrong" : "rest"
      parts.append("<path class=\"axis\" d=\"M\(x) \(height + 0.5)h8\"/>")
      parts.append(
        "<rect class=\"\(style)\" x=\"\(x)\" y=\"\(height - length)\" width=\"8\" height=\"\(length)\"/>")
      if hasLabels {
        parts.append(
          "<text class=\"small middle\" x=\"\(x + 4)\" y=\"\(height + 11)\">\(names[index])</text>")
      }
    }
    let description = shown.map { "\(names[$0]) \(mistake.confidences[$0].percent)" }.joined(separator: ", ")
    return drawingMarkup(
      width: Double(shown.count) * step, height: height + (hasLabels ? 13 : 2), description, parts)
  }
}
