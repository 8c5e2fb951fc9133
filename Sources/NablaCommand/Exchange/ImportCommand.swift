import ArgumentParser
import Nabla
import NablaFormats

/// `nabla import`: a network of another program as a model.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read a network of another program: network2, NPZ, PyTorch, ONNX.",
    discussion: """
      The file is the book's network2 JSON, NPZ with w1, b1, w2, ..., a PyTorch state dict that \
      safetensors.torch.save_file wrote, or ONNX made of Gemm, or MatMul and Add, and activations; its content \
      tells which. Pictures reach the network as 0 ... 1.
      """)

  @Argument(help: ArgumentHelp("The network's file.", valueName: "file"), completion: .file())
  var file: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the model goes.", valueName: "file"), completion: .file())
  var output = "model.safetensors"

  @Option(
    name: .customLong("activation"),
    help: ArgumentHelp(
      "What the neurons of hidden layers compute, where the file does not say.",
      valueName: Activation.hidden.words),
    completion: .list(Activation.hidden.map(\.rawValue)),
    transform: OptionValue.choice(Activation.hidden, among: Activation.allCases))
  var hiddenActivation: Activation?

  @Option(
    help: ArgumentHelp(
      "What the neurons of the output layer compute, where the file does not say or has plain sums.",
      valueName: Activation.output.words), completion: .list(Activation.output.map(\.rawValue)),
    transform: OptionValue.choice(Activation.output, among: Activation.allCases))
  var outputActivation: Activation?

  @Option(
    help: ArgumentHelp(
      "The cost that evaluate shows. (default: the file's; log-likelihood with softmax, else quadratic)",
      valueName: Cost.allCases.words), completion: .list(Cost.allCases.map(\.rawValue)),
    transform: OptionValue.choice(Cost.allCases))
  var cost: Cost?

  func run() throws {
    try OutputPath.check(output)
    let settings = ModelImport.Settings(
      hiddenActivation: hiddenActivation, outputActivation: outputActivation, cost: cost)
    let imported = try ModelImport.read(file, settings: settings)
    for note in imported.notes { Console.message("\(file): \(note)".onOneLine) }
    try OutputPath.spare([("the one that is read", file)], from: output, option: "--output")
    try imported.save(to: output)
    let network = imported.model.network
    let words = network.topology.activations.map(\.rawValue).joined(separator: ", ")
    try Console.print(
      "\(file): \(imported.format), network \(network.topology) (\(words)), "
        + "\(network.topology.parameterCount.grouped) parameters".onOneLine)
    try Console.print("Saved \(output)")
  }
}
