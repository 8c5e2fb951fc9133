import Foundation
import Testing

@Suite("nabla explain, predict and evaluate for every activation, cost and update rule")
struct ExplainTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private func nabla(_ arguments: String) throws -> NablaProcess {
    try NablaProcess.run(arguments.split(separator: " ").map(String.init), in: folder)
  }

  private func train(_ options: String) throws {
    let run = try nabla("train --data digits:600 --epochs 1 --quiet " + options)
    #expect(run.status == 0, "\(run.errors)")
  }

  /// f(z) of a whole layer, in double.
  private func apply(_ activation: String, _ z: [Double]) -> [Double] {
    switch activation {
    case "sigmoid": return z.map { 1 / (1 + exp(-$0)) }
    case "tanh": return z.map { tanh($0) }
    case "relu": return z.map { max($0, 0) }
    case "softmax":
      let powers = z.map { exp($0 - (z.max() ?? 0)) }
      return powers.map { $0 / powers.reduce(0, +) }
    default: return z
    }
  }

  /// δ^L by its definition Σ_i ∂C/∂a_i ∂a_i/∂z_j.
  private func outputError(_ activation: String, _ cost: String, _ a: [Double], label: Int) -> [Double] {
    let y = a.indices.map { $0 == label ? 1.0 : 0 }
    let slope =
      switch cost {
      case "quadratic": a.indices.map { a[$0] - y[$0] }
      case "cross-entropy": a.indices.map { (a[$0] - y[$0]) / (a[$0] * (1 - a[$0])) }
      default: a.indices.map { -y[$0] / a[$0] }
      }
    return a.indices.map { j in
      switch activation {
      case "softmax": a.indices.reduce(0) { $0 + slope[$1] * a[$1] * (($1 == j ? 1 : 0) - a[j]) }
      case "sigmoid": slope[j] * a[j] * (1 - a[j])
      case "tanh": slope[j] * (1 - a[j] * a[j])
      default: slope[j]
      }
    }
  }

  @Test(
    "the numbers obey the definitions, computed apart in double",
    arguments: [
      ("relu", "softmax", "log-likelihood"), ("tanh", "softmax", "quadratic"),
      ("tanh", "tanh", "quadratic"), ("relu", "identity", "quadratic"),
      ("sigmoid", "sigmoid", "cross-entropy"), ("relu", "sigmoid", "quadratic"),
    ])
  func numbers(hidden: String, output: String, cost: String) throws {
    try train("--activation \(hidden) --output-activation \(output) --cost \(cost)")
    let result = try JSONLine(nabla("explain model.safetensors --data digits:600 --index 3 --json").output)
    #expect(try result.string("cost_function") == cost)
    let layers = try result.objects("layers")
    let label = try result.integer("label")
    for (layer, activation) in zip(layers, [hidden, output]) {
      #expect(try layer.string("activation") == activation)
      let a = try layer.numbers("a")
      for (ours, theirs) in try zip(a, apply(activation, layer.numbers("z"))) {
        #expect(abs(ours - theirs) < 2e-6 * max(1, abs(theirs)))
      }
    }
    let (a, delta) = try (layers[1].numbers("a"), layers[1].numbers("delta"))
    for (ours, theirs) in zip(delta, outputError(output, cost, a, label: label)) {
      #expect(abs(ours - theirs) < 1e-5)
    }
    let expectedCost =
      switch cost {
      case "quadratic":
        a.enumerated().reduce(0) { $0 + 0.5 * pow($1.element - ($1.offset == label ? 1 : 0), 2) }
      case "cross-entropy":
        a.enumerated().reduce(0) { $0 - log($1.offset == label ? $1.element : 1 - $1.element) }
      default: -log(a[label])
      }
    #expect(try abs(result.number("cost") - expectedCost) < 1e-5)
  }

  @Test(
    "the words name the activation's formula and what the update rule does",
    arguments: [
      (
        "--activation relu",
        [
          "max(z, 0)   (112)", "e^(z_j) / Σ e^(z_i)   (78)", "1 where z > 0, else 0", "C = -ln a^L_y   (80)",
          "(BP1, 84)",
        ]
      ),
      ("--activation tanh", ["tanh z", "(110)", "1 - a^2", "l = 3:  σ(z)", "σ′(z^3)"]),
      (
        "--output-activation tanh --update momentum",
        ["(a^L - y) ⊙ (1 - a^L ⊙ a^L)", "f′(z^3)", "v → μ v - η g   (107)", "μ = 0.9"]
      ),
      ("--output-activation identity --update nesterov", ["because f′ = 1", "w + μ v - η g", "m = 10"]),
      ("--output-activation softmax --cost quadratic", ["a_j (d_j - Σ a_i d_i)"]),
      (
        "--cost cross-entropy --l2 5",
        ["σ′ cancels   (BP1, 66)", "(1 - ηλ/n) w^l", "(93)", "n = 600, λ = 5.0"]
      ),
      ("--l1 2", ["λ1/n sgn(w)   (96)", "w → w - η g", "λ1 = 2.0"]),
      ("--update adam", ["√ŝ + ε", "β1 = 0.9, β2 = 0.999, ε = 1e-08"]),
      (
        "--update adamw --l2 1 --l1 1 --schedule cosine",
        ["(1 - η decay) w", "η follows the schedule cosine:0.0"]
      ),
    ])
  func words(options: String, expected: [String]) throws {
    try train(options)
    let run = try nabla("explain model.safetensors --data digits:600 --index 0")
    #expect(run.status == 0, "\(run.errors)")
    for words in expected { #expect(run.output.contains(words), "\(words)") }
    #expect(run.lines.filter { $0.count > 84 } == [])
  }

  @Test(
    "evaluate and predict read a model of other activations; outputs that are no shares are not called so")
  func otherOutputs() throws {
    try folder.write("a.pgm", Array("P5\n28 28\n255\n".utf8) + [UInt8](repeating: 0, count: 784))
    try train("--activation relu --json")
    #expect(try nabla("predict model.safetensors a.pgm").output.contains("% confident)"))
    let run = try nabla("evaluate model.safetensors --data digits:600 --json")
    let training = try JSONLine(nabla("inspect model.safetensors --json").output).object("training")
    #expect(try String(JSONLine(run.output).integer("correct")) == training.string("test_correct"))
    let inspected = try nabla("inspect model.safetensors").output
    #expect(inspected.contains("activations relu, softmax"))
    #expect(inspected.contains("cost        log-likelihood"))
    try train("--output-activation tanh")
    #expect(try nabla("predict model.safetensors a.pgm").output.contains("(output "))
  }
}
