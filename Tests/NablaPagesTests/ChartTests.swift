import Foundation
import NablaPages
import Testing

@Suite("Charts: coordinates as computed by hand")
struct ChartTests {
  @Test("A frame: 0 and 10 across 300 pixels, 0 and 4 up 100 pixels")
  func frame() {
    let frame = Frame(
      width: 350, height: 140, margins: .init(top: 10, right: 20, bottom: 30, left: 30),
      x: FittedAxis(Axis(range: 0...10), fitting: []), y: FittedAxis(Axis(range: 0...4), fitting: []))
    #expect([0, 5, 10].map { frame.x($0) } == [30, 180, 330])
    #expect([0, 1, 4].map { frame.y($0) } == [110, 85, 10])
  }

  @Test("Lines go through their points, break at gaps, and have their names at their ends")
  func lines() throws {
    let chart = LineChart(
      [
        .init("up", [(0, 0), (5, 2), (10, 4)], colour: 1),
        .init("gap", [(0, 4), (2, 3), (4, .nan), (6, 1), (10, 0)], colour: 2, isDashed: true),
      ], x: Axis(range: 0...10), y: Axis(range: 0...4), description: "two lines")
    let frame = chart.frame
    let svg = try WellFormed(chart.svg.text)
    let paths = svg.all("path").filter { $0["class"]?.hasPrefix("line") == true }
    let expected: [[(x: Double, y: Double)]] = [
      [(0, 0), (5, 2), (10, 4)], [(0, 4), (2, 3), (6, 1), (10, 0)],
    ]
    for (path, points) in zip(paths, expected) {
      let numbers = (path["d"] ?? "").split { "ML ".contains($0) }.compactMap { Double($0) }
      try #require(numbers.count == 2 * points.count)
      for (index, point) in points.enumerated() {
        #expect(abs(numbers[2 * index] - frame.x(point.x)) <= 0.006)
        #expect(abs(numbers[2 * index + 1] - frame.y(point.y)) <= 0.006)
      }
    }
    #expect(paths.map { ($0["d"] ?? "").count { $0 == "M" } } == [1, 2])
    #expect(paths.map { $0["class"] ?? "" } == ["line c1", "line c2 dashed"])
    #expect(svg.all("svg").first?["aria-label"] == "two lines")
    let labels = svg.all("text").filter { $0["class"]?.hasPrefix("label") == true }
    let heights = labels.compactMap { $0["y"].flatMap(Double.init) }
    #expect(heights == [frame.y(4) + 3.5, frame.y(0) + 3.5])
  }

  @Test("Names of lines that end close together are pushed apart")
  func labelsApart() throws {
    let series = (1...4).map { number -> LineChart.Series in
      let end = Double(number) / 1000
      return LineChart.Series("line \(number)", [(0, 1), (1, end)], colour: number)
    }
    let chart = LineChart(series, x: Axis(), y: Axis(), description: "")
    let heights = try WellFormed(chart.svg.text).numbers("text", "y", class: "label").sorted()
    #expect(heights.count == 4)
    for (upper, lower) in zip(heights, heights.dropFirst()) { #expect(lower - upper >= 12.99) }
    #expect(heights.last! <= 240)
  }

  @Test("Many points become few that look the same: the least and largest stay")
  func thinned() throws {
    var points: [(x: Double, y: Double)] = []
    for index in 0..<100_000 { points.append((Double(index), 1)) }
    points[54_321].y = 9
    let chart = LineChart([.init("", points, colour: 1)], x: Axis(), y: Axis(), description: "")
    let path = try WellFormed(chart.svg.text).all("path").first { $0["class"]?.hasPrefix("line") == true }
    let numbers = (path?["d"] ?? "").split { "ML ".contains($0) }.compactMap { Double($0) }
    #expect((100...4 * LineChart.mostPoints).contains(numbers.count))
    #expect(numbers.contains { abs($0 - chart.frame.y(9)) <= 0.006 })
  }

  @Test("Heat maps: a cell for each number, stronger for a larger share")
  func heatMap() throws {
    let map = HeatMap(
      values: [[90, 10], [0, 50]], rowNames: ["a", "b"], columnNames: ["a", "b"], rowTitle: "is",
      columnTitle: "read as", description: "")
    let svg = try WellFormed(map.svg.text)
    let (cell, origin) = (map.cellSize, map.origin)
    let (left, top) = (origin.x + 1, origin.y + 1)
    let (right, bottom) = (left + cell.width, top + cell.height)
    for (found, expected) in zip(svg.numbers("rect", "x"), [left, right, left, right]) {
      #expect(abs(found - expected) <= 0.006)
    }
    for (found, expected) in zip(svg.numbers("rect", "y"), [top, top, bottom, bottom]) {
      #expect(abs(found - expected) <= 0.006)
    }
    #expect(svg.all("rect").map { $0["class"] ?? "" } == ["right", "wrong", "wrong", "right"])
    // Of 100 the 90 are right, and the 10 are the largest mistake; of 50 all are right.
    #expect(svg.numbers("rect", "fill-opacity") == [0.51, 0.9, 0, 0.55])
    let empty = HeatMap(
      values: [[0, 0], [1, 3]], rowNames: ["a", "b"], columnNames: ["a", "b"], rowTitle: "", columnTitle: "",
      description: "")
    #expect(empty.opacities[0] == [0, 0])
    #expect(svg.text.contains("90") && svg.text.contains("·"))
  }

  @Test("Bars begin at 0, also those below it")
  func bars() throws {
    let chart = BarChart(
      [.init("up", 3, spread: 2...4, text: "3"), .init("down", -1, text: "-1")], axis: Axis("lost"),
      description: "")
    let frame = chart.frame
    let svg = try WellFormed(chart.svg.text)
    func near(_ found: [Double], _ expected: [Double]) -> Bool {
      found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= 0.006 }
    }
    #expect(near(svg.numbers("rect", "x"), [frame.x(0), frame.x(-1)]))
    #expect(near(svg.numbers("rect", "width"), [frame.x(3) - frame.x(0), frame.x(0) - frame.x(-1)]))
    #expect(svg.all("path").contains { $0["class"] == "spread" })
  }

