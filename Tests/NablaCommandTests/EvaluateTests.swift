import Foundation
import Nabla
import NablaFormats
import Testing

@Suite("nabla evaluate")
struct EvaluateTests {
  let model: SharedModel.Trained
  let folder: Folder

  init() throws {
    model = try SharedModel.get()
    folder = try Folder()
  }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  /// A second model of the same data.
  private func trainOther() throws {
    #expect(
      try nabla(
        "train", "--data", SharedModel.data, "--epochs", "1", "--activation", "relu", "--update", "adam",
        "--quiet", "--output", "other.safetensors"
      ).status == 0)
  }

  @Test("it counts what the last epoch counted")
  func counts() throws {
    let run = try nabla("evaluate", model.path, "--data", SharedModel.data, "--json")
    #expect(run.status == 0)
    let result = try JSONLine(run.output)
    #expect(
      result.keys == [
        "set", "correct", "total", "accuracy", "cost", "log_loss", "top_k", "roc_auc", "calibration_error",
        "matthews_correlation", "cohen_kappa", "macro", "weighted", "classes", "class_names", "confusion",
        "models", "evaluation_seconds",
      ])
    #expect(try (1e-6...10).contains(result.number("evaluation_seconds")))
    #expect(try result.string("set") == "test")
    let last = try JSONLine(model.lines[1])
    #expect(try result.integer("correct") == last.integer("test_correct"))
    let confusion = try result.matrix("confusion")
    #expect(confusion.count == 10)
    #expect(confusion.joined().reduce(0, +) == 100)
    #expect(try confusion.indices.map { confusion[$0][$0] }.reduce(0, +) == result.number("correct"))
    let classes = try result.objects("classes")
    #expect(try classes.map { try $0.string("name") } == (0...9).map(String.init))
    for (row, scores) in zip(confusion, classes) {
      #expect(try scores.number("support") == row.reduce(0, +))
    }
    #expect(try result.object("top_k").number("1") == result.number("accuracy"))
    #expect(try result.object("top_k").keys == ["1", "2", "3", "5"])
  }

  @Test("in words: right answers, then what they do not tell; --per-class and --confusion on demand")
  func words() throws {
    let correct = try JSONLine(model.lines[1]).integer("test_correct")
    let plain = try nabla("evaluate", model.path, "--data", SharedModel.data)
    #expect(plain.lines.first?.hasPrefix("test set: \(correct) / 100 right (\(correct).00%), cost ") == true)
    #expect(plain.lines.count == 3)
    for words in ["log-loss ", "top-2 ", "top-5 ", "macro F1 ", "calibration error "] {
      #expect(plain.output.contains(words), "\(words)")
    }
    let confusion = try nabla("evaluate", model.path, "--data", SharedModel.data, "--confusion")
    #expect(confusion.lines.count == 3 + 13)
    let perClass = try nabla("evaluate", model.path, "--data", SharedModel.data, "--per-class")
    #expect(perClass.lines.count == 3 + 14)
    #expect(perClass.output.contains("precision   recall       F1   support"))
    let training = try nabla("evaluate", model.path, "--data", SharedModel.data, "--set", "training")
    #expect(training.output.hasPrefix("training set: "))
    #expect(training.output.contains(" / 600 right"))
  }

  @Test("outputs below 0 are no probabilities: no log-loss, no calibration")
  func noProbabilities() throws {
    let trained = try nabla(
      "train", "--data", SharedModel.data, "--epochs", "1", "--output-activation", "tanh", "--quiet")
    #expect(trained.status == 0, "\(trained.errors)")
    let run = try nabla("evaluate", "model.safetensors", "--data", SharedModel.data)
    #expect(run.lines.count == 3)
    #expect(run.lines[1].hasPrefix("top-2 "))
    #expect(!run.output.contains("calibration"))
    let json = try nabla("evaluate", "model.safetensors", "--data", SharedModel.data, "--json")
    #expect(json.output.contains("\"log_loss\":null") && json.output.contains("\"calibration_error\":null"))
  }

  @Test("several models are measured by the mean of their outputs, each alone too")
  func ensemble() throws {
    try trainOther()
    let paths = [model.path, "other.safetensors"]
    let run = try nabla("evaluate", paths[0], paths[1], "--data", SharedModel.data, "--json")
    let result = try JSONLine(run.output)
    let data = try #require(try DataSource(parsing: SharedModel.data).load().test)
    let networks = try [model.path, folder.path("other.safetensors")].map { try ModelFile.load($0).network }
    let correct = try (0..<data.count).count { index in
      let outputs = try networks.map { try $0.feedforward(data.image(at: index)) }
      return indexOfLargest((0..<10).map { (outputs[0][$0] + outputs[1][$0]) / 2 }) == data.label(at: index)
    }
    #expect(try result.integer("correct") == correct)
    let alone = try result.objects("models")
    #expect(try alone.map { try $0.string("model") } == paths)
    #expect(
      try alone.map { try $0.integer("correct") } == networks.map { try $0.evaluate(data).correct })
    // A quadratic cost and a log-likelihood have no mean.
    #expect(run.output.contains("\"cost\":null"))
    let text = try nabla("evaluate", paths[0], paths[1], "--data", SharedModel.data)
    #expect(text.lines.first == "test set: \(correct) / 100 right (\(correct).00%), mean of 2 models")
    #expect(text.lines.suffix(2).last?.hasSuffix("%  other.safetensors") == true)
  }

  @Test("twice the same model is that model")
  func sameTwice() throws {
    let one = try JSONLine(nabla("evaluate", model.path, "--data", SharedModel.data, "--json").output)
    let two = try JSONLine(
      nabla("evaluate", model.path, model.path, "--data", SharedModel.data, "--json").output)
    for key in ["correct", "cost", "log_loss", "calibration_error"] {
      #expect(try one.number(key) == two.number(key), "\(key)")
    }
  }

  @Test("65: models that cannot be averaged")
  func otherOutputs() throws {
    let network = try Network(topology: Topology([784, 5]), seed: 1)
    try ModelFile.save(network, to: folder.path("five.safetensors"))
    let run = try nabla("evaluate", model.path, "five.safetensors", "--data", SharedModel.data)
    #expect(run.status == 65)
    #expect(
      run.errors == "nabla: error: five.safetensors: cannot be averaged with \(model.path) "
        + "(expected 10 outputs, found 5)\n")
    #expect(run.output.isEmpty)
  }
}
