import Foundation
import Testing

@Suite("nabla predict, explain, inspect, data")
struct ModelCommandTests {
  let model: SharedModel.Trained
  let folder: Folder

  init() throws {
    model = try SharedModel.get()
    folder = try Folder()
  }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  // MARK: predict

  /// A grey picture in the format PGM.
  private func pgm(_ columns: Int, _ rows: Int, _ pixel: (Int, Int) -> UInt8) -> [UInt8] {
    Array("P5\n\(columns) \(rows)\n255\n".utf8)
      + (0..<rows).flatMap { row in (0..<columns).map { pixel(row, $0) } }
  }

  private func isStroke(_ row: Int, _ column: Int) -> Bool {
    (13...15).contains(column) && (4...23).contains(row)
  }

  @Test("predict reads a PGM, shows it and gives ten confidences")
  func predict() throws {
    try folder.write("one.pgm", pgm(28, 28) { isStroke($0, $1) ? 255 : 0 })
    let text = try nabla("predict", model.path, "one.pgm")
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.contains("███"))
    #expect(text.lines.first?.hasPrefix("one.pgm: ") == true)
    let result = try JSONLine(nabla("predict", model.path, "one.pgm", "--json").output)
    #expect(
      result.keys == [
        "file", "prediction", "confidence", "confidences", "label", "resized_from", "inverted", "prepared",
      ])
    let confidences = try result.numbers("confidences")
    #expect(confidences.count == 10)
    #expect(try confidences[result.integer("prediction")] == confidences.max())
    #expect(confidences.allSatisfy { (0...1).contains($0) })
  }

  @Test("predict --invert reads black ink on white paper the same; without it, it asks")
  func invert() throws {
    try folder.write("white.pgm", pgm(28, 28) { isStroke($0, $1) ? 255 : 0 })
    try folder.write("black.pgm", pgm(28, 28) { isStroke($0, $1) ? 0 : 255 })
    let white = try JSONLine(nabla("predict", model.path, "white.pgm", "--json").output)
    let black = try JSONLine(nabla("predict", model.path, "black.pgm", "--invert", "--json").output)
    #expect(try white.numbers("confidences") == black.numbers("confidences"))
    #expect(try nabla("predict", model.path, "black.pgm", "--as-is").errors.contains("try --invert"))
  }

  @Test("predict --as-is refuses another size and names --resize, which helps")
  func resize() throws {
    try folder.write("big.pgm", pgm(56, 56) { isStroke($0 / 2, $1 / 2) ? 255 : 0 })
    let refused = try nabla("predict", model.path, "big.pgm", "--as-is")
    #expect(refused.status == 65)
    #expect(
      refused.errors == "nabla: error: big.pgm: has another size than the network's input; "
        + "--resize scales it (expected 28 x 28 pixels, found 56 x 56)\n")
    let result = try JSONLine(nabla("predict", model.path, "big.pgm", "--resize", "--json").output)
    #expect(try result.numbers("resized_from") == [56, 56])
  }

  // MARK: explain

  @Test("explain runs the five steps, and its numbers obey the four equations")
  func explain() throws {
    let run = try nabla("explain", model.path, "--data", SharedModel.data, "--index", "3", "--json")
    #expect(run.status == 0)
    let result = try JSONLine(run.output)
    let layers = try result.objects("layers")
    try #require(layers.count == 2)
    let (hidden, output) = (layers[0], layers[1])
    #expect(try hidden.numbers("delta").count == 30)
    let label = try result.integer("label")
    let (z, a, delta) = try (output.numbers("z"), output.numbers("a"), output.numbers("delta"))
    for j in 0..<10 {
      let y: Double = j == label ? 1 : 0
      #expect(abs(a[j] - 1 / (1 + exp(-z[j]))) < 1e-6)
      #expect(abs(delta[j] - (a[j] - y) * a[j] * (1 - a[j])) < 1e-6)  // BP1
    }
    #expect(try output.numbers("gradient_b") == delta)  // BP3
    let largest = try output.object("gradient_w_largest")
    let (j, k) = try (largest.integer("j"), largest.integer("k"))
    #expect(try abs(largest.number("value") - hidden.numbers("a")[k] * delta[j]) < 1e-7)  // BP4
    let cost = zip(a.indices, a).reduce(0) { $0 + 0.5 * pow($1.1 - ($1.0 == label ? 1 : 0), 2) }
    #expect(try abs(result.number("cost") - cost) < 1e-6)
  }

  @Test("explain in words names the steps and the equations")
  func explainText() throws {
    let run = try nabla("explain", model.path, "--data", SharedModel.data, "--index", "0")
    for words in [
      "1  Input", "2  Feedforward", "3  Output error", "4  Backpropagate the error", "5  Output", "(BP1",
      "(BP2)", "(BP3)", "(BP4)", "[30,784]", "[10,30]", "z^l = w^l a^(l-1) + b^l",
    ] {
      #expect(run.output.contains(words), "\(words)")
    }
    #expect(run.lines.filter { $0.count > 84 } == [])
  }

  @Test("explain refuses a picture that is not there")
  func explainIndex() throws {
    let run = try nabla("explain", model.path, "--data", SharedModel.data, "--index", "100")
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: --index: expected 0 to 99, found '100'\n")
  }

  // MARK: inspect

  @Test("inspect tells the topology, the ranges, the settings and the hash")
  func inspect() throws {
    let result = try JSONLine(nabla("inspect", model.path, "--json").output)
    #expect(try result.numbers("topology") == [784, 30, 10])
    #expect(try result.integer("parameters") == 23_860)
    #expect(try result.string("parameters_sha256") == JSONLine(model.lines[2]).string("parameters_sha256"))
    let layers = try result.objects("layers")
    #expect(try layers[0].object("weights").numbers("shape") == [30, 784])
    #expect(try layers[1].object("biases").numbers("shape") == [10])
    #expect(try layers[0].object("weights").number("sd") > 0)
    let text = try nabla("inspect", model.path).output
    #expect(text.contains("[784,30,10], 23,860 parameters"))
    #expect(text.contains("w^2   [30,784]"))
    // A file without activations, as older versions wrote it, has sigmoid layers.
    #expect(text.contains("activations sigmoid, sigmoid"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: model.path)).range(of: Data("activations".utf8)) == nil)
    #expect(try layers.map { try $0.string("activation") } == ["sigmoid", "sigmoid"])
  }

  // MARK: data

  @Test("data info counts every sample once")
  func dataInfo() throws {
    let result = try JSONLine(nabla("data", "info", SharedModel.data, "--json").output)
    #expect(try result.numbers("shape") == [28, 28])
    for (part, count) in [("training", 600.0), ("test", 100)] {
      let measures = try result.object(part)
      #expect(try measures.number("count") == count)
      #expect(try measures.numbers("classes").reduce(0, +) == count)
      #expect(try (0.05...0.4).contains(measures.number("nonzero_share")))
    }
    #expect(try nabla("data", "info", SharedModel.data).output.contains("class 9"))
  }

  @Test("data info and data show know the varied pen")
  func handwriting() throws {
    let info = try JSONLine(nabla("data", "info", "handwriting:60", "--json").output)
    for (part, count) in [("training", 60.0), ("test", 10)] {
      #expect(try info.object(part).number("count") == count)
    }
    let drawn = try nabla("data", "show", "handwriting:60", "--index", "5")
    #expect(drawn.status == 0)
    #expect(drawn.lines.count == 15)
    #expect(drawn.output != (try nabla("data", "show", "digits:60", "--index", "5").output))
  }

  @Test("data show draws pictures with their labels")
  func dataShow() throws {
    let run = try nabla("data", "show", SharedModel.data, "--index", "5", "--count", "2")
    #expect(run.status == 0)
    #expect(run.lines.count == 15)
    #expect(run.lines[0].wholeMatch(of: /5: \d +6: \d */) != nil)
    let distorted = try nabla(
      "data", "show", SharedModel.data, "--index", "5", "--count", "2", "--augment", "shift:2,elastic:4:34",
      "--variants", "2")
    #expect(distorted.lines.count == 60)
    #expect(distorted.lines[0].wholeMatch(of: /5: \d +epoch 1 */) != nil)
    #expect(distorted.lines[15].wholeMatch(of: /epoch 2 */) != nil)
    #expect(distorted.lines[30].hasPrefix("6: "))
    #expect(zip(distorted.lines[1..<15], run.lines[1..<15]).allSatisfy { $0.prefix(28) == $1.prefix(28) })
    let vain = try nabla("data", "show", SharedModel.data, "--variants", "2")
    #expect(vain.errors == "nabla: error: --variants: expected with --augment, found without\n")
    let tooMany = try nabla("data", "show", SharedModel.data, "--index", "599", "--count", "2")
    #expect(tooMany.errors == "nabla: error: --count: expected 1 to 1, found '2'\n")
  }
}
