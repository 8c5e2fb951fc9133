import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct NPZTests {
  @Test("Stored and deflated, with sizes of 32 and of 64 bits", arguments: [false, true], [false, true])
  func roundTrip(deflated: Bool, isWide: Bool) throws {
    let folder = try TemporaryFolder()
    // More than is read at once.
    let values = (0..<40_001 * 2).map { Float($0 % 1000) }
    let classes = (0..<40_001).map { $0 % 3 * 5 }
    let path = try folder.write(
      npz(
        [
          ("y", npy("<i8", "40001,", integers(classes))),
          ("X", npy("<f4", "40001, 2", floats(values))),
          ("notes", npy("|O", "1,", [])),
        ], deflated: deflated, isWide: isWide), to: "data")
    let parts = try NPZ.read(path)
    #expect(
      TableContent(parts.training)
        == TableContent(40_001, 2, values, labels: classes.map { $0 / 5 }, names: ["0", "5", "10"]))
    #expect(TableContent(parts.test) == nil)
  }

  @Test(
    "The names NumPy people use",
    arguments: [
      ["X", "y"], ["x", "Y"], ["data", "target"], ["features", "labels"], ["images", "labels"],
      ["arr_0", "arr_1"],
      ["inputs", "targets"], ["x_train", "y_train", "x_test", "y_test"],
      ["X_train", "y_train", "X_test", "y_test"],
      ["train_images", "train_labels", "test_images", "test_labels"], ["X"], ["X_train", "X_test"],
      ["data", "label", "X_other"],
    ])
  func names(names: [String]) throws {
    let folder = try TemporaryFolder()
    let arrays = names.map { name in
      let isTarget =
        ["y", "l", "t", "arr_1"].contains { name.lowercased().hasPrefix($0) } || name.contains("label")
      let number = name.lowercased().contains("test") ? 2 : 1
      let isFeatures = !isTarget || name.hasSuffix("images")
      return (
        name, isFeatures ? npy("<f4", "1, 1", floats([Float(number)])) : npy("<i8", "1,", integers([number]))
      )
    }
    let hasTest = names.contains { $0.lowercased().contains("test") }
    let hasTargets = names.count % 2 == 0 && names != ["X_train", "X_test"] || names.count == 3
    let parts = try NPZ.read(folder.write(npz(arrays), to: "a.npz"), task: .classification)
    let classes = hasTargets ? (hasTest ? ["1", "2"] : ["1"]) : nil
    #expect(
      TableContent(parts.training) == TableContent(1, 1, [1], labels: hasTargets ? [0] : nil, names: classes))
    let test = TableContent(1, 1, [2], labels: hasTargets ? [1] : nil, names: classes)
    #expect(TableContent(parts.test) == (hasTest ? test : nil))
  }

  @Test("Pictures of both sets have the classes of either", arguments: [false, true])
  func pictures(deflated: Bool) throws {
    let folder = try TemporaryFolder()
    let pixels = sampleBytes(5 * 12)
    let path = try folder.write(
      npz(
        [
          ("x_train", npy("|u1", "3, 3, 4", Array(pixels[..<36]))), ("y_train", npy("|u1", "3,", [1, 0, 2])),
          ("x_test", npy("|u1", "2, 3, 4", Array(pixels[36...]))), ("y_test", npy("|u1", "2, 1", [4, 1])),
        ], deflated: deflated), to: "digits.npz")
    let parts = try NPZ.read(path)
    guard case .pictures(let training, true) = parts.training, case .pictures(let test, true)? = parts.test
    else {
      Issue.record("no pictures")
      return
    }
    #expect((0..<3).flatMap { training.image(at: $0) } + (0..<2).flatMap { test.image(at: $0) } == pixels)
    #expect((0..<3).map { training.label(at: $0) } + (0..<2).map { test.label(at: $0) } == [1, 0, 2, 4, 1])
    #expect([training.classCount, test.classCount] == [5, 5])
  }

  @Test("Square rows of bytes become pictures after a look at all of them")
  func squares() throws {
    let folder = try TemporaryFolder()
    // The one large value is the last.
    let pixels = [UInt8](repeating: 7, count: 2000 * 64 - 1) + [128]
    let bytes = npz([("X", npy("|u1", "2000, 64", pixels))], deflated: true)
    guard case .pictures(let data, false) = try NPZ.read(folder.write(bytes, to: "a")).training else {
      Issue.record("no pictures")
      return
    }
    #expect(data.image(at: 1999) == Array(pixels.suffix(64)))
  }
}
