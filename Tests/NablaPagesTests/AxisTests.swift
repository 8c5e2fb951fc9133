import NablaPages
import Testing

@Suite("Axes: round marks")
struct AxisTests {
  private func texts(_ axis: Axis, _ values: [Double]) -> [String] {
    FittedAxis(axis, fitting: values).ticks.map(\.text)
  }

  @Test("Marks are 1, 2 or 5 times a power of ten, and the ends are marks")
  func linear() {
    #expect(texts(Axis(), [0, 1]) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(texts(Axis(), [0, 43]) == ["0", "10", "20", "30", "40", "50"])
    #expect(texts(Axis(), [-3, 12_000]) == ["-5,000", "0", "5,000", "10,000", "15,000"])
    #expect(texts(Axis(), [0.1, 0.3]) == ["0.10", "0.15", "0.20", "0.25", "0.30"])
    #expect(texts(Axis(), [1e-9, 4e-9]) == ["1e-9", "2e-9", "3e-9", "4e-9"])
  }

  @Test("Shares as percentages")
  func percent() {
    #expect(texts(Axis(format: .percent), [0.91, 0.978]) == ["90%", "92%", "94%", "96%", "98%"])
    #expect(texts(Axis(format: .percent), [0.981, 0.984]) == ["98.1%", "98.2%", "98.3%", "98.4%"])
  }

  @Test("Whole numbers: no half epochs, and the ends are the data's own")
  func whole() {
    let axis = FittedAxis(Axis(isWhole: true), fitting: [1, 2, 3])
    #expect(axis.ticks.map(\.value) == [1, 2, 3])
    let long = FittedAxis(Axis(isWhole: true, tickCount: 6), fitting: [1, 30])
    #expect((long.lower, long.upper) == (1, 30))
    #expect(long.ticks.map(\.value) == [5, 10, 15, 20, 25, 30])
  }

  @Test("Equal factors are equal distances; what is not above 0 has no place")
  func logarithmic() {
    let axis = FittedAxis(Axis(scale: .logarithmic), fitting: [0.03, 20, -1, 0])
    #expect(axis.ticks.map(\.text) == ["0.01", "0.1", "1", "10", "100"])
    #expect(!axis.hasPlace(0) && !axis.hasPlace(-1) && axis.hasPlace(1))
    let decades = FittedAxis(Axis(scale: .logarithmic, range: 1...100), fitting: [])
    #expect(abs(decades.share(of: 10) - 0.5) < 1e-12)
    #expect(decades.ticks.map(\.text) == ["1", "2", "5", "10", "20", "50", "100"])
  }

  @Test(
    "Whatever the data, the ends are apart, the marks few and between them",
    arguments: [
      [], [0], [7], [-7, -7], [.nan], [.infinity, 3], [1e300, 1], [1e15, 1e15 + 1],
      [.leastNonzeroMagnitude, 1e-300],
      [-1e299, 1e299],
    ] as [[Double]], [Axis.Scale.linear, .logarithmic])
  func strangeData(values: [Double], scale: Axis.Scale) {
    let axis = FittedAxis(Axis(scale: scale), fitting: values)
    #expect(axis.lower < axis.upper)
    #expect(axis.ticks.count <= 12)
    #expect(axis.ticks.allSatisfy { axis.lower...axis.upper ~= $0.value })
    #expect(values.filter(axis.hasPlace).allSatisfy { -1e-6...(1 + 1e-6) ~= axis.share(of: $0) })
  }
}
