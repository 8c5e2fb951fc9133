import ArgumentParser
import Nabla
import NablaFormats

/// `nabla data`: fetches, counts and shows data sets.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Fetch, measure and show data sets.",
    subcommands: [FetchCommand.self, InfoCommand.self, ShowCommand.self])

  func run() throws { throw CleanExit.helpRequest(self) }

  /// The data sets that can be downloaded.
  enum Downloadable: String, ExpressibleByArgument, CaseIterable {
    case mnist
  }

  struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "Download a data set into the cache, or check what is there.")

    @Argument(help: "The data set.")
    var name: Downloadable

    func run() throws {
      let download = MNISTDownload()
      let bars = DownloadBars(quiet: false)
      defer { bars.finish() }
      let fetched = try download.run { bars.show($0) }
      bars.finish()
      for file in fetched { try Console.print(file) }
      Console.message(
        fetched.isEmpty
          ? "All four files are in \(download.folder), and intact"
          : "\(fetched.count) of four files fetched into \(download.folder)")
    }
  }
}
