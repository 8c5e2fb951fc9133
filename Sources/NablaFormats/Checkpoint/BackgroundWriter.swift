import Nabla
import Synchronization

/// Writes files on a thread of its own, in the order in which they are handed over. Of each kind at most one waits: a
/// newer one replaces it. Where the system has no thread, everything is written when `finish` is called.
package final class BackgroundWriter: Sendable {
  package typealias Job = @Sendable () throws(FileError) -> Void

  private struct State {
    var waiting: [(kind: String, job: Job)] = []
    var isWorking = false
    /// Kinds whose last job failed: their next failure is nothing new.
    var failing: Set<String> = []
  }

  private let state = Mutex(State())
  /// The thread that works, or has worked last.
  private let thread = Mutex<SystemThread?>(nil)
  private let report: @Sendable (FileError) -> Void

  /// - Parameter report: gets the first error of a kind, and the next one after a job of that kind has succeeded.
  package init(report: @escaping @Sendable (FileError) -> Void) { self.report = report }

  /// Hands a job over and returns at once.
  package func write(_ kind: String, _ job: @escaping Job) {
    let begins = state.withLock { state in
      if let place = state.waiting.firstIndex(where: { $0.kind == kind }) {
        state.waiting[place].job = job
      } else {
        state.waiting.append((kind, job))
      }
      defer { state.isWorking = true }
      return !state.isWorking
    }
    guard begins else { return }
    thread.withLock { thread in
      // It has nothing left to do.
      thread?.join()
      thread = SystemThread { self.work() }
      if thread == nil { state.withLock { $0.isWorking = false } }
    }
  }

  /// Waits until everything is written.
  package func finish() {
    thread.withLock { thread in
      thread?.join()
      thread = nil
    }
    work()
  }

  private func work() {
    while let (kind, job) = next() {
      do throws(FileError) {
        try job()
        state.withLock { _ = $0.failing.remove(kind) }
      } catch {
        if state.withLock({ $0.failing.insert(kind).inserted }) { report(error) }
      }
    }
  }

  private func next() -> (kind: String, job: Job)? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.isWorking = false
        return nil
      }
      return state.waiting.removeFirst()
    }
  }
}
