import Nabla
import NablaCommand
import Testing

@Suite("What nabla evaluate prints")
struct EvaluateReportTests {
  /// Samples of each class in turn; those of class 2 i + 1 are predicted as the class before, but every third.
  private func report(classes: Int, names: [String]? = nil) throws -> ClassificationReport {
    let labels = (0..<classes * 6).map { UInt16($0 % classes) }
    var outputs = [Float](repeating: 0, count: labels.count * classes)
    for (sample, label) in labels.enumerated() {
      let isWrong = label % 2 == 1 && sample / classes % 3 != 0
      outputs[sample * classes + Int(label) - (isWrong ? 1 : 0)] = 1
    }
    return ClassificationReport(
      try ClassificationMetrics(outputs: outputs.span, labels: labels.span, classCount: classes),
      classNames: names ?? (0..<classes).map { "class \($0)" })
  }

  @Test("a table of three classes")
  func perClass() throws {
    let lines = try report(classes: 3, names: ["setosa", "versicolor", "virginica"]).perClassLines(width: 80)
    #expect(
      lines == [
        " class       precision   recall       F1   support",
        " setosa         0.6000   1.0000   0.7500         6",
        " versicolor     1.0000   0.3333   0.5000         6",
        " virginica      1.0000   1.0000   1.0000         6",
        " ─────────────────────────────────────────────────",
        " macro          0.8667   0.7778   0.7500        18",
        " weighted       0.8667   0.7778   0.7500        18",
      ])
  }

  @Test("a confusion matrix with names")
  func confusion() throws {
    let lines = try report(classes: 3, names: ["setosa", "versicolor", "virginica"]).confusionLines(width: 80)
    #expect(
      lines == [
        "      shown │ read as",
        "            │   setosa versico… virgini…",
        "────────────┼───────────────────────────",
        "     setosa │        6        ·        ·",
        " versicolor │        4        2        ·",
        "  virginica │        ·        ·        6",
      ])
  }

  @Test("names of any length fit the terminal, whatever is in them", arguments: [60, 80, 200])
  func longNames(width: Int) throws {
    let names = ["a", String(repeating: "long ", count: 60), "line\nbreak\u{1B}[31m"]
    let report = try report(classes: 3, names: names)
    let lines = report.perClassLines(width: width) + report.confusionLines(width: width)
    #expect(lines.filter { $0.count > width } == [])
    #expect(lines.contains { $0.contains("…") })
    #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") })
    let classes = try JSONLine(report.json(set: "test", cost: nil)).objects("classes")
    #expect(try classes.map { try $0.string("name") } == names)
  }

  @Test("of many classes the worst ten stand in the table")
  func worstTen() throws {
    let lines = try report(classes: 40).perClassLines(width: 80)
    #expect(lines.count == 1 + 1 + 10 + 1 + 2)
    #expect(lines[0] == "10 of 40 classes, those with the lowest F1; --json has all")
    // Those that are misread; of equal ones the lower class first.
    for (row, line) in lines.dropFirst(2).prefix(10).enumerated() {
      #expect(line.hasPrefix(" class \(2 * row + 1) "), "\(line)")
    }
    #expect(try report(classes: 30).perClassLines(width: 80).count == 34)
  }

  @Test("a matrix that is too wide shows the classes with the most mistakes", arguments: [64, 80, 120])
  func wideConfusion(width: Int) throws {
    // Four characters a cell, and eight for the rows' names.
    let fitting = (width - 9) / 4
    let lines = try report(classes: 100, names: (0..<100).map(String.init)).confusionLines(width: width)
    #expect(lines[0] == "\(fitting) of 100 classes, those with the most mistakes; --json has all")
    #expect(lines.count == 4 + fitting)
    #expect(lines.filter { $0.count > width } == [])
    #expect(lines[4] == "     0 │   6   ·" + String(repeating: "   ·", count: fitting - 2))
    #expect(lines[5] == "     1 │   4   2" + String(repeating: "   ·", count: fitting - 2))
  }

  @Test("above 1,000 classes it says that there is no matrix")
  func noConfusion() throws {
    let classes = 1001
    let outputs = [Float](repeating: 1, count: classes)
    let metrics = try ClassificationMetrics(outputs: outputs.span, labels: [3].span, classCount: classes)
    let report = ClassificationReport(metrics, classNames: (0..<classes).map(String.init))
    #expect(report.confusionLines(width: 80) == ["no confusion matrix of more than 1000 classes"])
    // Only classes that have samples can be the worst.
    #expect(
      report.perClassLines(width: 80)[0] == "1 of 1001 classes, those with the lowest F1; --json has all")
  }

  @Test("two classes have a ROC area and no top-k")
  func twoClasses() throws {
    let outputs: [Float] = [0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.7, 0.3]
    let metrics = try ClassificationMetrics(outputs: outputs.span, labels: [0, 0, 1, 1].span, classCount: 2)
    let report = ClassificationReport(metrics, classNames: ["no", "yes"])
    #expect(report.firstLine(set: "test", cost: 0.25) == "test set: 2 / 4 right (50.00%), cost 0.2500")
    #expect(report.summaryLines[0] == "log-loss 0.6122, ROC AUC 0.7500")
    #expect(try JSONLine(report.json(set: "test", cost: nil)).number("roc_auc") == 0.75)
  }

  @Test("regression in words and as JSON")
  func regression() throws {
    let predictions: [Float] = [1, 10, 2, 20, 4, 30]
    let targets: [Float] = [1, 12, 3, 20, 4, 34]
    let metrics = try RegressionMetrics(
      predictions: predictions.span, targets: targets.span, outputCount: 2)
    let report = RegressionReport(metrics, targetNames: ["price", "area"])
    #expect(
      report.firstLine(set: "test", cost: 0.5)
        == "test set: 3 samples, RMSE 1.5797, MAE 1.1667, R² 0.8525, cost 0.5000")
    #expect(report.summaryLines == ["median error 1.0000, largest 4.0000"])
    #expect(
      report.perTargetLines(width: 80) == [
        " target        RMSE         MAE      median     largest          R²",
        " price       0.5774      0.3333           0      1.0000      0.7857",
        " area        2.5820      2.0000      2.0000      4.0000      0.9194",
        " ──────────────────────────────────────────────────────────────────",
        " mean        1.5797      1.1667      1.0000      4.0000      0.8525",
      ])
    let json = try JSONLine(report.json(set: "test", cost: 0.5))
    #expect(
      json.keys == [
        "set", "total", "rmse", "mse", "mae", "median_absolute_error", "max_error", "r2", "cost", "targets",
      ])
    #expect(try json.number("mae") == metrics.mean.meanAbsolute)
    #expect(try json.objects("targets").map { try $0.string("name") } == ["price", "area"])
    // One sample has no R².
    let single = try RegressionMetrics(predictions: [1].span, targets: [2].span, outputCount: 1)
    #expect(
      RegressionReport(single, targetNames: ["y"]).firstLine(set: "test", cost: nil)
        == "test set: 1 sample, RMSE 1.0000, MAE 1.0000")
  }
}
