import Foundation
import Testing

@Suite("The options of nabla train: what they set, and what they refuse")
struct TrainOptionTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private func train(_ options: String) throws -> NablaProcess {
    let words = options.split(separator: " ").map(String.init)
    return try NablaProcess.run(["train", "--data", "digits:600", "--epochs", "1"] + words, in: folder)
  }

  private func metadata() throws -> JSONLine {
    try JSONLine(NablaProcess.run(["inspect", "model.safetensors", "--json"], in: folder).output)
      .object("training")
  }

  @Test(
    "what is typed is in the model's metadata, and most of it in the line before the first epoch",
    arguments: [
      ("--activation tanh", [:], "(tanh, sigmoid)"),
      ("--activation relu", ["init": "he"], "(relu, softmax)"),
      ("--output-activation softmax", [:], "log-likelihood cost"),
      ("--output-activation identity", [:], "(sigmoid, identity)"),
      ("--cost cross-entropy --init large", ["init": "large", "learning_rate": "0.5"], "cross-entropy cost"),
      ("--init he", ["init": "he"], "quadratic cost"),
      ("--update momentum", ["update": "momentum"], "momentum μ = 0.9"),
      ("--update nesterov --momentum 0.5", ["update": "nesterov", "momentum": "0.5"], "nesterov μ = 0.5"),
      (
        "--update adam --momentum 0.8 --beta2 0.99 --epsilon 1e-6",
        ["update": "adam", "momentum": "0.8", "beta2": "0.99", "epsilon": "1e-06", "learning_rate": "0.001"],
        "η = 0.001"
      ),
      ("--update adamw --weight-decay 0.1", ["weight_decay": "0.1"], "weight decay 0.1"),
      ("--l1 0.5 --l2 1", ["l1": "0.5", "l2": "1.0"], "λ = 1.0, L1 λ = 0.5"),
      ("--dropout 0.5", ["dropout": "0.5"], "dropout 0.5"),
      ("--layers 784,20,20,10 --dropout 0.1,0.2,0.3", ["dropout": "0.1,0.2,0.3"], "dropout 0.1, 0.2, 0.3"),
      (
        "--augment rotate:12,shift:2,scale:15%,shear:10,elastic:4:34",
        ["augment": "shift:2,rotate:12,scale:15%,shear:10,elastic:4:34"],
        "augmentation shift:2,rotate:12,scale:15%,shear:10,elastic:4:34"
      ),
      ("--schedule step:5:0.1", ["schedule": "step:5:0.1"], "step:5:0.1 schedule"),
      ("--schedule exponential:0.9", ["schedule": "exponential:0.9"], "exponential:0.9"),
      ("--schedule cosine", ["schedule": "cosine:0.0"], "cosine:0.0"),
      ("--schedule cosine:0.1", ["schedule": "cosine:0.1"], "cosine:0.1"),
      ("--schedule one-cycle:0.2", ["schedule": "one-cycle:0.2:25.0:10000.0"], "one-cycle:0.2"),
      (
        "--schedule halving:3:2 --validation 10%", ["schedule": "halving:3:2", "validation": "10%"], "halving"
      ),
      (
        "--patience 4 --best-by cost --keep best --validation 60",
        ["patience": "4", "patience_measure": "cost", "keep": "best", "validation": "60"], "patience 4"
      ),
    ] as [(String, [String: String], String)])
  func good(options: String, expected: [String: String], words: String) throws {
    let run = try train(options)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains(words), "\(run.errors)")
    let metadata = try metadata()
    for (key, value) in expected {
      #expect(try metadata.string(key) == value, "\(key)")
    }
  }

  @Test(
    "what means nothing is refused before any data is loaded",
    arguments: [
      ("--activation gelu", "--activation: expected sigmoid, tanh or relu, found 'gelu'"),
      (
        "--activation softmax",
        "--activation: expected one of sigmoid, tanh, relu, found softmax: softmax makes the neurons of a layer "
          + "compete for a sum of 1, which is for outputs"
      ),
      (
        "--output-activation relu",
        "--output-activation: expected one of sigmoid, softmax, tanh, identity, found relu: a ReLU output that "
          + "is 0 has no gradient, so a wrong answer may never be corrected"
      ),
      (
        "--output-activation softmax --cost cross-entropy",
        "--cost: expected quadratic or log-likelihood for softmax outputs, found cross-entropy: with softmax "
          + "outputs the cross-entropy is called log-likelihood here"
      ),
      (
        "--cost log-likelihood --output-activation sigmoid",
        "--cost: expected quadratic or cross-entropy for sigmoid outputs, found log-likelihood: log-likelihood "
          + "takes the outputs as one probability distribution, which softmax outputs are"
      ),
      (
        "--layers 784,10 --activation relu",
        "--activation: expected with hidden layers, found none in --layers"
      ),
      ("--init zero", "--init: expected normalized, large or he, found 'zero'"),
      ("--update rmsprop", "--update: expected sgd, momentum, nesterov, adam or adamw, found 'rmsprop'"),
      (
        "--momentum 0.5",
        "--momentum: expected with --update momentum, nesterov, adam or adamw, found with sgd"
      ),
      ("--beta2 0.9", "--beta2: expected with --update adam or adamw, found with sgd"),
      (
        "--update momentum --epsilon 1",
        "--epsilon: expected with --update adam or adamw, found with momentum"
      ),
      ("--update adam --weight-decay 1", "--weight-decay: expected with --update adamw, found with adam"),
      (
        "--update momentum --momentum 1",
        "--momentum: expected a number from 0 up, below 1, such as 0.5, found '1'"
      ),
      ("--epsilon 0", "--epsilon: expected a number above 0, such as 0.5, found '0'"),
      ("--l1 -1", "--l1: expected a number from 0 up, such as 0.5, found '-1'"),
      (
        "--dropout 1",
        "--dropout: expected a number from 0 up, below 1, or several, such as 0.2,0.5, found '1'"
      ),
      (
        "--dropout 0.5,",
        "--dropout: expected a number from 0 up, below 1, or several, such as 0.2,0.5, found '0.5,'"
      ),
      (
        "--dropout 0.1,0.2,0.3",
        "--dropout: expected 1 number for all hidden layers, or 2: input and hidden layers, found 3 for "
          + "[784,30,10]"
      ),
      (
        "--schedule often",
        "--schedule: expected constant, step:E:F, exponential:F, cosine[:FLOOR], one-cycle[:WARMUP] or "
          + "halving:N[:TIMES], found 'often'"
      ),
      ("--schedule step:0:0.5", "--schedule: expected at least 1 epoch a step, found 'step:0:0.5'"),
      ("--schedule cosine:2", "--schedule: expected a floor of 0 to 1, found 'cosine:2'"),
      (
        "--augment blur:2",
        "--augment: expected none, or of shift:PIXELS, rotate:DEGREES, scale:PERCENT%, shear:DEGREES, "
          + "elastic:SIGMA:ALPHA, with commas between, found 'blur:2'"
      ),
      ("--augment scale:15", "--augment: expected scale:PERCENT%, such as scale:15%, found 'scale:15'"),
      ("--augment rotate:-1", "--augment: expected a rotation of 0 to 180 degrees, found 'rotate:-1'"),
      ("--patience 0 --validation 10%", "--patience: expected a whole number, 1 to 1000000, found '0'"),
      ("--best-by test", "--best-by: expected accuracy or cost, found 'test'"),
      ("--keep all", "--keep: expected best, last or every:N, found 'all'"),
      (
        "--preset book-9",
        "--preset: expected one of book-1a, book-1b, book-3a, book-3b, book-3c, book-3d, book-3e, book-3f, "
          + "book-3g, book-3h, book-3i, book-3j, book-3k, book-3l, book-3m, book-3n, simard-2003, "
          + "ciresan-2010-2, ciresan-2010-6, fastest-98, fastest-99, best-15min, found 'book-9'"
      ),
    ])
  func bad(options: String, message: String) throws {
    // Data that is not there would be another error.
    let run = try NablaProcess.run(
      ["train", "--data", "nowhere"] + options.split(separator: " ").map(String.init), in: folder)
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: \(message)\n")
    #expect(run.output.isEmpty)
    #expect(folder.contents.isEmpty)
  }

  @Test(
    "what compares epochs asks for a validation set, by name",
    arguments: [
      ("--patience 3", "--patience"), ("--keep best", "--keep best"), ("--best-by cost", "--best-by"),
      ("--schedule halving:3", "--schedule halving"), ("--preset book-3m", "--preset book-3m"),
      ("--preset book-3n", "--preset book-3n"),
    ])
  func validationIsMissing(options: String, name: String) throws {
    let run = try train(options)
    #expect(run.status == 64)
    #expect(
      run.errors.hasSuffix(
        "\(name): expected with a validation set to compare epochs by, such as --validation 15%, found none\n"
      ))
    #expect(folder.contents.isEmpty)
  }

  @Test(
    "a validation set that cannot be held out",
    arguments: ["600", "0", "0%", "100%", "1e2", "-5", "+5", "5%%"])
  func validation(text: String) throws {
    let run = try train("--validation \(text)")
    #expect(run.status == 64)
    #expect(
      run.errors
        == "nabla: error: --validation: expected 1 to 599 samples, a share such as 15%, or a file or folder, "
        + "found '\(text)'\n")
  }

  @Test("a validation set is the same for the same seed, another for another, and as large as its share")
  func validationSeed() throws {
    func costs(_ options: String) throws -> (Int, Double) {
      let line = try JSONLine(#require(train("--validation 15% --json --quiet " + options).lines.first))
      return try (line.integer("validation_total"), line.number("validation_cost"))
    }
    let first = try costs("")
    #expect(first.0 == 90)
    #expect(try costs("--threads 1") == first)
    #expect(try costs("--seed 2").1 != first.1)
  }

  @Test("the preset of the overfitting experiment trains on as many samples as there are, up to 1,000")
  func presetLimit() throws {
    let few = try train("--preset book-3g")
    #expect(few.status == 0, "\(few.errors)")
    #expect(try metadata().string("training_samples") == "600")
    #expect(try metadata().string("l2") == "0.1")
    #expect(few.errors.contains("The book, chapter 3: 87.10% of its test set; here: "))
    let run = try NablaProcess.run(
      ["train", "--data", "digits:1200", "--epochs", "1", "--preset", "book-3f", "--init", "normalized"],
      in: folder)
    #expect(run.errors.contains("Training on the first 1,000 samples"))
    #expect(try metadata().string("init") == "normalized")
  }

  @Test("a preset without a published figure says nothing of the book")
  func presetWithoutFigure() throws {
    let run = try train("--preset book-3l --json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(!run.errors.contains("The book"))
    #expect(try !JSONLine(#require(run.lines.last)).keys.contains("published_accuracy"))
    #expect(run.errors.contains("(sigmoid, softmax)"))
  }

  @Test("the help has the options in groups, and lists every preset")
  func help() throws {
    let run = try NablaProcess.run(["train", "--help"], in: folder)
    for title in ["DATA:", "NETWORK:", "UPDATE:", "REGULARIZATION:", "RUN:", "OUTPUT:"] {
      #expect(run.lines.contains(title), "\(title)")
    }
    for preset in ["book-1a", "book-3f", "book-3n"] { #expect(run.output.contains("\(preset)  ")) }
    #expect(run.lines.filter { $0.count > 80 } == [])
  }

  @Test(
    "a NABLA_ISA that cannot be followed is said once, and changes nothing", arguments: ["avx1024", "neon"])
  func instructionSet(name: String) throws {
    func run(_ quiet: Bool) throws -> NablaProcess {
      try NablaProcess.run(
        ["train", "--data", "digits:600", "--epochs", "2", "--json"] + (quiet ? ["--quiet"] : []), in: folder,
        environment: ["NABLA_ISA": name])
    }
    let loud = try run(false)
    #expect(loud.status == 0)
    if loud.errors.contains("on 1 thread, neon") || loud.errors.contains("threads, neon") { return }
    let lines = loud.errors.split(separator: "\n").filter { $0.contains("NABLA_ISA") }
    #expect(lines.count == 1)
    let sentence = /NABLA_ISA: expected scalar.* \(available here\), found '(.*)'; using [a-z0-9]+/
    #expect(try #require(lines.first).wholeMatch(of: sentence)?.1 == name[...])
    #expect(try JSONLine(#require(loud.lines.last)).string("parameters_sha256") == GoldenTests.golden)
    #expect(try run(true).errors.isEmpty)
  }
}
