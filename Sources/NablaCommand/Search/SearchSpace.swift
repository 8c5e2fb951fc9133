import Nabla

/// All that a search may try.
struct SearchSpace: Sendable {
  let options: [TriedOption]

  /// The most combinations of lists.
  static let mostCombinations = 1_000_000

  /// - Parameter fixed: the words that are the same in all trials.
  init(_ tries: [String], fixed: [String]) throws {
    guard !tries.isEmpty else {
      throw CommandFailure(
        .usage, "--try: expected at least once, such as --try 'learning-rate=log:0.01..3', found nowhere")
    }
    options = try tries.map { try TriedOption($0) }
    for (index, option) in options.enumerated() {
      guard !options[..<index].contains(where: { $0.name == option.name }) else {
        throw CommandFailure(.usage, "--try \(option.name): expected once, found twice")
      }
      guard !fixed.contains(where: { $0 == "--\(option.name)" || $0.hasPrefix("--\(option.name)=") }) else {
        throw CommandFailure(
          .usage, "--try \(option.name): expected an option that is not fixed, found --\(option.name) too")
      }
    }
  }

  /// The values of each trial, trial 1 first.
  ///
  /// Trial k depends on the seed and k alone. Where all options have lists, no combination comes twice, so that there
  /// are at most as many trials.
  ///
  /// - Parameter count: nil for all combinations, in their order.
  func trials(_ count: Int?, seed: UInt64) throws -> [[String]] {
    if count == nil, let range = options.first(where: { $0.list == nil }) {
      throw CommandFailure(
        .usage, "--grid: expected lists A|B|C, found a range of \(range.name)")
    }
    guard let combinations else {
      guard let count else {
        throw CommandFailure(
          .usage, "--grid: expected at most \(Self.mostCombinations) combinations, found more")
      }
      return (0..<count).map { number in
        var random = Philox(seed: seed, stream: RandomStream.trial(number))
        return options.map { $0.draw(&random) }
      }
    }
    guard let count else { return (0..<combinations).map(combination) }
    var random = Philox(seed: seed, stream: RandomStream.combinations)
    return random.shuffledIndices(combinations).prefix(count).map(combination)
  }

  /// How many combinations of lists there are; nil for ranges, and for more than can be listed.
  private var combinations: Int? {
    var product = 1
    for option in options {
      guard let list = option.list else { return nil }
      product *= list.count
      guard product <= Self.mostCombinations else { return nil }
    }
    return product
  }

  /// Combination `index`, counting like an odometer: the last option changes first.
  private func combination(_ index: Int) -> [String] {
    var rest = index
    let reversed = options.reversed().map { option in
      let list = option.list ?? []
      defer { rest /= max(1, list.count) }
      return list[rest % list.count]
    }
    return reversed.reversed()
  }
}
