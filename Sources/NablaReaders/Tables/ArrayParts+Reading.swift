import Nabla

extension ArrayParts {
  /// Opens the array of a name.
  typealias Opening = (String) throws(FileError) -> any ArraySource

  /// What the features of the arrays that `names` says take in memory, by their headers.
  static func neededMemory(_ names: ArrayNames, open: Opening) throws(FileError) -> SampleMemory {
    let training = try NPYArray(open(names.training.features))
    var memory = SampleMemory(trainingCount: training.rows, bytes: ArrayPair.featureBytes(training) ?? .max)
    if let test = names.test {
      let bytes = ArrayPair.featureBytes(try NPYArray(open(test.features))) ?? .max
      let (sum, overflow) = memory.bytes.addingReportingOverflow(bytes)
      memory.bytes = overflow ? .max : sum
    }
    return memory
  }

  /// Reads the arrays that `names` says, each of which `open` opens.
  static func read(
    _ names: ArrayNames, task: TableOptions.Task, maxBytes: Int,
    open: Opening
  ) throws(FileError) -> ArrayParts {
    func pair(_ names: ArrayNames.Pair) throws(FileError) -> ArrayPair {
      let features = try NPYArray(open(names.features))
      guard let targets = names.targets else {
        return try ArrayPair(features: features, targets: nil, maxBytes: maxBytes)
      }
      return try ArrayPair(features: features, targets: NPYArray(open(targets)), maxBytes: maxBytes)
    }
    let training = try pair(names.training)
    guard let testNames = names.test else {
      return try read(training, nil, task: task, maxBytes: maxBytes)
    }
    return try read(training, pair(testNames), task: task, maxBytes: maxBytes)
  }

  private static func read(
    _ training: ArrayPair, _ test: ArrayPair?, task: TableOptions.Task, maxBytes: Int
  ) throws(FileError) -> ArrayParts {
    let imageShape = try training.imageShape()
    if let test { try check(test.features, like: training.features, arePictures: imageShape != nil) }
    if let imageShape {
      return try ArrayParts(training: training.pictures(imageShape), test: test?.pictures(imageShape))
        .withSameClasses(path: training.features.path)
    }
    // Targets first: what both sets' targets are decides how much room a row needs.
    let targets = try training.targetColumn()
    let testTargets = try test?.targetColumn()
    let plan = try TargetPlan(training: targets, test: testTargets, task: task)
    return ArrayParts(
      training: try training.table(targets, plan: plan, maxBytes: maxBytes),
      test: try test?.table(testTargets, plan: plan, maxBytes: maxBytes))
  }

  private static func check(
    _ test: NPYArray, like training: NPYArray, arePictures: Bool
  ) throws(FileError) {
    guard test.shape.dropFirst() == training.shape.dropFirst() else {
      throw FileError(
        test.path, "has samples of another shape than the training set",
        expected: sampleShape(training), found: sampleShape(test))
    }
    guard !arePictures || test.header.type == training.header.type else {
      throw FileError(
        test.path, "has elements of another type than the training set", expected: training.header.type.name,
        found: test.header.type.name)
    }
  }

  private static func sampleShape(_ array: NPYArray) -> String {
    NPYHeader.text(Array(array.shape.dropFirst()))
  }

  /// Pictures of both sets have the classes that occur in either.
  private func withSameClasses(path: String) throws(FileError) -> ArrayParts {
    guard case .pictures(let first, let hasLabels) = training, case .pictures(let second, _)? = test else {
      return self
    }
    let classes = max(first.classCount, second.classCount)
    return try FileError.at(path) { () throws(NablaError) in
      ArrayParts(
        training: .pictures(try first.withClassCount(classes), hasLabels: hasLabels),
        test: .pictures(try second.withClassCount(classes), hasLabels: hasLabels))
    }
  }
}
