import Nabla
import Testing

@Suite("Where a run's time goes")
struct TrainingProfileTests {
  /// A network of three layers that trained for two epochs on mini-batches of ten, which two members share by neurons
  /// and one follows alone; of forty, which are shared by samples.
  private func trainer(
    members: Int, miniBatchSize: Int, samples: Int = 400, isProfiled: Bool = true, mostStretches: Int? = nil
  ) throws -> Trainer {
    var configuration = TrainingConfiguration()
    configuration.miniBatchSize = miniBatchSize
    configuration.dropout = [0.25]
    let trainer = try Trainer(
      network: Network(
        topology: Topology([40, 30, 20, 5], hidden: .tanh, output: .softmax), cost: .logLikelihood, seed: 1),
      data: randomData(count: samples, inputs: 40, classes: 5), configuration: configuration,
      pace: TeamPace(members: members, policy: .fixed))
    if isProfiled {
      if let mostStretches {
        try trainer.startProfile(mostStretches: mostStretches)
      } else {
        try trainer.startProfile()
      }
    }
    try trainer.trainEpoch()
    try trainer.trainEpoch()
    return trainer
  }

  @Test(
    "Every phase, layer and member is measured; the results do not depend on it", arguments: [1, 2, 3],
    [10, 40])
  func everything(members: Int, miniBatchSize: Int) throws {
    let trainer = try trainer(members: members, miniBatchSize: miniBatchSize)
    let plain = try self.trainer(members: members, miniBatchSize: miniBatchSize, isProfiled: false)
    #expect(parameterBytes(trainer.network) == parameterBytes(plain.network))
    #expect(plain.profile == nil)
    let profile = try #require(trainer.profile)
    #expect(profile.members == members && profile.layers == 3)
    for member in 0..<members {
      var sum = 0.0
      for phase in TrainingPhase.allCases {
        for layer in 0..<3 {
          let seconds = profile.seconds(phase, layer: layer, member: member)
          let isThere =
            switch phase {
            case .feedforward, .descend: true
            case .backpropagate: layer > 0
            case .bookkeeping: member == 0 && layer == 0
            case .input, .outputError, .barrier: layer == 0
            }
          #expect((seconds > 0) == isThere, "\(phase), layer \(layer), member \(member)")
          sum += seconds
        }
      }
      if member == 0 { #expect(abs(sum / profile.seconds(.miniBatches) - 1) < 1e-9) }
    }
    for phase in [TrainingProfile.RunPhase.order, .miniBatches, .weightSums] {
      #expect(profile.seconds(phase) > 0)
      #expect(profile.runStretches.filter { $0.phase == phase }.map(\.epoch) == [1, 2])
    }
    #expect(profile.seconds(.evaluation) == 0)
  }

  @Test(
    "Mini-batches consist of their phases, one after the other, and are the same ones on every member",
    arguments: [10, 40])
  func stretches(miniBatchSize: Int) throws {
    let profile = try #require(trainer(members: 2, miniBatchSize: miniBatchSize).profile)
    let count = 800 / miniBatchSize
    let measured = (0..<count).filter { $0 < 64 || $0 % 2 == 0 }
    for member in 0..<2 {
      let numbers = try checked(profile.stretches(of: member), of: profile)
      #expect(numbers == measured.filter { $0 % profile.keptEvery == 0 })
    }
    #expect(profile.interval >= 2)
  }

  /// Checks how stretches follow each other and returns the mini-batches' numbers.
  private func checked(_ stretches: [ProfiledStretch], of profile: TrainingProfile) throws -> [Int] {
    var numbers: [Int] = []
    var (time, end) = (profile.start, profile.start)
    for stretch in stretches {
      if stretch.phase == nil {
        #expect(time == end && stretch.start >= end)
        numbers.append(stretch.miniBatch)
        (time, end) = (stretch.start, stretch.start + stretch.nanoseconds)
      } else {
        #expect(stretch.start == time && stretch.miniBatch == numbers.last)
        time += stretch.nanoseconds
      }
    }
    #expect(time == end && end <= profile.now)
    return numbers
  }

  @Test("A long run keeps every second, fourth, eighth ... mini-batch, up to its end")
  func bounded() throws {
    let profile = try #require(
      trainer(members: 2, miniBatchSize: 10, samples: 4000, mostStretches: 600).profile)
    let every = profile.keptEvery
    #expect(every > 8 && every.nonzeroBitCount == 1)
    for member in 0..<2 {
      let numbers = try checked(profile.stretches(of: member), of: profile)
      #expect(profile.stretches(of: member).count <= 300)
      #expect(numbers == (0..<800).filter { $0 % max(every, profile.interval(at: $0)) == 0 })
    }
  }
}
