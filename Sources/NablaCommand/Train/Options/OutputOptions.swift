import ArgumentParser

/// The options of `nabla train` about what it writes.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the model goes.", valueName: "file"), completion: .file())
  var output = "model.safetensors"

  @Option(
    help: ArgumentHelp(
      "Write a page about the run when it ends: curves, mistakes, weights.", valueName: "file"),
    completion: .file())
  var report: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print the epochs and nothing else.")
  var quiet = false
}
