import Nabla

extension Report {
  /// The curves of the run, epoch by epoch.
  var learningSection: Markup? {
    guard !history.isEmpty else { return nil }
    let isRegression = history.contains { ($0.validation ?? $0.test)?.errors != nil }
    var charts = [isRegression ? errorCurves : accuracyCurves, costCurves, rateCurve].compactMap(\.self)
    charts = charts.map { $0 }
    let rates = Set(history.map(\.learningRate))
    let rate =
      rates.count == 1 ? " The learning rate is \(Double(history[0].learningRate).short) throughout." : ""
    return section(
      "How it learned",
      "What was measured after each epoch. The cost of the training set is the mean over the epoch, while its weights "
        + "change." + rate, [grid(charts)])
  }

  private typealias Point = (x: Double, y: Double)

  private var epochs: Axis { Axis("epoch", isWhole: true, tickCount: 6) }

  private func points(_ value: (EpochResult) -> Double?) -> [Point] {
    history.compactMap { epoch in value(epoch).map { (Double(epoch.epoch), $0) } }
  }

  /// The kept epoch, marked.
  private var marks: [LineChart.Mark] {
    guard let keptEpoch, history.count > 1 else { return [] }
    return [LineChart.Mark(x: Double(keptEpoch), "kept: \(keptEpoch)")]
  }

  /// The sets that were measured, each in its colour: the same in all charts.
  private func sets(_ value: (Evaluation) -> Double?) -> [LineChart.Series] {
    let all = [
      LineChart.Series("validation", points { $0.validation.flatMap(value) }, colour: 2),
      LineChart.Series("test", points { $0.test.flatMap(value) }, colour: 1),
    ]
    return all.filter { !$0.points.isEmpty }
  }

  private var accuracyCurves: Markup? {
    let series = sets { $0.accuracy }
    guard !series.isEmpty else { return nil }
    let names = series.map(\.name).joined(separator: " and ")
    let drawing = LineChart(
      series, x: epochs, y: Axis(format: .percent), marks: marks,
      description: "Accuracy on the \(names) set over epochs")
    return chart(series.count > 1 ? "Accuracy" : "Accuracy on the \(names) set", drawing.svg)
  }

  private var errorCurves: Markup? {
    let series = sets { $0.errors?.rmse }
    guard !series.isEmpty else { return nil }
    let names = series.map(\.name).joined(separator: " and ")
    let drawing = LineChart(
      series, x: epochs, y: axis(series), marks: marks,
      description: "Root of the mean squared error on the \(names) set over epochs")
    return chart(series.count > 1 ? "RMSE" : "RMSE on the \(names) set", drawing.svg)
  }

  private var costCurves: Markup? {
    let training = LineChart.Series("training", points { $0.report.trainingCost }, colour: 3)
    let series = [training] + sets { $0.cost }
    let drawing = LineChart(
      series, x: epochs, y: axis(series), marks: marks, description: "Cost over epochs")
    return chart("Cost", drawing.svg)
  }

  /// Only where it changes.
  private var rateCurve: Markup? {
    let series = LineChart.Series("rate", points { Double($0.learningRate) }, colour: 4)
    guard Set(series.points.map(\.y)).count > 1 else { return nil }
    let drawing = LineChart(
      [series], x: epochs, y: axis([series], factor: 200),
      description: "Learning rate at the start of each epoch")
    return chart("Learning rate", drawing.svg)
  }

  /// Logarithmic where the numbers span more than a factor.
  private func axis(_ series: [LineChart.Series], factor: Double = 20) -> Axis {
    let values = series.flatMap(\.points).map(\.y).filter(\.isFinite)
    guard let least = values.min(), let largest = values.max(), least > 0, largest > factor * least else {
      return Axis()
    }
    return Axis(scale: .logarithmic)
  }
}
