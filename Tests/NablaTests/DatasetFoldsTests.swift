import Nabla
import Testing

@Suite("Folds for cross-validation")
struct DatasetFoldsTests {
  /// Rows whose one feature is their number, in classes of these sizes, one after the other; group `groups[row]`.
  private func table(_ sizes: [Int], groups: [UInt32]? = nil, isRegression: Bool = false) throws -> Dataset {
    let count = sizes.reduce(0, +)
    let storage = try TableStorage(
      reservingRows: count, columnCount: 1, targetCount: 1, hasGroups: groups != nil)
    let labels = sizes.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
    for row in 0..<count {
      storage.features[row] = Float(row)
      storage.targets[row] = Float(labels[row])
      if let groups { storage.groups?[row] = groups[row] }
    }
    storage.finish(rows: count)
    if !isRegression { try storage.classify { Int($0) } }
    return try Dataset(
      table: storage, columns: [FeatureColumn(name: "number")],
      target: isRegression ? .values([.init(name: "y")]) : .classes(names: sizes.indices.map { "c\($0)" }))
  }

  private func numbers(_ data: Dataset) -> [Int] { (0..<data.count).map { Int(data.cell($0, 0)) } }

  @Test(
    "every sample is validated on once, in its order, and trained on in all other folds",
    arguments: [false, true])
  func partition(isRegression: Bool) throws {
    let data = try table([20, 7, 14], isRegression: isRegression)
    let folds = try data.folds(5, seed: 3)
    #expect(folds.count == 5)
    #expect(folds.flatMap { numbers($0.validation) }.sorted() == Array(0..<41))
    for fold in folds {
      let (training, validation) = (numbers(fold.training), numbers(fold.validation))
      #expect(training == training.sorted() && validation == validation.sorted())
      #expect((training + validation).sorted() == Array(0..<41))
      #expect((8...9).contains(validation.count))
    }
  }

  @Test(
    "each class is spread over the folds as evenly as possible",
    arguments: [[50, 50, 50], [3, 1, 96], [13, 17, 19, 1], [5, 0, 7]])
  func stratification(sizes: [Int]) throws {
    let folds = try table(sizes).folds(4, seed: 1)
    for (label, size) in sizes.enumerated() {
      let counts = folds.map { fold in
        (0..<fold.validation.count).count { fold.validation.label(at: $0) == label }
      }
      #expect(counts.allSatisfy { $0 == size / 4 || $0 == (size + 3) / 4 })
    }
    let all = folds.map(\.validation.count)
    #expect((all.max() ?? 0) - (all.min() ?? 0) <= 1)
  }

  @Test("all samples of a group are in one fold; the largest groups are placed first")
  func groups() throws {
    // Sizes 6, 5, 4, 3, 2: greedy gives folds of 6 + 3 (+ 2) and 5 + 4 (+ 2).
    let groups = [6, 5, 4, 3, 2].enumerated().flatMap {
      [UInt32](repeating: UInt32(10 * $0.offset), count: $0.element)
    }
    let folds = try table([10, 10], groups: groups).folds(2, seed: 7)
    let found = folds.map { Set(numbers($0.validation).map { groups[$0] }) }
    #expect(found[0].isDisjoint(with: found[1]))
    #expect(folds.map(\.validation.count).sorted() == [9, 11])
    for fold in folds {
      #expect(
        Set(numbers(fold.training).map { groups[$0] }).isDisjoint(
          with: numbers(fold.validation).map { groups[$0] }))
    }
  }

  @Test("the seed alone decides", arguments: [false, true])
  func seed(hasGroups: Bool) throws {
    let groups = hasGroups ? (0..<60).map { UInt32($0 / 2) } : nil
    func folds(_ seed: UInt64) throws -> [[Int]] {
      try table([30, 30], groups: groups).folds(5, seed: seed).map { numbers($0.validation) }
    }
    #expect(try folds(1) == folds(1))
    #expect(try folds(1) != folds(2))
  }

  @Test("a slice is divided like a data set of its own")
  func slice() throws {
    let folds = try table([30, 30])[20..<40].folds(4, seed: 1)
    #expect(folds.flatMap { numbers($0.validation) }.sorted() == Array(20..<40))
    #expect(folds.allSatisfy { $0.validation.count == 5 })
  }

  @Test("too many folds, or too few")
  func refused() throws {
    let data = try table([3, 3])
    #expect(
      throws: NablaError.invalidSetting(name: "folds", expected: "2 to 6, the number of samples", found: "7")
    ) {
      try data.folds(7, seed: 1)
    }
    #expect(
      throws: NablaError.invalidSetting(name: "folds", expected: "2 to 6, the number of samples", found: "1")
    ) {
      try data.folds(1, seed: 1)
    }
    let grouped = try table([3, 3], groups: [1, 1, 2, 2, 2, 2])
    #expect(
      throws: NablaError.invalidSetting(name: "folds", expected: "2 to 2, the number of groups", found: "3")
    ) {
      try grouped.folds(3, seed: 1)
    }
    let oneGroup = try table([3, 3], groups: [1, 1, 1, 1, 1, 1])
    #expect(
      throws: NablaError.invalidSetting(name: "folds", expected: "2 or more groups to divide", found: "1")
    ) {
      try oneGroup.folds(2, seed: 1)
    }
  }
}
