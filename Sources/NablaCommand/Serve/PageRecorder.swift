import Foundation
import Nabla
import NablaServer
import Synchronization

/// `nabla train --serve`: shows a run on a page while it trains, on a thread of its own. What it costs the thread that
/// trains is a copy of the parameters after an epoch, at most twice a second.
final class PageRecorder: RunRecorder {
  private let server: HTTPServer
  private let options: ServerOptions
  private let name: String
  private var run: LiveRun?
  private var thread: ServerThread?
  private var lastCopy: ContinuousClock.Instant?

  /// Begins to listen, so that an address that cannot be had is refused before the data are read.
  init(_ command: TrainCommand) throws {
    options = command.serverOptions
    name = command.outputOptions.output
    server = try options.listen()
  }

  func record(_ event: TrainingEvent, of session: TrainingSession, _ sets: TrainingSets) throws {
    switch event {
    case .started(let start):
      // `run` may be called again after a stop.
      if run == nil { begin(session, sets) }
      let history = session.history
      run?.change {
        $0.start = start
        $0.history = history
        $0.summary = nil
      }
    case .epochFinished(let result):
      run?.change { $0.history.append(result) }
      try copy(session, epoch: result.epoch, always: false)
    case .warning(let warning):
      run?.change { $0.warnings.append(warning.description) }
    case .checkpoint: break
    case .finished(let summary):
      try copy(session, epoch: summary.keptEpoch ?? summary.epochsDone, always: true)
      run?.change { $0.summary = summary }
    }
  }

  func finish(_ end: RunEnd, of session: TrainingSession, _ sets: TrainingSets) {}

  /// The page stays when everything is saved and said: a short run would be over before anybody looked.
  func linger(_ session: TrainingSession) {
    Console.message("The page stays at \(options.url(of: server)) until Ctrl-C.")
    while !session.progress.isStopRequested { usleep(100_000) }
    thread?.stop()
  }

  private func begin(_ session: TrainingSession, _ sets: TrainingSets) {
    let run = LiveRun(session, sets, name: name)
    self.run = run
    if let warning = options.warning(of: server) { Console.message("nabla: warning: \(warning)") }
    Console.message("Watch it on a page: \(options.url(of: server))")
    thread = ServerThread(server, PageRoutes(server, run))
  }

  private func copy(_ session: TrainingSession, epoch: Int, always: Bool) throws {
    let now = ContinuousClock.now
    if !always, let lastCopy, now - lastCopy < .milliseconds(500) { return }
    lastCopy = now
    run?.show(LiveRun.Snapshot(epoch: epoch, network: try session.network.copy()))
  }
}

/// The thread that answers; nothing else uses the server and its routes from then on.
private final class ServerThread: Sendable {
  private let isStopping = Atomic(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ server: HTTPServer, _ routes: PageRoutes) {
    nonisolated(unsafe) let (server, routes) = (server, routes)
    Thread.detachNewThread { [self] in
      server.run(routes.all) { !isStopping.load(ordering: .relaxed) }
      hasEnded.signal()
    }
  }

  func stop() {
    isStopping.store(true, ordering: .relaxed)
    hasEnded.wait()
  }
}
