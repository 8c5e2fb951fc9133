import ArgumentParser

/// `nabla`: everything a person can ask for.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nabla",
    abstract: "Trains feed-forward networks, and shows how they learn.",
    discussion: """
      Examples:
        nabla train --epochs 3
        nabla train --data mnist --preset book-1a
        nabla train --data mnist --activation relu --update adam
        nabla train --data table.csv
        nabla predict model.safetensors table.csv
        nabla predict model.safetensors seven.png
        nabla explain model.safetensors --data digits --index 0
        nabla serve model.safetensors

      Data sources:
        digits[:N]   drawn by nabla itself: 60,000 to learn from, or N
        handwriting[:N]
                     the same by a pen that varies more: closer to what people write
        mnist        downloaded once, then kept
        DIR          a folder with the four IDX files of MNIST, or others like them
        FILE         a table (CSV, TSV, NPY, NPZ, svmlight), or pictures as CSV: the
                     label, then the pixels, 0 ... 255; the content tells which
      """,
    version: version,
    subcommands: [
      TrainCommand.self, CrossValidateCommand.self, SweepCommand.self, EvaluateCommand.self,
      ReportCommand.self, PredictCommand.self, ExplainCommand.self, ServeCommand.self,
      InspectCommand.self, ExportCommand.self, ImportCommand.self, DataCommand.self,
    ])

  static let version = "0.1.0"

  static var subcommandNames: [String] {
    configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
  }

  func run() throws { throw CleanExit.helpRequest(self) }
}
