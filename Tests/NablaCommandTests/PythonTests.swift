import Foundation
import Nabla
import NablaFormats
import Testing

/// A Python that has numpy and safetensors: the one `NABLA_PYTHON` names, else `python3`; nil where there is none.
private let python: String? = {
  let candidate = ProcessInfo.processInfo.environment["NABLA_PYTHON"] ?? "python3"
  let check = Process()
  check.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  check.arguments = [candidate, "-c", "import numpy, safetensors"]
  check.standardError = FileHandle.nullDevice
  guard (try? check.run()) != nil else { return nil }
  check.waitUntilExit()
  return check.terminationStatus == 0 ? candidate : nil
}()

/// The model file means to others what it means to us.
@Suite(.enabled(if: python != nil, "no python3 with numpy and safetensors; NABLA_PYTHON may name one"))
struct PythonTests {
  /// A checkpoint is a safetensors file, and its hash is what the documentation says.
  @Test func checkpointsAreSafetensors() throws {
    let folder = try Folder()
    let pixels = (0..<784 * 20).map { UInt8(truncatingIfNeeded: $0 &* 37 >> 3) }
    let data = try Dataset(
      images: pixels, labels: (0..<20).map { UInt8($0 % 10) }, imageShape: .init(rows: 28, columns: 28))
    let session = try TrainingSession(
      training: data, test: data,
      configuration: TrainingConfiguration(layers: [784, 30, 10], rule: .adam(), epochs: 2))
    try session.run()
    try CheckpointFile.write(
      session.checkpoint, topology: session.network.topology, cost: session.network.cost, metadata: [:],
      to: folder.path("checkpoint"))
    let script = """
      import hashlib, re, sys, safetensors, safetensors.numpy
      tensors = safetensors.numpy.load_file(sys.argv[1])
      metadata = safetensors.safe_open(sys.argv[1], "np").metadata()
      row = dict(zip(metadata["history_columns"].split(","), tensors["history"][1]))
      content = open(sys.argv[1], "rb").read()
      hash = metadata["file_sha256"]
      blank = content.replace(hash.encode(), b"0" * 64, 1)
      print(len(tensors), tensors["rule.1.layers.0.weight"].shape, int(row["epoch"]), int(row["test_correct"]),
            hashlib.sha256(blank).hexdigest() == hash)
      """
    let run = try NablaProcess.start(
      [try #require(python), "-c", script, folder.path("checkpoint")], in: folder,
      program: URL(fileURLWithPath: "/usr/bin/env")
    ).finish(within: 60)
    let correct = try #require(session.history[1].test?.correct)
    #expect(run.output == "13 (30, 784) 2 \(correct) True\n", "\(run.errors)")
  }

  @Test func safetensorsAndNumPyCountTheSameRightAnswers() throws {
    let trained = try SharedModel.get()
    // The digits that `--data digits:600` tests with are not files, so some others are drawn into files.
    let count = 1000
    let digits = SyntheticDigits(seed: 9, split: .validation)
    var images = [UInt8](repeating: 0, count: count * SyntheticDigits.pixelsPerImage)
    var labels = [UInt8](repeating: 0, count: count)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { digits.render(0..<count, images: images, labels: $0) }
    }
    let folder = try Folder()
    let (high, low) = (UInt8(count >> 8), UInt8(count & 255))
    let imageFile = folder.path("train-images-idx3-ubyte")
    let labelFile = folder.path("train-labels-idx1-ubyte")
    try Data([0, 0, 8, 3, 0, 0, high, low, 0, 0, 0, 28, 0, 0, 0, 28] + images)
      .write(to: URL(fileURLWithPath: imageFile))
    try Data([0, 0, 8, 1, 0, 0, high, low] + labels).write(to: URL(fileURLWithPath: labelFile))

    let ours = try NablaProcess.run(
      ["evaluate", trained.path, "--data", folder.url.path, "--json"], in: folder)
    #expect(ours.status == 0)
    let line = try #require(ours.lines.last)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])

    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/evaluate_model.py")
    let theirs = try NablaProcess.start(
      [try #require(python), script.path, trained.path, imageFile, labelFile], in: folder,
      program: URL(fileURLWithPath: "/usr/bin/env")
    ).finish(within: 60)
    let correct = try #require(report["correct"] as? Int)
    #expect(theirs.output == "\(correct) \(count)\n", "\(theirs.errors)")
    #expect(correct > count / 2)
  }

  @Test(
    "A model of a table, read by its metadata alone, predicts the raw table as we do",
    arguments: [["--target", "kind"], ["--target", "girth,size"]])
  func tables(target: [String]) throws {
    let folder = try Folder()
    let name = "bark, \"seen\" in 木"
    let header = "height,\"\(name.replacing("\"", with: "\"\""))\",girth,size,kind\n"
    let rows = TreeTable.rows.enumerated().map { number, row in
      "\(row[1]),\(number % 20 == 4 ? "" : row[2]),\(row[3]),\(1000 + 7 * number),\(row[4])\n"
    }
    try folder.write("trees.csv", (header + rows.joined()).utf8)
    let trained = try NablaProcess.run(
      ["train", "--data", "trees.csv", "--epochs", "10", "--quiet", "--output", "m"] + target, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let ours = try NablaProcess.run(["predict", "m", "trees.csv"], in: folder)
    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/predict_table.py")
    let theirs = try NablaProcess.start(
      [try #require(python), script.path, "m", "trees.csv"], in: folder,
      program: URL(fileURLWithPath: "/usr/bin/env")
    ).finish(within: 60)
    // Without the row's number, and the class that is named before the outputs.
    let first = target[1] == "kind" ? 2 : 1
    let found = ours.lines.dropFirst().map {
      $0.split(separator: ",").dropFirst(first).compactMap { Double($0) }
    }
    let expected = theirs.lines.map { $0.split(separator: ",").compactMap { Double($0) } }
    try #require(expected.count == 90 && found.count == 90, "\(theirs.errors)")
    for (found, expected) in zip(found, expected) {
      #expect(found.count == expected.count && found.count == (first == 2 ? 3 : 2))
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
    }
  }
}
