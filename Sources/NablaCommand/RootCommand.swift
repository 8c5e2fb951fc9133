import ArgumentParser

/// `nabla`: everything a person can ask for.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nabla",
    abstract: "Trains networks of sigmoid neurons to read handwritten digits, and shows how they learn.",
    discussion: """
      Examples:
        nabla train                              draw digits, train the book's network, save model.safetensors
        nabla train --data mnist --preset book-1a    the book's first experiment, on MNIST
        nabla predict model.safetensors seven.png    what does it read?
        nabla explain model.safetensors --data digits --index 0    backpropagation, step by step

      Data sources: digits[:N] (drawn by nabla itself), mnist (downloaded once), a folder with IDX files,
      or a CSV file (label first, then the pixels, 0 ... 255).
      """,
    version: version,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, ExplainCommand.self, InspectCommand.self,
      DataCommand.self,
    ])

  static let version = "0.1.0"

  func run() throws { throw CleanExit.helpRequest(self) }
}
