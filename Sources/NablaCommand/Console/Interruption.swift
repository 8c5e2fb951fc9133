import Foundation
import Nabla
import Synchronization

/// Turns Ctrl-C (and a polite `kill`) into a request to stop after the mini-batch in hand. A second
/// one kills.
enum Interruption {
  /// Read by the signal handler, which may do nothing but set a flag in memory that exists already. Written
  /// once, before the handlers are installed.
  private nonisolated(unsafe) static var progress: Unmanaged<TrainingProgress>?

  /// The signal that asked for it; 0 as long as none did.
  private static let received = Atomic<Int32>(0)

  /// How a command ends that a signal ended in good order.
  static var status: ExitStatus {
    switch received.load(ordering: .relaxed) {
    case SIGHUP: .hungUp
    case SIGTERM: .terminated
    default: .interrupted
    }
  }

  /// From now on Ctrl-C calls `progress.requestStop()`.
  static func request(stopOf progress: TrainingProgress) {
    self.progress = Unmanaged.passRetained(progress)
    // Created here, because the handler may not allocate.
    received.store(0, ordering: .relaxed)
    var action = sigaction()
    let handler: @convention(c) (Int32) -> Void = { number in
      Interruption.received.store(number, ordering: .relaxed)
      Interruption.progress?._withUnsafeGuaranteedRef { $0.requestStop() }
    }
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler = handler
    #else
      action.__sigaction_handler.sa_handler = handler
    #endif
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in [SIGINT, SIGTERM, SIGHUP] where number != SIGHUP || !isIgnored(number) {
      sigaction(number, &action, nil)
      sigaddset(&mask, number)
    }
    // Whoever started this process may have had signals blocked, and a child inherits that.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }

  /// Whether a signal was switched off before the start: `nohup` does that to SIGHUP, and means it.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
