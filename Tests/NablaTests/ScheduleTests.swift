import Foundation
import Nabla
import Testing

@Suite struct ScheduleTests {
  @Test func cosineIsThatOfTheSystem() {
    for step in 0...200_000 {
      let x = Double(step) / 200_000
      #expect(abs(cosineOfPi(times: x) - cos(Double.pi * x)) <= 1e-14)
    }
    #expect(cosineOfPi(times: 0) == 1)
    #expect(cosineOfPi(times: 1) == -1)
    #expect(cosineOfPi(times: 0.5) == 0)
  }

  private func rates(_ schedule: Schedule, base: Float, epochs: Int, halvings: Int = 0) -> [Float] {
    (0..<epochs * 4).map {
      schedule.rate(base: base, step: $0, stepsPerEpoch: 4, epochs: epochs, halvings: halvings)
    }
  }

  @Test func constantIsTheNumberGiven() {
    #expect(rates(.constant, base: 0.1, epochs: 3).allSatisfy { $0 == 0.1 })
  }

  @Test func stepsAndPowers() {
    let step = rates(.step(every: 2, factor: 0.5), base: 0.8, epochs: 6)
    #expect(step == [0.8, 0.4, 0.2].flatMap { [Float](repeating: $0, count: 8) })
    let exponential = rates(.exponential(factor: 0.9), base: 1, epochs: 30)
    for (index, rate) in exponential.enumerated() {
      #expect(abs(Double(rate) - pow(Double(Float(0.9)), Double(index / 4))) < 1e-7)
    }
    #expect(
      rates(.halving(patience: 3, times: 7), base: 0.7, epochs: 1, halvings: 3) == [
        0.0875, 0.0875, 0.0875, 0.0875,
      ])
  }

  @Test func cosineFallsFromBaseToFloor() {
    let rates = rates(.cosine(floor: 0.1), base: 2, epochs: 10)
    #expect(rates.first == 2)
    for (index, rate) in rates.enumerated() {
      let expected = 2 * (0.1 + 0.9 * 0.5 * (1 + cos(Double.pi * Double(index) / 40)))
      #expect(abs(Double(rate) - expected) < 1e-6)
    }
  }

  @Test func oneCycleRisesAndFalls() {
    let rates = rates(.oneCycle(warmUp: 0.25, startDivisor: 10, finalDivisor: 100), base: 1, epochs: 10)
    #expect(rates[0] == 0.1)
    #expect(rates[10] == 1)
    #expect(abs(rates[5] - 0.55) < 1e-6)
    #expect(zip(rates[0..<10], rates[1...10]).allSatisfy { $0 < $1 })
    #expect(zip(rates[10..<39], rates[11...39]).allSatisfy { $0 > $1 })
    #expect(rates[39] < 0.02 && rates[39] > 0.01)
  }

  @Test(
    arguments: [
      .constant, .step(every: 3, factor: 0.25), .exponential(factor: 0.9), .cosine(floor: 0.01),
      .oneCycle(warmUp: 0.1, startDivisor: 5, finalDivisor: 1e6), .halving(patience: 4, times: 3),
    ] as [Schedule])
  func textRoundTrip(_ schedule: Schedule) {
    #expect(Schedule(schedule.description) == schedule)
  }

  @Test func textsWithDefaultsAndTextsThatAreNone() {
    #expect(Schedule("cosine") == .cosine(floor: 0))
    #expect(Schedule("one-cycle:0.2") == .oneCycle(warmUp: 0.2))
    #expect(Schedule("step:5") == .step(every: 5, factor: 0.5))
    for text in ["", "cos", "cosine:", "cosine:a", "cosine:0:1", "step:0.5", "constant:1", "halving:1:2:3"] {
      #expect(Schedule(text) == nil, "\(text)")
    }
    for schedule in [.step(every: 0), .exponential(factor: 2), .cosine(floor: -1), .halving(times: 0)]
      as [Schedule]
    {
      var configuration = TrainingConfiguration()
      configuration.schedule = schedule
      #expect(throws: NablaError.self) { try configuration.validate() }
    }
  }
}
