import Foundation
import Testing

/// The folder with the four files of MNIST.
private let folderOfMNIST = ProcessInfo.processInfo.environment["NABLA_MNIST_DIR"]

@Suite(
  "On MNIST itself",
  .enabled(if: folderOfMNIST != nil, "set NABLA_MNIST_DIR to the folder with the four files"))
struct MNISTTests {
  let folder: Folder
  let data: String

  init() throws {
    folder = try Folder()
    data = folderOfMNIST ?? ""
  }

  @Test("one epoch of the book's first network reads more than 85% of the test set, and predicts from IDX")
  func epoch() throws {
    let train = try NablaProcess.run(
      ["train", "--data", data, "--epochs", "1", "--json", "--quiet"], in: folder)
    #expect(train.status == 0, "\(train.errors)")
    let accuracy = try JSONLine(#require(train.lines.first)).number("test_accuracy")
    #expect(accuracy > 0.85)
    let evaluate = try NablaProcess.run(
      ["evaluate", "model.safetensors", "--data", data, "--json"], in: folder)
    #expect(try JSONLine(evaluate.output).number("accuracy") == accuracy)
    let images = try #require(
      FileManager.default.contentsOfDirectory(atPath: data).first { $0.hasPrefix("t10k-images") })
    let predict = try NablaProcess.run(
      ["predict", "model.safetensors", "\(data)/\(images):0", "--json"], in: folder)
    #expect(try JSONLine(predict.output).integer("prediction") == 7)
    #expect(try JSONLine(predict.output).integer("label") == 7)
  }

  @Test("data info knows the published facts")
  func info() throws {
    let run = try NablaProcess.run(["data", "info", data, "--json"], in: folder)
    let training = try JSONLine(run.output).object("training")
    #expect(try training.integer("count") == 60_000)
    #expect(try training.numbers("classes").first == 5923)
    #expect(try abs(training.number("nonzero_share") - 0.191) < 0.0005)
  }

  /// An epoch of a preset on 2,000 samples.
  private func runPreset(_ name: String) throws -> NablaProcess {
    try NablaProcess.run(
      ["train", "--data", data, "--preset", name, "--epochs", "1", "--limit", "2000", "--json"], in: folder)
  }

  @Test("a preset holds out the last 10,000 training samples for validation")
  func presetSplit() throws {
    let run = try runPreset("book-3a")
    #expect(try JSONLine(#require(run.lines.first)).integer("validation_total") == 10_000)
    #expect(run.errors.contains("The book, chapter 3: 96.49% of its test set; here: "))
  }

  @Test("best-15min, whose settings are chosen, holds out nothing")
  func presetOnAllSamples() throws {
    let run = try runPreset("best-15min")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try !JSONLine(#require(run.lines.first)).keys.contains("validation_accuracy"))
  }

  @Test("a paper's preset compares what it reads of the test set, once, with what the paper prints")
  func paperPreset() throws {
    let run = try runPreset("simard-2003")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try !JSONLine(#require(run.lines.first)).keys.contains("test_accuracy"))
    #expect(run.errors.contains("Simard, Steinkraus & Platt 2003: 99.30% of its test set; here: "))
    let last = try JSONLine(#require(run.lines.last))
    #expect(try last.string("published_in") == "Simard, Steinkraus & Platt 2003")
    #expect(try last.integer("test_total") == 10_000)
  }
}