  @Test("Points and the diagonal; thousands are thinned out evenly")
  func scatter() throws {
    let few = ScatterChart(
      [.init(x: 1, y: 2), .init(x: 3, y: .nan)], x: Axis(range: 0...4), y: Axis(range: 0...4),
      guide: .diagonal, description: "")
    let svg = try WellFormed(few.svg.text)
    #expect(svg.all("circle").count == 1)
    #expect(abs(svg.numbers("circle", "cx")[0] - few.frame.x(1)) <= 0.006)
    #expect(abs(svg.numbers("circle", "cy")[0] - few.frame.y(2)) <= 0.006)
    #expect(svg.all("path").contains { $0["class"] == "guide" })
    let points = (0..<50_000).map { ScatterChart.Point(x: Double($0), y: Double($0)) }
    let many = ScatterChart(points, x: Axis(), y: Axis(), description: "")
    #expect(try (1000...1500).contains(WellFormed(many.svg.text).all("circle").count))
  }

  @Test("Histograms count every number once, the largest in the last bar")
  func histogram() throws {
    let histogram = Histogram(
      of: [0, 0.5, 1, 9.99, 10, .nan], bins: 10, x: Axis("residual"), description: "")
    #expect(histogram.counts.reduce(0, +) == 5)
    #expect(histogram.counts.first == 2 && histogram.counts.last == 2)
    #expect(histogram.edges.first == 0 && histogram.edges.last == 10)
    let svg = try WellFormed(histogram.svg.text)
    #expect(svg.all("rect").count == histogram.counts.count { $0 > 0 })
    #expect(Histogram(of: [], x: Axis(), description: "").counts.allSatisfy { $0 == 0 })
  }

  @Test("Every chart is drawn for no data, one number, and numbers that are none")
  func nothing() throws {
    let all: [[(x: Double, y: Double)]] = [[], [(1, 1)], [(.nan, .infinity)], [(0, 1e308), (1, -1e308)]]
    for points in all {
      _ = try WellFormed(
        LineChart(
          [.init("<a>", points, colour: 1)], x: Axis(), y: Axis(scale: .logarithmic), description: "<&"
        )
        .svg.text)
      let scatter = points.map { ScatterChart.Point(x: $0.x, y: $0.y) }
      _ = try WellFormed(
        ScatterChart(scatter, x: Axis(), y: Axis(), guide: .zero, description: "").svg.text)
      _ = try WellFormed(Histogram(of: points.map(\.y), x: Axis(), description: "").svg.text)
      let bars = points.map { BarChart.Bar("<\($0.x)>", $0.y, text: "\"") }
      _ = try WellFormed(BarChart(bars, axis: Axis(), description: "").svg.text)
    }
    let empty = HeatMap(
      values: [], rowNames: [], columnNames: [], rowTitle: "", columnTitle: "", description: "")
    _ = try WellFormed(empty.svg.text)
  }

  @Test("A drawing by itself has its style in it, for light and dark")
  func document() throws {
    let chart = LineChart([.init("a", [(0, 0), (1, 1)], colour: 1)], x: Axis(), y: Axis(), description: "d")
    let file = ChartStyle.document(chart.svg)
    #expect(try WellFormed(file).elements.map(\.name).starts(with: ["svg", "style"]))
    #expect(file.contains("prefers-color-scheme: dark"))
  }
}
