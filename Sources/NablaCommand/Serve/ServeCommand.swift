import ArgumentParser
import Nabla
import NablaFormats
import NablaServer

/// `nabla serve`: a page in the browser that shows what a network makes of what is drawn, and answers for programs.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Show a network on a page for browsers, to draw on; answer programs.",
    discussion: """
      Draw a digit and see every layer answer, the weights of each neuron, and the five steps of backpropagation for \
      the label you say it is; take a step of learning, and take it back. Without a model a small one is trained on \
      drawn digits first. The model file is never changed.

      Programs ask POST /predict (a PNG or PGM, or JSON), GET /metrics (Prometheus) and GET /health.

      Only this machine can open the page, unless --host says otherwise. Ctrl-C ends it.
      """)

  @Argument(
    help: ArgumentHelp(
      "A model saved by nabla train. (default: one trained on the spot)", valueName: "model"),
    completion: .file())
  var model: String?

  @OptionGroup(title: "Server") var options: ServerOptions

  func run() throws {
    // Before anything takes time: an address that cannot be had.
    let server = try options.listen()
    let served = try model.map { try ServedModel(path: $0) } ?? trainSmallModel()
    let stop = TrainingProgress()
    Interruption.request(stopOf: stop)
    if let warning = options.warning(of: server) { Console.message("nabla: warning: \(warning)") }
    Console.message("\(served.name), \(served.network.topology), on a page for your browser; Ctrl-C ends it:")
    try Console.print(options.url(of: server))
    server.run(PageRoutes(server, served).all) { !stop.isStopRequested }
  }

  /// Trains a network that reads most digits, in about a second.
  private func trainSmallModel() throws -> ServedModel {
    let count = 24_000
    Console.message("No model was given: a small one learns from \(count.grouped) drawn digits first ...")
    let data = try DataSource.digits(trainingCount: count, pen: .varied).load()
    var configuration = TrainingConfiguration(layers: [784, 48, 10], rule: .adam(), epochs: 6)
    configuration.hiddenActivation = .relu
    configuration.threads = 1
    let session = try TrainingSession(training: data.training, configuration: configuration)
    try session.run()
    return try ServedModel(
      network: session.network, encoding: data.training.encoding, metadata: session.configuration.metadata,
      shape: data.training.imageShape,
      name: "a small network")
  }
}
