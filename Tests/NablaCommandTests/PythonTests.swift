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

/// That Python, if it has TensorBoard too.
private let tensorBoardPython: String? = {
  guard let python else { return nil }
  let check = Process()
  check.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  check.arguments = [python, "-c", "import tensorboard"]
  check.standardError = FileHandle.nullDevice
  guard (try? check.run()) != nil else { return nil }
  check.waitUntilExit()
  return check.terminationStatus == 0 ? python : nil
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

  @Test(
    "the tensorboard package reads each number, histogram and picture of an event file, after a run was resumed too",
    .enabled(if: tensorBoardPython != nil, "no tensorboard in that Python"))
  func tensorBoard() throws {
    let folder = try Folder()
    let options = [
      "train", "--data", "digits:600", "--validation", "100", "--epochs", "30", "--quiet", "--log",
      "tensorboard:tb", "--log", "run.jsonl",
    ]
    let running = try NablaProcess.start(options, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.output.split(separator: "\n").count < 3 { usleep(500) }
    kill(running.process.processIdentifier, SIGINT)
    let cut = try running.finish(within: 60)
    if cut.status == 130 {
      let rest = try NablaProcess.run(options + ["--resume", "auto"], in: folder)
      #expect(rest.status == 0, "\(rest.errors)")
    }
    let script = """
      import json, struct
      from tensorboard.backend.event_processing import event_accumulator
      log = event_accumulator.EventAccumulator("tb", size_guidance=event_accumulator.STORE_EVERYTHING_SIZE_GUIDANCE)
      log.Reload()
      lines = [json.loads(line) for line in open("run.jsonl")]
      for tag, key in [("cost/training", "training_cost"), ("accuracy/validation", "validation_accuracy"),
                       ("cost/test", "test_cost"), ("learning_rate", "learning_rate"), ("speed/seconds", "seconds")]:
          found = [(event.step, event.value) for event in log.Scalars(tag)]
          single = lambda value: struct.unpack("f", struct.pack("f", value))[0]
          assert found == [(line["epoch"], single(line[key])) for line in lines], (tag, found)
      from safetensors.numpy import load_file
      tensors = load_file("model.safetensors")
      for name in ["weight", "bias"]:
          for layer in [0, 1]:
              events = log.Histograms(("weights" if name == "weight" else "biases") + f"/layers.{layer}")
              assert [event.step for event in events] == list(range(1, 31))
              histogram, values = events[-1].histogram_value, tensors[f"layers.{layer}.{name}"]
              assert histogram.num == values.size == sum(histogram.bucket), name
              assert histogram.min == values.min() and histogram.max == values.max()
              assert abs(histogram.sum - values.sum(dtype="f8")) < 1e-9
              limits, below = histogram.bucket_limit, 0
              for limit, count in zip(limits[:-1], histogram.bucket):
                  below += count
                  assert abs((values < limit).sum() - below) <= 1, "a float beside the limit"
      picture = log.Images("errors/validation")[-1]
      assert picture.encoded_image_string[:4] == b"\\x89PNG" and picture.width > 56 and picture.height > 56
      print("read", len(lines))
      """
    let run = try NablaProcess.start(
      [try #require(tensorBoardPython), "-c", script], in: folder,
      program: URL(fileURLWithPath: "/usr/bin/env")
    ).finish(within: 120)
    #expect(run.output == "read 30\n", "\(run.errors)")
  }
}
